"""What a group of changes is compared with: a panel with units that nobody touched, one series, or two groups of units."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from audit.errors import Phrase
from audit.remeasure import months
from audit.remeasure.changes import Change
from audit.remeasure.panels import unit_of
from audit.remeasure.units import BAND, MIX, Units

PANEL, SERIES, GROUPS = "panel", "series", "groups"
CONTROLS = 3  # untouched units from which on a panel is made
BEFORE, AFTER = 8, 4  # points of a series, as metrics of agreed actions have it
MONTHS_AFTER = 3  # points of a monthly one
PAST = {PANEL: 12, SERIES: 24, GROUPS: 12}  # months before the start that are looked at
_FEW = 5  # units that a control needs on either side, and a point of a series as a rule
_STRAY = 0.02  # part of a unit's rows that another change need not reach for the unit to be wholly its
_KINDS = {"share": "rate", "money": "money", "count": "count", "days": "duration"}
_BANDS = 4


@dataclass(frozen=True)
class Design:
    """One comparison as `audit.compare` takes it: `data` and `arguments`; `form` is panel, series or groups, `grain` that of its periods.

    `rule` says how units are judged, `controls` how many untouched units there are, `reached` the clocks and own days of units reached.
    """

    form: str
    data: pd.DataFrame
    arguments: dict[str, Any]
    grain: str
    rule: Phrase
    controls: int = 0
    before: float = float("nan")  # plain mean before the change, where it acts
    reached: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def digest(self) -> str:
        """Digest of everything that decides the comparison."""
        rows = pd.util.hash_pandas_object(self.data.astype({name: str for name, kind in self.data.dtypes.items() if str(kind) == "category"}), index=False)
        told = json.dumps(self.arguments, sort_keys=True, default=str)
        return hashlib.sha256(rows.to_numpy().tobytes() + told.encode()).hexdigest()


def of_units(group: Sequence[Change], others: Sequence[Change], units: Units, until: float) -> Design | None:
    """The comparison of units for a group of changes; None where no unit lies in their slices on either side of the start.

    `others` are further changes of the metric: what they have reached is no control, until they start it is. `until`: days since 1970.
    """
    start = group[0].start
    horizon = units.horizon(start)
    judged = units.judged(horizon, until)
    frame = units.frame[judged].rename(columns={"clock": "at"})
    reached, touched = (_since(units, some)[judged] for some in (group, others))
    frame = frame.assign(reached=reached, treated=(frame["at"].to_numpy() >= reached).astype(int))
    frame["unit"] = unit_of(frame, group)
    frame = frame[~_lost(frame, touched)]
    mine = frame[np.isfinite(frame["reached"])]
    if not mine["treated"].any() or mine["treated"].all():
        return None
    kind = _KINDS.get(units.metric.unit, "value")
    made = _panel(frame, start, until - horizon, kind) or _series(frame, start, until - horizon, kind) or _two(mine, start, kind, group)
    rule = Phrase(f"remeasure.rule.{units.follow}", {"days": horizon, "until": horizon})
    earlier = [one for one in others if (one.start, one.id) < (group[0].start, group[0].id)]  # what two changes reach counts for the earlier one
    volume = units.frame.loc[np.isfinite(_since(units, group)) & ~np.isfinite(_since(units, earlier)), ["clock", "own"]]
    form, data, arguments, grain, controls = made
    return Design(form, data, arguments, grain, rule, controls, float(mine.loc[mine["treated"] == 0, "y"].mean()), volume)


def _since(units: Units, changes: Sequence[Change]) -> np.ndarray:
    """The day from which on one of the changes reaches each unit; infinite: never."""
    found = np.full(len(units.frame), np.inf)
    for change in changes:
        found = np.where(units.inside(change.scope), np.minimum(found, months.number(change.start)), found)
    return found


def _lost(frame: pd.DataFrame, touched: np.ndarray) -> np.ndarray:
    """Rows that another change may have moved: of units that it reaches wholly those since its day, of others what it reaches on both sides of it,
    so that nothing but the change differs between them; and rows that belong to no unit."""
    some = pd.Series(np.isfinite(touched), index=frame.index)
    whole = some.groupby(frame["unit"]).transform("mean") >= 1 - _STRAY
    outside = ~np.isfinite(frame["reached"])
    return ((some & (~whole | (frame["at"].to_numpy() >= touched))) | (outside & (frame["unit"] == ""))).to_numpy()


def _placed(frame: pd.DataFrame, start, until: float, grain: str, form: str) -> tuple[pd.DataFrame, int, int]:
    """Rows of whole periods with the `time` on which each begins; numbers of periods before and after the start.

    In a panel the last period holds what came after it as well: cells count by their rows, so no unit that is old enough is left out.
    """
    first = max(float(frame["at"].min()), months.number(months.moved(start, -PAST[form])))
    edges = months.bounds(start, first, until, grain)
    if form == PANEL and len(edges) and until > edges[-1]:
        edges = np.append(edges[:-1] if edges[-1] > months.number(start) else edges, until)
    place = months.placed(frame["at"].to_numpy(), edges)
    kept = frame[place >= 0].assign(time=pd.to_datetime(edges[place[place >= 0]], unit="D", origin="unix"))
    return kept, int((edges[:-1] < months.number(start)).sum()), int((edges[:-1] >= months.number(start)).sum())


def _panel(frame: pd.DataFrame, start, until: float, kind: str) -> tuple | None:
    """Units by months; None with fewer than three untouched units that have enough on both sides."""
    placed, before, after = _placed(frame, start, until, months.MONTH, PANEL)
    if before < AFTER or after < 1:
        return None
    late = placed["time"] >= pd.Timestamp(start)
    sides = placed.assign(late=late).groupby(["unit", "late"])["y"].size().unstack(fill_value=0).reindex(columns=[False, True], fill_value=0)
    usable = set(sides.index[(sides >= _FEW).all(axis=1)])
    outside = ~np.isfinite(placed["reached"])
    controls = usable & set(placed.loc[outside, "unit"])
    placed = placed[~outside | placed["unit"].isin(controls)]
    if len(controls) < CONTROLS or not placed.loc[~outside.loc[placed.index], "treated"].any():
        return None
    data = placed[["unit", "time", "treated", "y"]].reset_index(drop=True)
    of_cells = "value" if kind == "duration" else kind
    return PANEL, data, {"outcome": "y", "unit": "unit", "time": "time", "treated": "treated", "kind": of_cells}, months.MONTH, len(controls)


def _series(frame: pd.DataFrame, start, until: float, kind: str) -> tuple | None:
    """Means of the slice by weeks, or months; beside them those of untouched units. None with too few points."""
    mine = np.isfinite(frame["reached"])
    for grain, least in ((months.WEEK, AFTER), (months.MONTH, MONTHS_AFTER)):
        placed, _, _ = _placed(frame, start, until, grain, SERIES)
        here = mine.loc[placed.index]
        by = placed[here].groupby("time")["y"].agg(["mean", "size"])
        late = by.index >= pd.Timestamp(start)
        if (~late).sum() < BEFORE or late.sum() < least or (grain == months.WEEK and by["size"].median() < _FEW):
            continue
        others = placed[~here].groupby("time")["y"].agg(["mean", "size"]).reindex(by.index)
        told = bool(others["size"].median() >= _FEW and others["mean"].notna().all())
        data = by[["mean"]].rename(columns={"mean": "y"}).assign(**({"others": others["mean"]} if told else {})).reset_index()
        arguments = {"outcome": "y", "time": "time", "at": str(start), "kind": "money" if kind == "money" else "value", "controls": ["others"] if told else []}
        return SERIES, data, arguments, grain, 0
    return None


def _two(mine: pd.DataFrame, start, kind: str, group: Sequence[Change]) -> tuple:
    """Units of the slice before and after, with what they differ in by nature."""
    mine = mine[mine["at"] >= months.number(months.moved(start, -PAST[GROUPS]))]
    taken = {name for change in group for name in change.scope}
    data = mine[["y", "treated"]].rename(columns={"treated": "after"}).reset_index(drop=True)
    for name in MIX:
        if name in mine and name not in taken and mine[name].nunique() > 1:
            data[name] = mine[name].astype(str).to_numpy()
    if "amount" in mine and mine["amount"].notna().mean() > 0.7:
        edges = np.nanquantile(mine.loc[mine["treated"] == 0, "amount"], np.linspace(0, 1, _BANDS + 1)[1:-1])
        data[BAND] = np.where(mine["amount"].notna(), np.searchsorted(edges, mine["amount"].fillna(0)), -1).astype(str)
    covariates = [name for name in data.columns if name not in ("y", "after")]
    arguments: dict[str, Any] = {"outcome": "y", "group": "after", "kind": kind, "covariates": covariates}
    if "owner" in mine and mine["owner"].nunique() > 1:
        data["owner"] = mine["owner"].astype(str).to_numpy()
        arguments["unit"] = "owner"
    return GROUPS, data, arguments, "", 0


def waits_for(units: Units | None, change: Change) -> int:
    """Days from the start of a change before its first look: its own wait, or the time that its units take to be judged."""
    return max(change.wait, units.horizon(change.start) if units is not None else 0)
