"""Activities: actions, norms, the base of clients, productivity: M10, M14, M31–M34."""

from audit.metrics.families.activities import activity, chain, gate, moved, norms, productivity, workthrough, worktrend

FAMILIES = (chain, activity, norms, gate, productivity, workthrough, worktrend, moved)
