"""Presets: one yml file a system, one shape a kind of file. Adding a file here adds a preset."""
