"""VALUES in hand: look one up, draw one, store them all."""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from audit.errors import UsageError, nearest
from audit.schema import VALUES
from audit.schema.results import NOT_MEASURABLE
from audit.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Values:
    """The long table of measured values at `as_of`; columns are those of `audit.schema.VALUES`."""

    frame: pd.DataFrame
    as_of: dt.date
    currency: str = "RUB"
    lang: str | None = None

    def get(self, metric: str, by: str = "", group: str = "", period: str = "all",
            start: dt.date | None = None) -> pd.Series | None:
        """One row, or None when there is none: of several periods that starting at `start`, else the latest."""
        rows = self.rows(metric, by, period)
        rows = rows[rows["group"] == group]
        if start is not None:
            rows = rows[rows["period_start"] == start]
        return rows.iloc[-1] if len(rows) else None

    def rows(self, metric: str, by: str = "", period: str = "all") -> pd.DataFrame:
        """All rows of a metric for one slice and period grain, none where nothing came out; UsageError for an unknown metric."""
        from audit.metrics.catalogue import BY_ID

        known = [*BY_ID]
        if metric not in known:
            raise UsageError("errors.unknown_name", kind="metric", name=metric, nearest=nearest(metric, known))
        f = self.frame
        return f[(f["metric"] == metric) & (f["by"] == by) & (f["period"] == period)].reset_index(drop=True)

    def lacking(self) -> pd.DataFrame:
        """Metrics that could not be measured: `metric`, `lacks`."""
        rows = self.frame[self.frame["status"].str.startswith(NOT_MEASURABLE)]
        lacks = rows["status"].str.removeprefix(NOT_MEASURABLE)
        return pd.DataFrame({"metric": rows["metric"], "lacks": lacks}).reset_index(drop=True)

    def arrow(self):
        """The table with the declared parquet types."""
        import pyarrow as pa

        return pa.Table.from_pandas(self.frame, schema=VALUES.arrow(), preserve_index=False)

    def to_json(self, path: str | os.PathLike | None = None) -> str:
        """A list of rows as JSON text (other results give the dict of their file), also written to `path` when one is given."""
        records = [{name: _plain(value) for name, value in row.items()} for row in self.arrow().to_pylist()]
        text = json.dumps(records, ensure_ascii=False, indent=1, allow_nan=False)
        if path is not None:
            from audit.workspace import write_text

            write_text(Path(path), text + "\n")
        return text

    def write(self, folder: str | os.PathLike) -> list[Path]:
        """values.parquet and values.csv in `folder`, each replaced as a whole; their paths."""
        from audit.workspace import write_parquet, write_text

        folder = Path(folder)
        csv = self.frame.assign(**{name: [tame(text) for text in self.frame[name]] for name in ("group", "by")})
        return [write_parquet(folder / "values.parquet", self.arrow()),
                write_text(folder / "values.csv", csv.to_csv(index=False, float_format="%.10g"))]

    def plot(self, metric: str | None = None, by: str = "", period: str | None = None, ax: Axes | None = None) -> Axes:
        """A quick look at one metric (without a name the first that has a value): over time for the whole, by group for a slice. Returns the axes."""
        from audit.metrics.look import draw

        if metric is None:
            known = self.frame.loc[self.frame["value"].notna(), "metric"]
            metric = str((known if len(known) else self.frame["metric"]).iloc[0])
        return draw(self, metric, by, period, ax)

    def _repr_html_(self) -> str:
        from audit.metrics.look import summary

        return summary(self)

    def title(self, metric: str) -> str:
        """What a metric is called in the language of these values."""
        return Words(self.lang or "en")(f"metrics.{metric}.title")


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value != value:
        return None
    return value.isoformat() if isinstance(value, dt.date) else value


def tame(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return "'" + text if text[:1] in "=+-@\t\r" and text[:1] else text
