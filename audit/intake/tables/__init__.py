"""Typed columns of all sources to canonical tables."""
