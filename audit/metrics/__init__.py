"""One long table of values for every metric of the catalogue."""
