"""One long table of values for every metric of the catalogue."""

from audit.metrics.catalogue import BY_ID, CARDS, LISTINGS, METRICS
from audit.metrics.listing import Listing, listed
from audit.metrics.measure import measure
from audit.metrics.metric import Metric
from audit.metrics.statements import statements, trace
from audit.metrics.values import Values

__all__ = ["BY_ID", "CARDS", "LISTINGS", "METRICS", "Listing", "Metric", "Values", "listed", "measure", "statements", "trace"]
