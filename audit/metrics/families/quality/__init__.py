"""Quality of talks and of handling deals: M54–M56, M58."""

from audit.metrics.families.quality import agreement, coverage, handling, quality, sampling

FAMILIES = (agreement, coverage, sampling, handling, quality)
