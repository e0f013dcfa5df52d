"""Techniques as sellers took them up one after another: deals before and after against those of sellers who had not yet."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import ibis
import numpy as np

from audit.metrics.bases import frames
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells, periods
from audit.metrics.declare.common import within
from audit.metrics.rows.flow.ladder import lines
from audit.metrics.rows.flow.reach import Pipeline, reaches
from audit.metrics.rows.knowledge import tags
from audit.stats.estimate import Student, student
from audit.stats.panel import Panel, imputed, staggered

if TYPE_CHECKING:
    import pandas as pd

    from audit.metrics.bases import Bases

WINDOW = dt.timedelta(days=28)  # in which the uses of a habit fall; as long the log must run before a habit is told from an old one
EARLY = 3  # months by which the placebo comes before the habit
ENOUGH, ADOPTERS, SURE = 4, 2, 3  # sellers whose deals are known; of them took it up, for an effect and for a proof: the noise of one alone is not seen
NEEDS = ("kb_items.kb_id", "technique_tags.kb_id", "technique_tags.at", "technique_tags.user_id", "deals.owner_id", "deals.semantic",
         "stage_history.entered_at", "stage_history.to_stage", "stages.ord", "technique_tags of sellers who took one up")
_SKIPPED = -1


class Told(NamedTuple):
    """Panels of sellers by months, one a technique, with their `owners`; an effect is the mean over deals after the habit."""

    panels: dict[str, Panel]
    owners: dict[str, list[str]]

    def sellers(self, name: str = "") -> int:
        """Sellers who took a technique up and whose deals after it are known; of all techniques where none is named."""
        found = {owner for one, panel in self.panels.items() if name in ("", one)
                 for owner, on in zip(self.owners[one], ((panel.treated == 1) & np.isfinite(panel.y)).any(1), strict=True) if on}
        return len(found)

    def effect(self, name: str) -> Student | None:
        """Of one technique; errors by leaving one seller out."""
        return staggered(self.panels[name]) if len(self.panels[name].y) >= ENOUGH and self.sellers(name) >= ADOPTERS else None

    def whole(self) -> Student | None:
        """Of all together, by deals after the habit; a seller is left out of every technique at once, for it is the same deals."""
        known = [name for name in self.panels if self.effect(name) is not None]
        if len(known) < 2:
            return self.effect(known[0]) if known else None
        owners = sorted({owner for name in known for owner in self.owners[name]})
        value, left = self._pooled(known, ""), [self._pooled(known, owner) for owner in owners]
        values = np.array([one for one in left if one is not None])
        if value is None or len(values) < len(owners):
            return None
        error = float(np.sqrt((len(values) - 1) / len(values) * ((values - values.mean()) ** 2).sum()))
        return student(value, error, len(values) - 1) if error > 0 else None

    def _pooled(self, names: list[str], left: str) -> float | None:
        values, weights = [], []
        for name in names:
            panel = self.panels[name].without(np.array([owner == left for owner in self.owners[name]]))
            found = imputed(panel)
            if found is None:
                return None
            values.append(found.value)
            weights.append(float(panel.weight[(panel.treated == 1) & np.isfinite(panel.y)].sum()))
        return float(np.average(values, weights=weights)) if sum(weights) else None


def adopted(bases: Bases) -> pd.DataFrame:
    """One row a technique and seller who took it up: `at`, the first of rules.technique_habit uses within four weeks.

    The author used it before it was one, and who had the habit within four weeks of the log's first day had it before where the technique is no
    younger than the log: since when is known of neither, they have no `at`.
    """
    import pandas as pd

    t = bases.rows_of(tags.situations)
    first = bases.rows(t.agg(at=t["at"].min()))["at"].iloc[0]
    t = t.filter((t.used == 1) & t.owner.notnull())
    own = yes((t.user_id == t.author_id).fill_null(False)).max()  # a person and a machine that heard one use tell of one
    t = t.group_by("technique", "owner", talk=ibis.coalesce(t.object_id, t.tag_id)).agg(at=t["at"].min(), own=own)
    last = t["at"].lead(bases.client.rules.technique_habit - 1).over(ibis.window(group_by=[t.technique, t.owner], order_by=[t["at"], t.talk]))
    t = t.mutate(_last=last)
    t = t.filter(t._last <= t["at"] + ibis.interval(days=WINDOW.days))
    frame = bases.rows(t.group_by("technique", "owner").agg(at=t["at"].min(), own=t.own.max())).sort_values(["technique", "owner"])
    items = bases.rows(bases.rows_of(tags.items).select("technique", "created_at")).set_index("technique")["created_at"]
    made = frame["technique"].map(items[~items.index.duplicated()])
    old = (frame["at"] < first + WINDOW) & ~(made >= first)
    return frame.assign(at=frame["at"].where(~old & (frame["own"] == 0), pd.NaT)).drop(columns="own").reset_index(drop=True)


def _places(bases: Bases) -> dict[str, list[tuple[Pipeline, int]]]:
    """Technique → stages that it is for, as (pipeline, place); where the knowledge base tells none, the stage that calls for it most."""
    t = bases.rows_of(tags.items).filter(lambda one: tags.is_technique(one, bases))
    items = bases.rows(t.select("technique", "stage_id", "stage")).sort_values("technique").drop_duplicates("technique")
    t = bases.rows_of(tags.situations)
    called = bases.rows(t.filter((t.called == 1) & t.stage.notnull()).group_by("technique", "stage").agg(n=ibis._.count()))
    most = called.sort_values(["n", "stage"], ascending=[False, True]).drop_duplicates("technique").set_index("technique")["stage"]
    found = {}
    for row in items.itertuples():
        names = {row.stage_id, row.stage} if isinstance(row.stage_id, str) else {most.get(row.technique)}
        found[row.technique] = [(pipeline, at) for pipeline, stages in lines(bases) for at, stage in enumerate(stages) if {stage.id, stage.name} & names]
    return found


def passed(bases: Bases) -> dict[tuple[Pipeline, int], pd.DataFrame]:
    """(pipeline, place of the stage) → one row a seller and month of entry: `n` deals that stood in the stage and have had
    rules.technique_step_days, `hits` that went further within these. Only stages that techniques are for."""
    days, found = bases.client.rules.technique_step_days, {}
    wanted = dict.fromkeys(place for places in bases.rows_of(_places).values() for place in places)
    for pipeline, at in wanted:
        t = bases.rows_of(reaches)[pipeline]
        here, ahead = t[f"_f{at}"], t[f"_f{at + 1}"]
        t = t.filter(here.notnull() & (ahead.isnull() | (here < ahead)) & t.owner.notnull() & (here + ibis.interval(days=days) < ibis.literal(bases.end)))
        query = t.group_by(owner=cells.label(t.owner), month=periods.key(t[f"_f{at}"], "month"))
        found[pipeline, at] = bases.rows(query.agg(n=t.count(), hits=yes(within(t[f"_f{at}"], t[f"_f{at + 1}"], days)).sum()))
    return found


def told(bases: Bases) -> Told:
    """The roll-out of every technique that somebody took up."""
    return _told(bases, 0)


def placebo(bases: Bases) -> Told:
    """The same as if each had taken it up EARLY months before, what came after the habit left out: of nothing there is no effect."""
    return _told(bases, EARLY)


def proven(bases: Bases) -> pd.DataFrame:
    """One row a technique that somebody took up: technique, `rollout` with rollout_low and rollout_high, and `holds`: the interval lies above nothing
    while that of the placebo holds nothing, and three sellers or more took it up."""
    import pandas as pd

    real, nothing, rows = bases.rows_of(told), bases.rows_of(placebo), []
    for name in real.panels:
        one, before = real.effect(name), nothing.effect(name) if name in nothing.panels else None
        low, high = one.interval() if one is not None else (np.nan, np.nan)
        calm = before is not None and before.interval()[0] <= 0 <= before.interval()[1]
        rows.append({"technique": name, "rollout": one.value if one is not None else np.nan, "rollout_low": low, "rollout_high": high, "holds": bool(low > 0 and calm and real.sellers(name) >= SURE)})
    return pd.DataFrame(rows, columns=["technique", "rollout", "rollout_low", "rollout_high", "holds"])


def _told(bases: Bases, early: int) -> Told:
    import pandas as pd

    adoptions, places, rows = bases.rows_of(adopted), bases.rows_of(_places), bases.rows_of(passed)
    t = bases.rows_of(tags.situations)
    heard = set(bases.rows(t.select("owner").distinct())["owner"].dropna())  # of others nobody knows what they use
    panels, owners = {}, {}
    for name, mine in adoptions.groupby("technique", sort=True):
        frames = [rows[place] for place in places.get(str(name), [])]
        since = {row.owner: _month(row.at) for row in mine.itertuples()}
        if not frames or all(month is None for month in since.values()):
            continue
        frame = pd.concat(frames, ignore_index=True).groupby(["owner", "month"], as_index=False, sort=True).sum()
        frame = frame[frame["owner"].isin([one for one in heard if since.get(one, _SKIPPED) is not None])]
        panel = _panel(frame, since, early) if len(frame) else None
        if panel is not None:
            panels[str(name)], owners[str(name)] = panel, sorted(frame["owner"].unique())
    return Told(panels, owners)


def _month(at: pd.Timestamp) -> int | None:
    day = frames.day_of(at)
    return None if day is None else periods.number(day, "month")


def _panel(frame: pd.DataFrame, since: dict[str, int | None], early: int) -> Panel | None:
    """Shares by seller and month; the month of the habit is neither before nor after."""
    n, hits = (frame.pivot(index="owner", columns="month", values=name).sort_index().sort_index(axis=1) for name in ("n", "hits"))
    months = n.columns.to_numpy(dtype=int)
    start = np.array([since.get(owner) or months[-1] + EARLY + 1 for owner in n.index])[:, None]
    weight = n.fillna(0).to_numpy(dtype=float)
    seen = (weight > 0) & (months[None, :] != start if not early else months[None, :] < start)
    y = np.where(seen, hits.fillna(0).to_numpy(dtype=float) / np.where(weight > 0, weight, 1.0), np.nan)
    treated = (months[None, :] >= start - early).astype(int)
    apart = seen & (weight > 1)
    noise = (weight * y * (1 - y))[apart].sum() / (weight - 1)[apart].sum() if apart.any() else 0.0  # of one talk
    return Panel(y, np.where(seen, weight, 0.0), treated, np.full(len(y), noise)) if (treated[seen] == 1).any() else None
