"""The same command for many clients: each in a process of its own, one failure never stops the rest, one summary of all."""

from audit.portfolio.run import Portfolio, run_all

__all__ = ["Portfolio", "run_all"]
