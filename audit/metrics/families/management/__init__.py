"""Management: deviations, stand-ups, control, changes: M20, M45–M53, M70."""

from audit.metrics.families.management import (
    changes,
    control,
    deviation,
    execution,
    mechanism,
    mending,
    standups,
    watch,
)

FAMILIES = (deviation, mending, watch, control, standups, changes, execution, mechanism)
