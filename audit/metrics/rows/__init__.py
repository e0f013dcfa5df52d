"""Rows that metrics count, made of the bases: a room a chapter, as in `families`."""
