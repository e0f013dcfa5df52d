"""The draft plan of changes, one change a growth zone, in the order a client would start them."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.client import Client
from audit.plan.detect import detectable, seen_after
from audit.plan.measures import called
from audit.plan.plot import gains
from audit.words import Words, default_language
from audit.zones.remedies import LEAST_CYCLE, told

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

ALSO = ("zone_id", "metric", "unit", "direction", "baseline", "target", "detectable", "seen_after_days")  # what is told of a further zone
EFFORT = {"low": 1, "medium": 2, "high": 4}  # relative cost of a change, for the order only
LOOKS = 12  # monthly measurements for which the error of a verdict is shared out beforehand


@dataclass(frozen=True)
class Plan:
    """A draft plan of changes; `changes` has one dict a change, first things first.

    Fields: id, zone_id, remedy, title, what, why, horizon, effort, owner (empty until agreed), metric, scope,
    baseline and target (in the metric's unit), gain_per_month with gain_low and gain_high (base currency, None
    where money cannot be told), `also` (of further zones it answers: ALSO), gain_units_per_month, remeasure_after_days; unit, direction (which end is good), n,
    volume_per_month, unit_sd, unit_scale and remedy_text as the finding has them; detectable (the least change that shows by then) and
    seen_after_days (until the target can be told from chance; None: not within two years); baseline_shrunk (the baseline that the next months
    would show without any change: a slice chosen for its low value owes a part of it to chance) and planned_looks (monthly measurements).
    """

    changes: tuple[dict[str, Any], ...]
    lang: str

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a change."""
        import pandas as pd

        return pd.DataFrame(list(self.changes))

    def to_json(self, path: str | Path | None = None) -> dict[str, Any]:
        """The plan as a dict; also written to `path` when given."""
        content = {"schema": 1, "changes": list(self.changes)}
        if path is not None:
            from audit.workspace import write_json

            write_json(Path(path), content)
        return content

    def plot(self) -> Figure:
        """Gain a month of each change with its interval."""
        return gains(((change["title"], change["gain_per_month"], change["gain_low"], change["gain_high"]) for change in self.changes), self.lang)

    def _repr_html_(self) -> str:
        words = Words(self.lang)
        columns = ("horizon", "title", "metric", "gain_per_month", "effort", "remeasure_after_days")
        head = "".join(f"<th>{html.escape(words('plan.' + name))}</th>" for name in columns)
        rows = "".join("<tr>" + "".join(f"<td>{html.escape(_shown(change[name], name, words))}</td>" for name in columns) + "</tr>"
                       for change in self.changes)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _shown(value: object, name: str, words: Words) -> str:
    if name in ("horizon", "effort"):
        return words(f"plan.{value}")
    if name == "gain_per_month":
        return words.number(value) if isinstance(value, float) else "–"
    return called(str(value), words) if name == "metric" else str(value)


def draft_plan(findings: Mapping[str, Any] | Any, client: Client | None = None, lang: str | None = None) -> Plan:
    """The draft plan for `findings` (the dict of findings.json, or Zones).

    One change a zone (one for several zones of a slice that ask for the same): tactical before strategic, inside a horizon the most worth for the effort first. The target
    closes `rules.attainable_share` of the gap to the benchmark. Owners and dates are left for the client to agree.
    """
    content = findings if isinstance(findings, Mapping) else findings.to_json()
    settings = client or Client(name="–")
    lang = lang or (client.language if client else default_language())
    words = Words(lang)
    changes = [_change(finding, settings.rules.attainable_share, words) for finding in content.get("findings", []) if told(finding, "title", words)]
    return Plan(tuple(_together(sorted(changes, key=_order))), lang)


def _together(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One change where several zones of a slice ask for the same: those without a price join the first, which names them in `also`."""
    first: dict[tuple, dict[str, Any]] = {}
    kept = []
    for change in sorted(changes, key=lambda change: change["gain_per_month"] is None):
        main = first.setdefault((change["remedy"], tuple(change["scope"].items())), change)
        if main is not change and change["gain_per_month"] is None:
            main["also"].append({name: change[name] for name in ALSO})
        else:
            kept.append(change)
    return sorted(kept, key=_order)


def _order(change: dict[str, Any]) -> tuple:
    worth = change["gain_per_month"] if change["gain_per_month"] is not None else 0.0
    return change["horizon"] != "tactical", -worth / EFFORT[change["effort"]], change["id"]


def _change(finding: Mapping[str, Any], attainable: float, words: Words) -> dict[str, Any]:
    change = {
        "id": f"change-{finding['id']}",
        "zone_id": finding["id"],
        "remedy": finding["remedy"],
        **{part: told(finding, part, words) for part in ("title", "what", "why")},
        "horizon": finding["horizon"],
        "effort": finding.get("effort") or "medium",
        "owner": "",
        "metric": finding["metric"],  # baseline and target are its values
        "scope": dict(finding["slice"]),
        "baseline": finding["value"],
        "target": finding["value"] - attainable * finding["gap"],
        "gain_per_month": finding["gain_per_month"],
        "gain_low": finding["gain_low"],
        "gain_high": finding["gain_high"],
        "gain_units_per_month": finding.get("gain_units_per_month"),
        "also": [],
        "remeasure_after_days": finding.get("remeasure_days") or LEAST_CYCLE,
        "baseline_shrunk": _shrunk(finding),
        "planned_looks": LOOKS,
        **{name: finding.get(name) for name in ("unit", "direction", "n", "volume_per_month", "unit_sd", "unit_scale", "remedy_text")},
    }
    return change | {"detectable": detectable(change), "seen_after_days": seen_after(change)}


def _shrunk(finding: Mapping[str, Any]) -> float | None:
    """The value now without the part of its gap that the selection explains; None in findings that do not tell it."""
    kept, raw = finding.get("gap"), finding.get("gap_unshrunk")
    return None if kept is None or raw is None else float(finding["value"] + kept - raw)
