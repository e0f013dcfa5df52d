"""How well records are filled: M43."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells, finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.hygiene.filled import required, rules, states
from audit.stats import intervals

_LONG = 30  # characters of a comment that can hold a result and a next step


def fields(bases: Bases) -> pd.DataFrame:
    """One row a mandatory field and owner: field, owner, n required, `some` with any value, `real` with a valid one.

    A column that the export does not have at all is not judged. Amounts of 0 count as empty.
    """
    frames = []
    for name, rows, known in required(bases):
        pairs = {one: states(rows[one]) for one in known}
        sums = {f"{kind}_{one}": pair[at].sum() for one, pair in pairs.items() for at, kind in enumerate(("some", "real"))}
        wide = bases.rows(rows.group_by(owner=cells.label(rows.owner)).agg(n=rows.count(), **sums))
        frames += [pd.DataFrame({"owner": wide["owner"], "n": wide["n"], "some": wide[f"some_{one}"],
                                 "real": wide[f"real_{one}"], "field": f"{name}.{one}"}) for one in known]
    blank = pd.DataFrame(columns=["owner", "n", "some", "real", "field"])
    return pd.concat([blank, *frames], ignore_index=True).sort_values(["field", "owner"], kind="stable")


def _share(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Filled with a real value ÷ required, by the weights of fields; or placeholders ÷ filled with anything.

    The interval of a weighted share is Wilson's of as many equal fields as tell as much, (Σ weight)² ÷ Σ weight² (Kish, 1965, Survey Sampling).
    """
    frame = bases.rows_of(fields).astype({"n": float, "some": float, "real": float})
    good, base = ("real", "n") if metric.id == "completeness" else ("fake", "some")
    weights = bases.client.rules.field_weights if metric.id == "completeness" else {}
    frame = frame.assign(fake=frame["some"] - frame["real"], w=[float(weights.get(name, 1.0)) for name in frame["field"]],
                         entity=[name.partition(".")[0] for name in frame["field"]])
    frame = frame[frame["w"] > 0]
    records = []
    for one in dict.fromkeys([(), *ask.slices]):
        if not set(one) <= {"entity", "field", "owner"}:
            continue
        for label, rows in frame.groupby(list(one), sort=True) if one else [((), frame)]:
            labels = label if isinstance(label, tuple) else (str(label),)
            num, den, num2, den2 = ((rows[name] * rows["w"]**power).sum() for power in (1, 2) for name in (good, base))
            if den:
                size = den**2 / den2
                low, high = intervals.wilson(num / den * size, size)
                records.append({"by": "×".join(one), "group": " × ".join(labels), "value": num / den, "low": float(low),
                                "high": float(high), "n": int(rows[base].sum()), "sum_num": num, "sum_den": den, "sum_num2": num2,
                                "sum_numden": num2, "sum_den2": den2})
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _comments(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Done actions whose comment is long enough and holds both a result and a next step."""
    a = bases.activities
    a = a.filter(a.done_at.notnull() & ~a.is_auto)
    text = a.comment.fill_null("").strip()
    low_case = text.lower()
    good = (text.length() >= _LONG) & low_case.re_search(rules()["result"]) & low_case.re_search(rules()["next"])
    a = a.mutate(_good=ibis.ifelse(good, 1, 0))
    sums = {"_rows": a.count(), "good": a._good.sum()}
    frames = []
    for part in cells.collect(bases, a, "done_at", ask.slices, ask.periods, sums):
        num, den = part.sums["good"], part.sums["_rows"]
        all_sums = {"num": num, "den": den, "num2": num, "numden": num, "den2": den}
        frames.append(finish.rows(metric, bases, part, all_sums, np.zeros(len(num), dtype=bool)))
    return pd.concat(frames, ignore_index=True)


METRICS = (
    Metric(
        id="completeness", card="M43", kind="share", unit="share", better="higher", basis="snapshot", table="deals",
        rows=deals, at="", needs=("deals|leads|clients|contacts",), where=None, numerator=None, denominator=None,
        compute=_share, matures_days=0, min_n=MIN_N, slices=("entity", "field", "owner", "owner×entity", "owner×field"), counter="placeholder_share",
        source="Σ weight of mandatory fields filled with a valid value ÷ Σ weight of mandatory fields, open records and those closed in 90 days; "
               "weights of rules.field_weights, else one",
    ),
    Metric(
        id="placeholder_share", card="M43", kind="share", unit="share", better="lower", basis="snapshot", table="deals",
        rows=deals, at="", needs=("deals|leads|clients|contacts",), where=None, numerator=None, denominator=None,
        compute=_share, matures_days=0, min_n=MIN_N, slices=("field", "owner"), counter="completeness",
        source="values like '-', 'test' or an impossible phone ÷ values filled",
    ),
    Metric(
        id="comment_quality", card="M43", kind="share", unit="share", better="higher", basis="period", table="activities",
        rows=deals, at="done_at", needs=("activities.comment", "activities.done_at|activities.started_at"), where=None,
        numerator=None, denominator=None, compute=_comments, matures_days=0, min_n=MIN_N, slices=("owner", "kind"),
        counter="activity_count", source="done actions whose comment has 30 characters, a result and a next step ÷ done actions",
    ),
)
