"""Rates of groups as if each had the same mix of units: indirect standardisation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.stats import intervals


def standardised(frame: pd.DataFrame, by: str, mix: list[str]) -> list[dict]:
    """A record a group of column `by`: observed ÷ expected hits × the rate of all, expected by the rate of each stratum of the columns `mix`.

    `frame` has a row a group and stratum with `n` units and `hits` of them; the interval is Wilson's of the observed rate, scaled alike.
    """
    frame = frame.sort_values([by, *mix]).reset_index(drop=True)
    pool = frame.groupby(mix)[["n", "hits"]].transform("sum") if mix else frame[["n", "hits"]].agg("sum").to_frame().T
    rate = pool["hits"] / pool["n"] if mix else float(pool["hits"].iloc[0] / pool["n"].iloc[0])
    frame["expected"] = frame["n"] * rate
    crude = frame["hits"].sum() / frame["n"].sum()
    records = []
    for group, row in frame.groupby(by)[["n", "hits", "expected"]].sum().iterrows():
        scale = row["n"] * crude / row["expected"] if row["expected"] else np.nan
        low, high = intervals.wilson(row["hits"], row["n"])
        records.append({"by": by, "group": group, "value": min(row["hits"] / row["n"] * scale, 1.0), "low": min(float(low) * scale, 1.0),
                        "high": min(float(high) * scale, 1.0), "n": int(row["n"]), "sum_num": row["hits"], "sum_den": row["expected"]})
    return records
