"""TAGS in hand: the frame of places, which also has the face of every other result."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.plotting import PlotAccessor

from audit.words import Words, default_language

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST = 25  # techniques of one picture


class Tags(pd.DataFrame):
    """TAGS as a frame: a row a place where a technique is heard (columns of `audit.schema.TAGS`); what is made of it is a plain frame.

    >>> tags = Tags({"text_id": [1], "technique": ["next_step"]})
    >>> len(tags), tags.to_json(), type(tags[tags["text_id"] == 1]).__name__
    (1, {'schema': 1, 'tags': [{'text_id': 1, 'technique': 'next_step'}]}, 'DataFrame')
    """

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    @property
    def frame(self) -> pd.DataFrame:
        """The same rows as a plain frame."""
        return pd.DataFrame(self)

    def to_json(self, path: Any = None, **of_pandas: Any) -> Any:
        """{"schema": 1, "tags": [a dict a row]}, empty cells None; written to `path` when given. With options of pandas (`orient=…`) what pandas gives."""
        if of_pandas:
            return self.frame.to_json(path, **of_pandas)
        content = {"schema": 1, "tags": [{str(name): _plain(value) for name, value in row.items()} for row in self.frame.to_dict("records")]}
        if isinstance(path, str | os.PathLike):
            from audit.workspace import write_json

            write_json(Path(path), content)
        return content

    @property
    def plot(self) -> Any:
        """`plot()`: how many places each technique has, as a figure; with arguments, and as `plot.bar` …, the plots of pandas."""
        return _Plot(self.frame)


class _Plot(PlotAccessor):
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return super().__call__(*args, **kwargs) if args or kwargs else _picture(self._parent)


def _picture(frame: pd.DataFrame) -> Figure:
    """A bar a technique, the commonest on top."""
    import matplotlib.pyplot as plt

    words = Words(default_language())
    count = frame["technique"].value_counts().head(_MOST)[::-1]
    figure = plt.figure(figsize=(8.6, 1.3 + 0.3 * max(len(count), 1)), layout="constrained")
    plt.close(figure)  # a notebook shows what is returned, once
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.barh(count.index.astype(str), count.to_numpy(), color="#1f5f8b")
    axes.set_title(words("knowledge.places", n=len(frame)), loc="left")
    return figure


def _plain(value: Any) -> Any:
    """A cell as JSON knows it."""
    if value is None or (isinstance(value, float) and value != value) or value is pd.NaT:
        return None
    return value.item() if hasattr(value, "item") else value if isinstance(value, str | int | float | bool) else str(value)
