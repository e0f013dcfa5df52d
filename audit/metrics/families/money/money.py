"""What clients owe: M38."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells, finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.money import billing
from audit.metrics.rows.money.owed import receivables

BUCKETS = (("not_due", 0), ("1-30", 30), ("31-60", 60), ("61-90", 90), ("90+", None))
_SALES_DAYS = 90  # days of sales that DSO compares with
_OWED = "receivables.amount|invoices.amount"
_TOP = 5
_SHOWN = 50  # debtors shown by name, the others together
_SLICES = ("owner", "team", "client", "client×contract")


def owed(bases: Bases) -> pd.DataFrame:
    """One row a document owed: debtor, owner, team, amount, overdue_amount, days_overdue; slices `client` and `contract` of the largest debtors."""
    order = ["debtor", "owner", "amount", "days_overdue", "overdue_amount", "contract", "written"]
    frame = bases.rows(receivables(bases)).rename(columns={"client": "debtor"}).sort_values(order, kind="stable").reset_index(drop=True)
    most = frame.groupby("debtor")["amount"].sum().sort_values(ascending=False, kind="stable").index[:_SHOWN].tolist()
    written = frame.dropna(subset=["written"]).groupby("debtor")["written"].first() if bases.client.privacy == "names" else {}
    names = {one: name if name != one else written.get(one, one) for one, name in billing.called(bases, most).items()}
    rest = frame["debtor"].notna() & ~frame["debtor"].isin(most)
    return frame.assign(client=frame["debtor"].map(names).astype(object).mask(rest, cells.OTHER), contract=frame["contract"].astype(object).mask(rest, cells.OTHER))


def _groups(bases: Bases, ask: Ask) -> list[tuple[dict[str, str], pd.DataFrame]]:
    """The whole and each group of the asked slices."""
    frame = bases.rows_of(owed)
    found: list[tuple[dict[str, str], pd.DataFrame]] = [({"by": "", "group": ""}, frame)]
    for one in ask.slices:
        if one and {*one} <= {"owner", "team", "client", "contract"}:
            for labels, rows in frame.groupby([frame[name].fillna(cells.EMPTY) for name in one]):
                found.append(({"by": "×".join(one), "group": " × ".join(map(str, labels))}, rows))
    return found


def _figure(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """A figure of each group of documents; a census at a day has no interval."""
    records = []
    for key, rows in _groups(bases, ask):
        num, den = _OF[metric.id](rows)
        value = num if den is None else num / den if den else np.nan
        records.append(key | {"value": value, "n": len(rows), "sum_num": num, "sum_den": np.nan if den is None else den})
    return finish.made(metric, bases, [record for record in records if record["value"] == record["value"] or not record["by"]])


def _top(rows: pd.DataFrame) -> tuple[float, float]:
    known = rows.groupby("debtor")["amount"].sum().sort_values(ascending=False)
    return float(known.head(_TOP).sum()), float(rows["amount"].sum())


_OF = {
    "receivables": lambda rows: (float(rows["amount"].sum()), None),
    "overdue_share": lambda rows: (float(rows["overdue_amount"].sum()), float(rows["amount"].sum())),
    "days_delinquent": lambda rows: (float((rows["overdue_amount"] * rows["days_overdue"]).sum()),
                                     float(rows["overdue_amount"].sum())),
    "receivables_top5_share": _top,
}


def _ageing(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Amount owed by how long it is overdue; the part of a document that is not due counts as not due."""
    records = []
    for key, rows in _groups(bases, ask):
        late = rows["days_overdue"].to_numpy()
        floor = -np.inf
        for name, most in BUCKETS:
            inside = (late > floor) & (late <= (np.inf if most is None else most))
            floor = np.inf if most is None else most
            amount = rows["amount"] if name == "not_due" else rows["overdue_amount"]
            total = float(amount[inside].sum())
            if name == "not_due":
                total += float((rows["amount"] - rows["overdue_amount"])[~inside].sum())
            names = (f"{key['by']}×bucket", f"{key['group']} × {name}") if key["by"] else ("bucket", name)
            records.append({"by": names[0], "group": names[1], "value": total, "n": int(inside.sum()), "sum_num": total})
    return finish.made(metric, bases, records)


def sales(bases: Bases) -> pd.DataFrame:
    """Sales by day: invoices issued and not cancelled, else deals won."""
    if bases.tables.has("invoices.issued_on", "invoices.amount"):
        t = bases.rows_of(billing.issued)
        query = t.group_by(day=t.issued_on).agg(amount=cells.exact(t.amount))
    else:
        t = bases.deals.filter(bases.deals.won_at.notnull())
        query = t.group_by(day=t.won_at.cast("date")).agg(amount=cells.exact(t.amount_base))
    return bases.rows(query).dropna().sort_values("day", kind="stable")


def _dso(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Owed ÷ sales of the last 90 days × 90; or, counted back, the days of latest sales that what is owed equals."""
    debt = float(bases.rows_of(owed)["amount"].sum())
    frame = bases.rows_of(sales)
    end = bases.as_of + dt.timedelta(days=1)
    if metric.id == "dso":
        recent = frame[frame["day"] > bases.as_of - dt.timedelta(days=_SALES_DAYS)]["amount"].sum()
        value = debt / recent * _SALES_DAYS if recent > 0 else np.nan
    else:
        value = _counted_back(frame, debt, end)
    return finish.made(metric, bases, [{"value": value, "n": len(bases.rows_of(owed)), "sum_num": debt}])


def _counted_back(frame: pd.DataFrame, debt: float, end: dt.date) -> float:
    """Whole calendar months back while they are covered, then the part of the next one; NaN beyond the sales known."""
    days, left = 0.0, debt
    first = min(frame["day"], default=end)
    while left > 0 and end > first:
        start = (end - dt.timedelta(days=1)).replace(day=1)
        month = float(frame[(frame["day"] >= start) & (frame["day"] < end)]["amount"].sum())
        length = (end - start).days
        days += length if month <= left else length * left / month
        left, end = left - month, start
    return days if left <= 0 else float("nan")


_SALES = "invoices.issued_on|deals.won_at|deals.closed_at"


def _metric(metric_id: str, unit: str, compute, needs: tuple[str, ...], slices: tuple[str, ...], source: str) -> Metric:
    return Metric(
        id=metric_id, card="M38", kind="figure", unit=unit, better="lower", basis="snapshot", table="receivables",
        rows=deals, at="", needs=needs, where=None, numerator=None, denominator=None, compute=compute, matures_days=0,
        min_n=MIN_N, slices=slices, counter="revenue", source=source,
    )


METRICS = (
    _metric("receivables", "money", _figure, (_OWED,), _SLICES, "Σ owed at the as-of day; advances are not netted"),
    _metric("overdue_share", "share", _figure, (_OWED,), _SLICES, "Σ overdue ÷ Σ owed"),
    _metric("receivables_ageing", "money", _ageing, (_OWED,), ("bucket", "owner", "client"), "Σ owed by days overdue"),
    _metric("days_delinquent", "days", _figure, (_OWED,), _SLICES, "Σ (overdue × days overdue) ÷ Σ overdue"),
    _metric("dso", "days", _dso, (_OWED, _SALES), (), "Σ owed ÷ sales of the last 90 days × 90"),
    _metric("dso_countback", "days", _dso, (_OWED, _SALES), (), "days of the latest sales that Σ owed equals, month by month back"),
    _metric("receivables_top5_share", "share", _figure, (_OWED,), ("owner",), "Σ owed by the five largest debtors ÷ Σ owed"),
)
