"""The comparison of a metric that no single unit tells: its own values by periods, of groups or of the slice alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from audit.errors import Phrase
from audit.remeasure import months
from audit.remeasure.changes import Change
from audit.remeasure.design import AFTER, BEFORE, CONTROLS, MONTHS_AFTER, PANEL, PAST, SERIES, Design


def of_figures(group: Sequence[Change], others: Sequence[Change], figures: pd.DataFrame, until: float, unit: str) -> Design | None:
    """Groups of the slice's dimension by months where three or more were touched by nobody, else the series of the slice; None without either."""
    frame = _laid_out(group, others, figures, until)
    return _panel(frame, group[0], unit) or _series(frame, group[0])


def _laid_out(group: Sequence[Change], others: Sequence[Change], figures: pd.DataFrame, until: float) -> pd.DataFrame:
    """Whole periods with `reached` (the day of the change, infinite: never), `treated` and `time`; none that lies on both sides of a start."""
    by = "×".join(group[0].scope)
    frame = figures[(figures["by"] == by) & (figures["end"] <= until)]
    reached, touched = (_since(frame["group"], some, by) for some in (group, others))
    split = (frame["begin"] < reached) & (frame["end"] > reached)
    frame = frame.assign(reached=reached, treated=(frame["begin"] >= reached).astype(int), time=pd.to_datetime(frame["begin"], unit="D", origin="unix"))
    return frame[~split & ((frame["end"] <= touched) | np.isfinite(reached))]


def _since(labels: pd.Series, changes: Sequence[Change], by: str) -> np.ndarray:
    """The day from which on a change reaches each group; infinite: never."""
    days = {" × ".join(change.scope.values()): months.number(change.start) for change in sorted(changes, key=lambda one: one.start, reverse=True)
            if "×".join(change.scope) == by}
    return np.array([days.get(label, np.inf) for label in labels], dtype=float)


def _recent(frame: pd.DataFrame, change: Change, grain: str, form: str) -> pd.DataFrame:
    return frame[(frame["period"] == grain) & (frame["begin"] >= months.number(months.moved(change.start, -PAST[form])))]


def _panel(frame: pd.DataFrame, change: Change, unit: str) -> Design | None:
    monthly = _recent(frame, change, months.MONTH, PANEL)
    mine = np.isfinite(monthly["reached"])
    sides = monthly[~mine].assign(late=lambda t: t["begin"] >= months.number(change.start)).groupby("group")["late"].agg(["sum", "size"])
    controls = set(sides.index[(sides["sum"] > 0) & (sides["sum"] < sides["size"])])
    here = monthly[mine]
    if len(controls) < CONTROLS or not here["treated"].any() or (here["treated"] == 0).sum() < AFTER:
        return None
    data = monthly[mine | monthly["group"].isin(controls)].rename(columns={"group": "unit"})[["unit", "time", "treated", "y"]].reset_index(drop=True)
    arguments = {"outcome": "y", "unit": "unit", "time": "time", "treated": "treated", "kind": "money" if unit == "money" else "value"}
    return Design(PANEL, data, arguments, months.MONTH, Phrase("remeasure.rule.figures"), len(controls), _before(here))


def _series(frame: pd.DataFrame, change: Change) -> Design | None:
    for grain, least in ((months.WEEK, AFTER), (months.MONTH, MONTHS_AFTER)):
        line = _recent(frame, change, grain, SERIES)
        line = line[np.isfinite(line["reached"])]
        if (line["treated"] == 0).sum() >= BEFORE and line["treated"].sum() >= least:
            data = line.groupby("time", as_index=False)["y"].mean()
            arguments = {"outcome": "y", "time": "time", "at": str(change.start), "kind": "value"}
            return Design(SERIES, data, arguments, grain, Phrase("remeasure.rule.figures"), 0, _before(line))
    return None


def _before(frame: pd.DataFrame) -> float:
    return float(frame.loc[frame["treated"] == 0, "y"].mean())
