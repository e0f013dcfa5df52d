"""Pure functions on arrays: intervals, tests, survival, shrinkage, multiplicity; no table of ours."""
