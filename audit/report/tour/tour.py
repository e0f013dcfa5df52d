"""The tour of one client: chapter by chapter from the measured values."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass

from audit.errors import UsageError, nearest
from audit.report.facts import lacking
from audit.report.report import Report
from audit.report.tour.chapter import Chapter, Told
from audit.report.tour.chapters import BY_NAME, Plot
from audit.schema.results import NOT_MEASURABLE
from audit.workspace import Workspace


@dataclass(frozen=True)
class Tour:
    """Chapters of one client at one date in one language; the report's facts, with labels as `privacy` wants them."""

    report: Report

    @classmethod
    def open(cls, client: Workspace | str | os.PathLike, as_of: dt.date | str | None = None, lang: str | None = None) -> Tour:
        """The tour of `client` at `as_of` (default: the latest that was measured); errors are those of `Report.open`."""
        return cls(Report.open(client, as_of, lang))

    @property
    def chapters(self) -> tuple[str, ...]:
        """Names of the chapters in order."""
        return tuple(BY_NAME)

    def chapter(self, name: str) -> Chapter:
        """One chapter; an unknown name is a UsageError with the nearest known ones."""
        if name not in BY_NAME:
            raise UsageError("errors.unknown_name", kind="chapter", name=name, nearest=nearest(name, list(BY_NAME)))
        report, plot = self.report, BY_NAME[name]
        told = _told(report, plot) or Told(_nothing(report, plot))
        alt = report.words(f"tour.kind.{told.kind}", sentence=told.sentence) if told.picture else ""
        return Chapter(name, report.words(f"tour.title.{name}"), told.sentence, told.picture, alt, report.theme.accent)


def _told(report: Report, plot: Plot) -> Told | None:
    """The best way of telling that is firm, else the best there is; None where the values hold none."""
    weak: Told | None = None
    for way in plot.ways:
        told = way.tell(report)
        if told and told.firm:
            return told
        weak = weak or told
    return weak


def _nothing(report: Report, plot: Plot) -> str:
    """Why there is no picture: what the data lack for the best way, or that nothing happened that could be drawn."""
    wanted = dict.fromkeys(metric for way in plot.ways for metric in way.metrics)
    rows = report.values[report.values["metric"].isin(list(wanted))]
    lacks = rows.loc[rows["status"].str.startswith(NOT_MEASURABLE), ["metric", "status"]]
    needs = {metric: status.removeprefix(NOT_MEASURABLE) for metric, status in lacks.itertuples(index=False)}
    first = next(iter(wanted))
    if first in needs or first not in set(rows["metric"]):
        return report.words("tour.lacking", what=lacking(report, needs.get(first) or ", ".join(plot.needs)))
    return report.words("tour.too_little")
