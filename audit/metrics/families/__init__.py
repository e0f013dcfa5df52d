"""Declarations of metrics: a file a family, each with its tuple METRICS."""
