"""One long table of values for every metric of the catalogue."""

from audit.metrics.catalogue import BY_ID, CARDS, LISTINGS, METRICS
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Metric
from audit.metrics.facts import FACTS
from audit.metrics.listed import listed
from audit.metrics.measure import measure
from audit.metrics.statements import statements, trace
from audit.metrics.values import Values

__all__ = ["BY_ID", "CARDS", "FACTS", "LISTINGS", "METRICS", "Listing", "Metric", "Values", "listed", "measure", "statements", "trace"]
