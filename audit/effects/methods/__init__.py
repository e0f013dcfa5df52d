"""The methods, the most telling first: each file has NAMES, `fits(case)`, `takes(case)` (names of the parameters that play a part), `choose(case)` and `found(case, name)`."""
