"""Hygiene: how well records are kept: M43, M44."""

from audit.metrics.families.hygiene import contacts, filling, hygiene

FAMILIES = (hygiene, filling, contacts)
