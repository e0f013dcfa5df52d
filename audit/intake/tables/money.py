"""Amounts in the client's base currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.memory import give_back
from audit.intake.parse.numbers import currency_code
from audit.intake.tables.finish import NOW, column

if TYPE_CHECKING:
    from audit.intake.tables.build import Build
    from audit.intake.typed.part import Part

# rates fixed by law for good; the source is the Council regulation on the changeover of Bulgaria
FIXED = {("BGN", "EUR"): 1 / 1.95583, ("EUR", "BGN"): 1.95583}
CHANGEOVER = np.datetime64("2026-01-01")  # from this day Bulgaria counts in euros
BY_DATE = "BGN/EUR"  # the answer: levs before the changeover, euros from it on
DATED = {"deals": ("closed_at", "created_at"), "invoices": ("issued_on",), "payments": ("received_on",), "receivables": ("as_of",)}
OF_AMOUNT = {"margin", "profit"}
STALE = np.timedelta64(7, "D")  # an older rate is used, and counted


def base_amounts(build: Build) -> None:
    """Currency of every row and `amount_base` of every table of amounts, at the rate of the day of the event; margin and profit at the same rate.

    A row without a currency is in the one currency that its file names, else in the client's; where several are named
    or the file crosses a change of currency, it is asked. Amounts without a rate stay empty and are counted.
    """
    base = build.client.currency
    fx = _rates(build)
    for table, days in DATED.items():
        rows = build.tables.get(table)
        if rows is None or "amount" not in rows:
            continue
        day = column(rows, days[0], NOW)
        for name in days[1:]:
            day = day.fillna(column(rows, name, NOW))
        code = column(rows, "currency").fillna(column(rows, "currency_seen"))
        places = rows["_part"].unique()
        for place in places:
            mine = slice(None) if len(places) == 1 else rows["_part"] == place  # of one file nothing is copied
            own = _unmarked(build, build.parts[int(place)], code.loc[mine], rows.loc[mine, "amount"], day.loc[mine])
            code = code.mask(code.isna() if len(places) == 1 else mine & code.isna(), own)
        rows["currency"] = code = code.astype("str")
        give_back(len(rows))
        factor, old = rate(code, day, base, fx)
        del code, day
        rows["amount_base"] = rows["amount"] * factor
        for name in OF_AMOUNT & {*rows.columns}:  # told in the currency of the amount that they are a part of
            rows[name] = rows[name] * factor
        known = rows["amount"].notna()
        for name, found in (("no_exchange_rate", known & factor.isna()), ("stale_exchange_rate", known & old)):
            for place, n in rows.loc[found, "_part"].value_counts().items():
                build.parts[int(place)].warnings[name] += int(n)


def _rates(build: Build) -> pd.DataFrame | None:
    """The table of rates, each for one unit: rates for 100 or 1000 units are divided; a rate that is none is refused."""
    fx = build.tables.get("fx")
    if fx is None:
        return None
    units = column(fx, "nominal", "float64").fillna(1.0)
    fx["rate_to_base"] = fx["rate_to_base"] / units
    wrong = ~((fx["rate_to_base"] > 0) & np.isfinite(fx["rate_to_base"]))
    for place, group in fx[wrong].groupby("_part"):
        build.parts[int(place)].refuse(group["_pos"].to_numpy(), "bad_number")
    build.tables["fx"] = fx = fx[~wrong].drop(columns="nominal", errors="ignore")
    return fx


def _unmarked(build: Build, part: Part, code: pd.Series, amount: pd.Series, day: pd.Series) -> pd.Series | str | None:
    """The currency of a file's amounts that name none."""
    answers, base = build.mapping.answers, build.client.currency
    label, header = part.source.label, part.used.get("amount", "")
    named = code.dropna().unique()
    bare = code.isna() & amount.notna() & (amount != 0)
    if len(named) == 1 or not bare.any():
        return str(named[0]) if len(named) == 1 else base
    if len(named) > 1:
        said = answers.get("unmarked", label, header)
        if said and (said == "none" or currency_code(str(said))):
            return None if said == "none" else currency_code(str(said))
        answers.ask("unmarked", label, header, [*(f"{one}: {int((code == one).sum())}" for one in named[:6]), f"–: {int(bare.sum())}"], base,
                    (*dict.fromkeys([base, *named]), "none"), "several_currencies")
        return base
    before = day < CHANGEOVER
    if base in ("EUR", "BGN") and build.client.country == "BG" and (bare & before).any() and (bare & (day >= CHANGEOVER)).any():
        said = answers.get("changeover", label, header)
        if said is None:
            examples = [f"{day[bare].min():%Y-%m-%d}", f"{day[bare].max():%Y-%m-%d}"]
            answers.ask("changeover", label, header, examples, BY_DATE, (BY_DATE, "EUR", "BGN"), "change_of_currency")
        if said in (None, BY_DATE):
            return pd.Series(np.where(before, "BGN", "EUR"), index=code.index, dtype="str").reindex(code.index)
        return str(said)
    answers.decided("currency", label, header, base, "client_currency")
    return base


def rate(code: pd.Series, day: pd.Series, base: str, fx: pd.DataFrame | None) -> tuple[pd.Series, pd.Series]:
    """(units of `base` for one unit of each row's currency on its day, whether that rate is older than a week).

    The last rate on or before the day, never a later one; lev and euro are fixed to each other, so a rate of one serves for
    the other. Null when nothing tells, or the day is not known.
    """
    found, old = np.full(len(code), np.nan), np.zeros(len(code), dtype=bool)
    for currency in code.dropna().unique():
        mine = (code == currency).to_numpy()
        if currency == base:
            found[mine] = 1.0
        elif (currency, base) in FIXED:
            found[mine] = FIXED[currency, base]
        elif fx is not None:
            twin = next((other for one, other in FIXED if one == currency), None)
            listed, times = (currency, 1.0) if (fx["currency"] == currency).any() or twin is None else (twin, FIXED[currency, twin])
            found[mine], old[mine] = _of_day(fx[fx["currency"] == listed], day[mine])
            found[mine] *= times
    return pd.Series(found, index=code.index), pd.Series(old, index=code.index)


def _of_day(known: pd.DataFrame, day: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The last rate on or before every day, and whether it is older than a week."""
    if not len(known):
        return np.full(len(day), np.nan), np.zeros(len(day), dtype=bool)
    known = known.sort_values("date", kind="stable")
    dates, when = known["date"].to_numpy().astype("datetime64[us]"), day.to_numpy().astype("datetime64[us]")
    place = np.searchsorted(dates, when, side="right") - 1
    usable = (place >= 0) & ~np.isnat(when)
    place = np.maximum(place, 0)
    return np.where(usable, known["rate_to_base"].to_numpy()[place], np.nan), usable & (when - dates[place] > STALE)
