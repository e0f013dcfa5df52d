"""Plan and forecast: M23–M26, M40–M42."""

from audit.metrics.families.plan import catchup, forecast, lagged, plan, planning, required, slippage

FAMILIES = (catchup, plan, required, forecast, lagged, planning, slippage)
