"""Checks that run by themselves: each file has NAME and `check(case, name, found) -> Check | None`."""
