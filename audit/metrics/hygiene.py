"""How well records are filled: M43."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics import cells, finish
from audit.metrics.bases import Bases
from audit.metrics.common import MIN_N, deals
from audit.metrics.metric import Ask, Metric
from audit.schema import BY_NAME
from audit.stats import intervals

_RECENT_DAYS = 90  # closed records as young as this are judged together with the open ones
_LONG = 30  # characters of a comment that can hold a result and a next step


@cache
def rules() -> dict:
    """rules.yml: placeholders, patterns of a useful comment, mandatory fields."""
    import yaml

    return yaml.safe_load(files("audit.metrics").joinpath("rules.yml").read_text(encoding="utf-8"))


def _judged(bases: Bases, name: str) -> ir.Table:
    """Records to judge: open ones and those closed lately; with `owner` where the table has it."""
    if name in ("deals", "leads"):
        t = bases.deals if name == "deals" else bases.leads
        since = ibis.literal(bases.end) - ibis.interval(days=_RECENT_DAYS)
        return t.filter((t.semantic == "open") | (t.closed_at >= since))
    t = bases.full(name)
    if name == "clients" and bases.tables.has("users", "clients.owner_id"):
        side = bases.users.select(_user="user_id", owner="owner")
        t = t.left_join(side, t.owner_id == side._user).drop("_user")
        return t.mutate(owner=ibis.coalesce(t.owner, t.owner_id))
    return t.mutate(owner=ibis.null("string"))


def _states(column: ir.Value) -> tuple[ir.Value, ir.Value]:
    """(has any value, has a real one) of a column as 0/1."""
    some = column.notnull()
    if not column.type().is_string():
        real = some & (column != 0) if column.type().is_numeric() else some
        return ibis.ifelse(some, 1, 0), ibis.ifelse(real.fill_null(False), 1, 0)
    text = column.strip().lower()
    some = some & (text != "")
    kind = column.get_name()
    real = some & ~text.isin(rules()["placeholders"])
    if kind == "email":
        real = real & text.re_search(r"^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$")
    elif kind == "phone":
        real = real & (text.re_replace(r"\D", "").length() >= 7)
    elif kind == "tax_id":
        real = real & text.re_search(r"^\D{0,3}\d{8,13}$")
    return ibis.ifelse(some.fill_null(False), 1, 0), ibis.ifelse(real.fill_null(False), 1, 0)


def fields(bases: Bases) -> pd.DataFrame:
    """One row a mandatory field and owner: field, owner, n required, `some` with any value, `real` with a valid one.

    A column that the export does not have at all is not judged. Amounts of 0 count as empty.
    """
    frames = []
    for name, by_state in rules()["fields"].items():
        if name not in bases.tables:
            continue
        t = _judged(bases, name)
        for state, columns in by_state.items():
            rows = t if state == "always" else t.filter(t.semantic == state)
            known = [one for one in columns if one in BY_NAME[name] and bases.tables.has(f"{name}.{one}")]
            pairs = {one: _states(rows[one]) for one in known}
            sums = {f"{kind}_{one}": pair[at].sum() for one, pair in pairs.items() for at, kind in enumerate(("some", "real"))}
            wide = bases.rows(rows.group_by(owner=cells.label(rows.owner)).agg(n=rows.count(), **sums)) if known else None
            frames += [pd.DataFrame({"owner": wide["owner"], "n": wide["n"], "some": wide[f"some_{one}"],
                                     "real": wide[f"real_{one}"], "field": f"{name}.{one}"}) for one in known if wide is not None]
    blank = pd.DataFrame(columns=["owner", "n", "some", "real", "field"])
    return pd.concat([blank, *frames], ignore_index=True).sort_values(["field", "owner"], kind="stable")


def _share(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Filled with a real value ÷ required; or placeholders ÷ filled with anything."""
    frame = bases.rows_of(fields).astype({"n": float, "some": float, "real": float})
    good, base = ("real", "n") if metric.id == "completeness" else ("fake", "some")
    frame = frame.assign(fake=frame["some"] - frame["real"])
    records = []
    for one in dict.fromkeys([(), *ask.slices]):
        if not set(one) <= {"field", "owner"}:
            continue
        for label, rows in frame.groupby(list(one), sort=True) if one else [((), frame)]:
            labels = label if isinstance(label, tuple) else (str(label),)
            num, den = rows[good].sum(), rows[base].sum()
            if den:
                low, high = intervals.wilson(num, den)
                records.append({"by": "×".join(one), "group": " × ".join(labels), "value": num / den, "low": float(low),
                                "high": float(high), "n": int(den), "sum_num": num, "sum_den": den, "sum_num2": num,
                                "sum_numden": num, "sum_den2": den})
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
        compute=_share, matures_days=0, min_n=MIN_N, slices=("field", "owner", "owner×field"), counter="placeholder_share",
        source="mandatory fields filled with a valid value ÷ mandatory fields, open records and those closed in 90 days",
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
