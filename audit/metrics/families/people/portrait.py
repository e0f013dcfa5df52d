"""What the most productive sellers have that others have not, as hypotheses: M65."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, people
from audit.metrics.count import finish
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.activities import output
from audit.metrics.rows.quality import reviews
from audit.stats.effects import arcsine, hedges

_NEEDS = ("users.user_id", "deals.owner_id", "deals.semantic", "deals.closed_at|deals.won_at", "deals.amount_base|deals.amount")
_COLUMNS = ("feature", "n_top", "n_other", "top", "other", "effect", "low", "high", "least", "most", "holds", "measure")
_YEAR = 12
_LONGEST = 720  # months of experience; more is a slip


def groups(bases: Bases) -> dict[str, bool]:
    """user_id → whether of the highest third by shrunk money won a month over the last year at work; leavers included."""
    from audit.stats.effects import shrunk

    made = {who: [own[month] for month in sorted(own)][-_YEAR:] for who, own in bases.rows_of(output.months).items()}
    made = {who: values for who, values in made.items() if len(values) >= output.LEAST}
    if len(made) < output.FEWEST:
        return {}
    sizes = np.array([len(values) for values in made.values()])
    within = sum(float(((np.array(values) - np.mean(values)) ** 2).sum()) for values in made.values())
    error = np.sqrt(max(within / max(int(sizes.sum()) - len(sizes), 1), 1e-12) / sizes)
    level = shrunk(np.array([np.mean(values) for values in made.values()]), error)[0].tolist()
    return {who: third == "top" for who, third in output.thirds(dict(zip(made, level, strict=True))).items()}


def features(bases: Bases) -> pd.DataFrame:
    """One row a seller and feature: tenure, experience and source of hire, competences, mix of actions, scores of checklist blocks.

    Nothing protected by law. `of` names what a feature is of: of a word (`told`) each value is a feature, `x` 1 where it is the seller's.
    """
    who = set(bases.rows_of(groups))
    staff = bases.rows_of(people.staff)
    rows = [{"user_id": row.user_id, "feature": "tenure_months", "x": ((row.left_at or bases.as_of) - row.hired_at).days / people.YEAR_DAYS * 12}
            for row in staff.itertuples() if row.hired_at is not None]
    parts = [pd.DataFrame(rows, columns=["user_id", "feature", "x"]), *_hired(bases, who)]
    if bases.tables.has("competences.user_id", "competences.level", "competences.level_max"):
        t = bases.full("competences").filter(lambda t: (t.assessed_at <= bases.as_of) & t.level.notnull() & (t.level_max > 0))
        last = bases.rows(t.mutate(x=100.0 * t.level / t.level_max).select("user_id", "competence_id", "assessed_at", "x"))
        last = last.sort_values(["user_id", "competence_id", "assessed_at", "x"], kind="stable").drop_duplicates(["user_id", "competence_id"], keep="last")
        parts.append(last.assign(feature="competence: " + last["competence_id"]))
    if bases.tables.has("activities.kind", "activities.owner_id", "activities.done_at|activities.started_at"):
        a = bases.activities.filter(lambda t: t.done_at.notnull() & ~t.is_auto & t.owner_id.notnull())
        kinds = bases.rows(a.group_by(user_id=a.owner_id, kind=a.kind).agg(n=a.count())).pivot(index="user_id", columns="kind", values="n").fillna(0)
        mix = kinds.div(kinds.sum(axis=1), axis=0).stack().rename("x").reset_index()
        parts.append(mix.assign(feature="actions: " + mix["kind"]))
    if not bases.lacks(*reviews.RANDOM, "qa_reviews.block", "qa_reviews.user_id"):
        t = bases.rows_of(reviews.blocks)
        block = bases.rows(t.filter(reviews.talks(t, bases)).group_by("user_id", "block").agg(x=t.score.mean().round(6)))
        parts.append(block.assign(feature="block: " + block["block"]))
    frame = pd.concat([part.reindex(columns=["user_id", "feature", "x", "of"]) for part in parts], ignore_index=True)
    frame = frame.assign(told=frame["of"].notna(), of=frame["of"].fillna(frame["feature"]))
    return frame[frame["user_id"].isin(who)].sort_values(["feature", "user_id"], kind="stable")


def _hired(bases: Bases, who: set[str]) -> list[pd.DataFrame]:
    """What the list of staff says of the time before the first working day: months of experience, and by what source each of `who` was found."""
    known = bases.rows(bases.each("users", "user_id").select("user_id", "experience_months", "hire_source"))
    months = known[known["experience_months"].between(0, _LONGEST)]
    sources = known[known["hire_source"].notna() & known["user_id"].isin(who)]
    parts = [months.assign(feature="experience_months", x=months["experience_months"])]
    for source in sorted(set(sources["hire_source"])):
        parts.append(sources.assign(feature=f"hire_source: {source}", x=(sources["hire_source"] == source).astype(float), of="hire_source"))
    return parts


def portrait(bases: Bases) -> pd.DataFrame:
    """One row a feature: means of the top third and of the others (of a word: shares), the effect with its interval, its least and most with one
    person left out, and whether it `holds`: keeps its sign whoever is left out. `measure`: Hedges' g of means, Cohen's h of shares. The clearest first."""
    top, rows = bases.rows_of(groups), []
    for (feature, told), mine in bases.rows_of(features).groupby(["feature", "told"], sort=True):
        best = np.array([top[who] for who in mine["user_id"]])
        x, effect = mine["x"].to_numpy(dtype=float), arcsine if told else hedges
        size, low, high = effect(x[best], x[~best])
        if size != size:
            continue
        rest = [effect(x[keep & best], x[keep & ~best])[0] for keep in ~np.eye(len(x), dtype=bool)]
        known = [one for one in rest if one == one]
        least, most = (min(known), max(known)) if len(known) == len(rest) else (np.nan, np.nan)
        rows.append({"feature": feature, "n_top": int(best.sum()), "n_other": int((~best).sum()), "top": float(x[best].mean()),
                     "other": float(x[~best].mean()), "effect": size, "low": low, "high": high, "least": least, "most": most, "holds": bool(least * most > 0),
                     "measure": "h" if told else "g"})
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return frame.assign(_size=frame["effect"].abs()).sort_values(["_size", "feature"], ascending=[False, True], kind="stable").drop(columns="_size")


def _effects(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """The whole: features whose interval leaves out nothing and that hold, values of one word counted once; by feature its effect."""
    frame = bases.rows_of(portrait).sort_values("feature", kind="stable")
    of = bases.rows_of(features).drop_duplicates("feature").set_index("feature")["of"]
    clear = frame.loc[frame["holds"] & ((frame["low"] > 0) | (frame["high"] < 0)), "feature"].map(of).nunique()
    records: list[dict] = [{"value": clear if len(frame) else np.nan, "n": len(bases.rows_of(groups))}]
    if ("feature",) in ask.slices:
        records += [{"by": "feature", "group": row.feature, "value": row.effect, "low": row.low, "high": row.high, "n": row.n_top + row.n_other}
                    for row in frame.itertuples()]
    return finish.made(metric, bases, records)


METRICS = (
    Metric(
        id="portrait_features", card="M65", kind="figure", unit="count", better="neutral", basis="snapshot", table="users", rows=reviews.items, at="",
        needs=(*_NEEDS, "users of known output"), where=None, numerator=None, denominator=None, compute=_effects, matures_days=0, min_n=6,
        slices=("feature",), counter="effective_lift",
        source="features that tell the top third from others whoever is left out; by feature Hedges' g, of a source of hire Cohen's h of its shares. A list of hypotheses, no verdict on a person",
    ),
)

LISTINGS = (
    Listing(
        id="employee_portrait", card="M65", needs=(*_NEEDS, "users of known output"), columns=_COLUMNS, rows=portrait,
        source="features of the top third by shrunk money won a month against the others, leavers included; hypotheses only",
    ),
)
