"""Declarations of metrics: a room a chapter, a file a family, each with its tuple METRICS."""
