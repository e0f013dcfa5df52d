"""Results: deals, money, checks, clients: M12, M13, M27–M30."""

from audit.metrics.families.results import (
    clients,
    credit,
    growth,
    paid,
    price,
    priority,
    real,
    results,
    segments,
    shift,
    squeeze,
)

FAMILIES = (results, credit, growth, squeeze, real, clients, paid, segments, priority, shift, price)
