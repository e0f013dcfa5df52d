"""Pictures as small, inert, deterministic SVG; one kind a file, each a pure function of rows and a theme."""
