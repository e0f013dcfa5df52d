"""Starters: empty tables for what a CRM does not hold, made from the schema and the catalogue, and read back by the intake.

`python -m audit.intake.starters` writes all of them into templates/starters/.
"""

from audit.intake.starters.book import Starter, files, plain, starters, workbook

__all__ = ["Starter", "files", "plain", "starters", "workbook"]
