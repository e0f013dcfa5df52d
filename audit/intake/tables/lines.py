"""Rows of one source before the tables meet: product lines of a deal merged, ids made where the source has none."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from audit.intake.shapes import GENERATED
from audit.intake.tables.finish import all_differ
from audit.intake.typed.part import Part

LINE = ("deal_id", "product", "line_quantity", "line_price", "amount")  # what a line of a deal is made of
OWN_ID = {"qa_reviews", "kb_items"}  # tables whose ids are made from what the row is of, not from all its cells


def merge_lines(part: Part) -> pd.DataFrame:
    """Product lines of merged deals; the part keeps one row a deal with the amounts summed.

    Rows of one id are product lines only when all else but the title is equal and the products differ; otherwise the
    later row is a duplicate and stays for validation to refuse.
    """
    rule = part.shape.merge
    if not rule or rule["by"] not in part.frame:
        return pd.DataFrame()
    by, frame = rule["by"], part.frame
    unused = frame[by].isna() | part.reasons.at(frame.index)
    live = frame[~unused] if unused.any() else frame
    if all_differ(live[by]):
        return _products(live[[name for name in LINE if name in live]])
    some = live[live[by].duplicated(keep=False)]
    own = [name for name in some if name not in {by, "title", "currency_seen", *rule["lines"]} and part.extras.get(name, "").lower() not in rule.get("also", ())]
    inside = [name for name in rule["lines"] if name in some]
    same = _digest(some, own)
    full = _digest(some, [*own, *inside])
    first = same.groupby(some[by]).transform("first")
    repeated = full.groupby([some[by], full]).cumcount() > 0
    line = (same == first) & ~repeated
    lines = some[line]
    extra = lines[by].duplicated(keep="first")
    merged, head = lines.index[extra], frame.index.isin(lines.index[~extra])
    for column in rule["sum"]:
        if column in frame:
            totals = _exact(lines[column], lines.groupby(by, sort=False)[column].sum(min_count=1))
            part.frame[column] = frame[column].mask(head, frame[by].map(totals))
    if "product" in lines and len(merged):
        top = lines.sort_values(["amount"], ascending=False, kind="stable").drop_duplicates(by).set_index(by)["product"]
        part.frame["product"] = frame["product"].mask(head, frame[by].map(top))
    part.frame = part.frame.drop(index=merged)
    part.merged = len(merged)
    return _products(live.drop(index=some.index[~line]))


def _exact(money: pd.Series, totals: pd.Series) -> pd.Series:
    """Sums of whole kopecks without the dust of binary fractions."""
    return totals.round(2) if ((money - money.round(2)).abs() < 1e-9).all() else totals


def _digest(rows: pd.DataFrame, columns: list[str]) -> pd.Series:
    """One number a row of the values of `columns`, letters of any case alike."""
    plain = rows[columns].apply(lambda values: values.str.lower().fillna("") if values.dtype == "str" else values)
    return pd.util.hash_pandas_object(plain, index=False).set_axis(rows.index)


def _products(lines: pd.DataFrame) -> pd.DataFrame:
    """deal_products of product lines."""
    if "product" not in lines or not lines["product"].notna().any():
        return pd.DataFrame()
    kept = lines[lines["product"].notna()]
    quantity = kept["line_quantity"] if "line_quantity" in kept else pd.Series(np.nan, index=kept.index)
    price = kept["line_price"] if "line_price" in kept else pd.Series(np.nan, index=kept.index)
    if "line_quantity" in kept:
        price = price.fillna(kept["amount"] / quantity.where(quantity > 0))
    return pd.DataFrame({"deal_id": kept["deal_id"], "product": kept["product"], "quantity": quantity, "price": price, "_pos": kept.index})


def make_ids(part: Part) -> None:
    """Ids for rows whose source has none: a digest of the cells, so that the same row has the same id next time."""
    column = GENERATED.get(part.table or "")
    if column is None or part.table in OWN_ID:
        return
    if column in part.frame and part.frame[column].notna().any():
        return
    cells = part.source.cells.loc[part.frame.index]
    joined = cells.iloc[:, 0].astype("str").str.cat([cells[name].astype("str") for name in cells.columns[1:]], sep="\x1f") if len(cells.columns) > 1 else cells.iloc[:, 0]
    digests = np.array([hashlib.blake2b(text.encode(), digest_size=6).hexdigest() for text in joined.fillna("")], dtype=object)
    series = pd.Series(digests, index=part.frame.index, dtype="str")
    again = series.groupby(series).cumcount()
    prefix = {"activities": "a", "payments": "p", "plans": "t", "invoices": "i"}.get(part.table or "", (part.table or "x")[0])
    part.frame[column] = prefix + series + again.map(lambda n: f"-{n + 1}" if n else "").astype("str")

