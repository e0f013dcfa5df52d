"""Leads: what comes in, how soon and by whom it is answered, what is lost: M01–M06, M11."""

from audit.metrics.families.leads import (
    burn,
    calls,
    closing,
    conversion,
    direct,
    leads,
    leaks,
    leaktrend,
    recheck,
    speed,
    tasks,
)

FAMILIES = (leaks, leaktrend, tasks, leads, closing, recheck, speed, calls, burn, conversion, direct)
