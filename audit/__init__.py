"""Sales-department audit: exports in, growth zones in money and a client-ready report out.

The verbs, in the order of the flow: `intake`, `passport`, `measure`, `find_zones`, `draft_plan`, `plan_export`,
`plan_import`, `plan_stagger`, `compare`, `remeasure`, `standup`, `tag`, `opportunities`, `technique_effects`, `render`.
Importing this package is cheap; each verb loads its room when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audit.effects import compare
    from audit.errors import AuditError
    from audit.intake import intake
    from audit.knowledge import opportunities, tag, technique_effects
    from audit.metrics.measure import measure
    from audit.passport import passport
    from audit.plan import draft_plan, plan_export, plan_import, plan_stagger
    from audit.remeasure import remeasure
    from audit.report import render
    from audit.standup import standup
    from audit.zones import find_zones

__version__ = "0.1.0"
__all__ = [
    "AuditError", "compare", "draft_plan", "find_zones", "intake", "measure", "opportunities", "passport", "plan_export", "plan_import",
    "plan_stagger", "remeasure", "render", "standup", "tag", "technique_effects",
]

_ROOMS = {
    "AuditError": "audit.errors",
    "compare": "audit.effects",
    "technique_effects": "audit.knowledge",
    "measure": "audit.metrics",
    "opportunities": "audit.knowledge",
    "tag": "audit.knowledge",
    "find_zones": "audit.zones",
    "draft_plan": "audit.plan",
    "plan_export": "audit.plan",
    "plan_import": "audit.plan",
    "plan_stagger": "audit.plan",
    "render": "audit.report",
}


def __getattr__(name: str) -> object:
    if name in ("intake", "passport", "remeasure", "standup"):  # the room itself is the verb: a callable module
        return import_module(f"audit.{name}")
    if name not in _ROOMS:
        raise AttributeError(f"module 'audit' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
