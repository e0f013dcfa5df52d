"""What usually helps against a zone: declared rules, and when its effect can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LEAST_CYCLE = 28  # days: a shorter cycle still needs four weeks to show anything


@dataclass(frozen=True)
class Remedy:
    """One remedy: what it acts on, days until it can show, effort, and the metric that re-measures it."""

    id: str
    metrics: tuple[str, ...]
    kinds: tuple[str, ...]  # 'people', or 'people+client' for both; () = any slice
    days: int
    effort: str
    remeasure: str
    alone: bool = False  # only for slices of one dimension

    def fits(self, metric: str, kinds: tuple[str, ...]) -> bool:
        """Whether the rule covers a zone of `metric` on dimensions of these kinds."""
        named = not self.kinds or any(set(option.split("+")) <= set(kinds) for option in self.kinds)
        return metric in self.metrics and named and not (self.alone and len(kinds) != 1)

    def horizon(self, cycle: float | None) -> str:
        """`tactical` when its effect can be seen within one median cycle (at least four weeks), else `strategic`."""
        return "tactical" if self.days <= max(cycle or 0.0, LEAST_CYCLE) else "strategic"


@cache
def remedies() -> tuple[Remedy, ...]:
    """The rules of remedies.yml in order."""
    import yaml

    rules = yaml.safe_load(files("audit.zones").joinpath("remedies.yml").read_text(encoding="utf-8"))
    return tuple(Remedy(**{**rule, "metrics": tuple(rule["metrics"]), "kinds": tuple(rule["kinds"])}) for rule in rules)


def remedy_for(metric: str, kinds: tuple[str, ...]) -> Remedy:
    """The first rule that fits; every metric ends with a rule for any slice."""
    return next(rule for rule in remedies() if rule.fits(metric, kinds))
