"""Amounts in the client's base currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.tables.finish import column

if TYPE_CHECKING:
    from audit.intake.tables.build import Build

# rates fixed by law for good; the source is the Council regulation on the changeover of Bulgaria
FIXED = {("BGN", "EUR"): 1 / 1.95583, ("EUR", "BGN"): 1.95583}
DATED = {"deals": ("closed_at", "created_at"), "invoices": ("issued_on",), "payments": ("received_on",)}


def base_amounts(build: Build) -> None:
    """Currency of every row and `amount_base` of deals.

    A row without a currency is in the one currency that the file names, else in the client's; other currencies
    are converted at the last rate known on the day, at a fixed rate, or stay empty and are counted.
    """
    base = build.client.currency
    for table, days in DATED.items():
        rows = build.tables.get(table)
        if rows is None or "amount" not in rows:
            continue
        code = column(rows, "currency").fillna(column(rows, "currency_seen"))
        for place in rows["_part"].unique():
            part, mine = build.parts[int(place)], rows["_part"] == place
            named = code[mine].dropna().unique()
            usual = named[0] if len(named) == 1 else base
            if not len(named):
                build.mapping.answers.decided("currency", part.source.label, part.used.get("amount", ""), usual, "client_currency")
            code = code.mask(mine & code.isna(), usual)
        rows["currency"] = code.astype("str")
        if table == "deals":
            day = column(rows, days[0], "datetime64[us]").fillna(column(rows, days[-1], "datetime64[us]"))
            rows["amount_base"] = rows["amount"] * rate(code, day, base, build.tables.get("fx"))
            lost = rows["amount"].notna() & rows["amount_base"].isna()
            for place in rows.loc[lost, "_part"].unique():
                build.parts[int(place)].warnings["no_exchange_rate"] += int((lost & (rows["_part"] == place)).sum())


def rate(code: pd.Series, day: pd.Series, base: str, fx: pd.DataFrame | None) -> pd.Series:
    """Units of `base` for one unit of each row's currency on its day; null when nothing tells."""
    found = np.full(len(code), np.nan)
    for currency in code.dropna().unique():
        mine = (code == currency).to_numpy()
        if currency == base:
            found[mine] = 1.0
        elif (currency, base) in FIXED:
            found[mine] = FIXED[currency, base]
        elif fx is not None and (fx["currency"] == currency).any():
            known = fx[fx["currency"] == currency].sort_values("date")
            place = np.searchsorted(known["date"].to_numpy(), day[mine].to_numpy(), side="right") - 1
            found[mine] = np.where(place >= 0, known["rate_to_base"].to_numpy()[np.maximum(place, 0)], np.nan)
    return pd.Series(found, index=code.index)
