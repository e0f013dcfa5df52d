"""Flow: from stage to stage, how fast, where deals stand and stick: M07, M09, M15–M19, M21, M22."""

from audit.metrics.families.flow import (
    balance,
    breadth,
    calibrated,
    cycle,
    dwell,
    evidence,
    exits,
    flow,
    funnel,
    movement,
    occupancy,
    parked,
    progress,
    proposals,
    spans,
    within,
)

FAMILIES = (funnel, within, flow, parked, balance, occupancy, movement, breadth, evidence, cycle, spans, dwell, exits, progress, calibrated, proposals)
