"""The methods, the most telling first: each file has NAMES, `fits(case)` and `found(case, name)`."""
