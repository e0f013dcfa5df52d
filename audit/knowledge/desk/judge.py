"""What the base says of techniques as of a day: effects on winning and on the next step, quotes masked, statuses noted, techniques.json."""

from __future__ import annotations

import datetime as dt
import os
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from audit.errors import NothingMeasurableError, UsageError, nearest
from audit.knowledge.base import Base
from audit.knowledge.deck import read_cards
from audit.knowledge.desk.crm import contradicted, decided, moved_on
from audit.knowledge.desk.feed import feed
from audit.knowledge.desk.hear import heard
from audit.knowledge.desk.masks import masker_of
from audit.knowledge.effects import Techniques, technique_effects
from audit.knowledge.tags import opportunities, tag
from audit.workspace import Workspace, write_json

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FILE = "techniques.json"
MOVED = "moved_on"
LONGEST_LANDMARK = 36_500  # days
LONGEST = 240  # letters of a quote
_ENDS = re.compile(r"[.!?…](?=\s|$)|\n")
_SHORT = ("success_with", "success_without", "lift", "low", "high", "p_value", "q_value", "detectable", "status")


@dataclass(frozen=True, repr=False)
class Judged:
    """Techniques of a client as of a day: `techniques` on winning, `steps` on the deal moving on after the talk (None where the CRM does not tell).

    `cases` a row a case that counted, `tags` the TAGS of it; quotes are masked."""

    techniques: Techniques
    steps: Techniques | None
    cases: pd.DataFrame = field(repr=False)
    tags: pd.DataFrame = field(repr=False)
    as_of: dt.date
    client: str
    hidden: float  # share of the words of quotes that was masked
    lang: str

    @property
    def frame(self) -> pd.DataFrame:
        """One row a technique, as of `Techniques.frame`."""
        return self.techniques.frame

    @cached_property
    def content(self) -> dict[str, Any]:
        """The dict of techniques.json."""
        made = self.techniques.to_json()
        steps = {one["id"]: {name: one[name] for name in _SHORT} for one in self.steps.to_json()["techniques"]} if self.steps else {}
        for one in made["techniques"]:
            one["next_step"] = steps.get(one["id"])
        adoption = self.techniques.adoption
        unlinked = int((self.cases["deal_id"].isna() & self.cases["won"].isna()).sum())  # each would count as a deal of its own
        return made | {
            "counts": made["counts"] | {"unlinked": unlinked},
            "client": self.client, "as_of": str(self.as_of), "masked_words": round(self.hidden, 6), "sellers": self.techniques.sellers.to_dict("records"),
            "adoption": adoption.assign(**{name: adoption[name].astype("str") for name in adoption if pd.api.types.is_datetime64_any_dtype(adoption[name])}).to_dict("records"),
            "kinds": {str(name): int(n) for name, n in self.cases["kind"].fillna("").value_counts().sort_index().items()},
        }

    def to_json(self, path: str | os.PathLike | None = None) -> dict[str, Any]:
        """The dict of techniques.json; written to `path` when given."""
        from audit.knowledge.effects.result import worded
        from audit.words import Words

        content = worded(self.content, Words(self.lang))
        if path is not None:
            write_json(Path(path), content)
        return content

    def keep(self, folder: str | os.PathLike) -> Path:
        """Write techniques.json into a folder of reports; its path."""
        path = Path(folder) / FILE
        self.to_json(path)
        return path

    def plot(self, what: str = "effects") -> Figure:
        """`effects`: the lift of each technique with its interval, coloured by status; `sellers`: who uses what; `adoption`: use by month."""
        from audit.knowledge.desk import plot

        drawn = {"effects": self.techniques.plot, "sellers": lambda: plot.sellers(self.techniques.sellers), "adoption": lambda: plot.adoption(self.techniques.adoption)}
        if what not in drawn:
            raise UsageError("errors.unknown_name", kind="picture", name=what, nearest=nearest(what, list(drawn)))
        return drawn[what]()

    def __repr__(self) -> str:
        return repr(self.techniques)

    def _repr_html_(self) -> str:
        return self.techniques._repr_html_()


def judge(client: Workspace | str | os.PathLike, as_of: dt.date | str | None = None, *, lang: str | None = None, landmark_days: float | None = None, discover: bool = True,
          note: bool = True) -> Judged:
    """What each technique heard in the client's base is worth, by what was said and decided up to `as_of` (default: as a run of the client has it, without
    tables the last day of the cases).

    Outcomes, days of decision and sellers come from the cases, and from the deals of the CRM where the cases do not tell. `note`: keep statuses in the base and tables
    for the metrics of techniques (M66–M68) in knowledge/tables. Labels of the random sample and held-out figures of learnt models (`learn_from`) widen the intervals.

    Raises NothingMeasurableError when the base holds no case by that day, UsageError for `landmark_days` that are no term.
    """
    if landmark_days is not None and not 0 < landmark_days <= LONGEST_LANDMARK:
        raise UsageError("desk.bad_landmark", value=landmark_days)
    workspace = Workspace.open(client)
    lang, cards = lang or workspace.client.language, read_cards(workspace.root)
    with Base.open(workspace) as base:
        told, texts, tags, quality = base.cases(), base.texts(), heard(base), base.quality()
        day = _day(as_of, told, workspace)
        told = decided(workspace, _until(told, day), day)
        if not len(told):
            raise NothingMeasurableError("desk.no_cases", path=workspace.root, day=str(day or "–"))
        texts = _said_by(texts[texts["case_id"].isin(told["case_id"])], day)
        tags = tags[tags["text_id"].isin(texts["text_id"])]
        called = opportunities(texts.merge(told[["case_id", "stage"]], on="case_id"), cards, always=True)
        cases = told.merge(_own_words(texts, told, landmark_days).rename("text"), left_on="case_id", right_index=True, how="left")
        cases = cases.merge(texts.groupby("case_id")["turn"].max().rename("turns").reset_index(), on="case_id")
        found = _effects(tags, cases, called, texts, quality, "won", cards, lang, landmark_days, discover)
        steps = moved_on(workspace, cases, day)
        onward = _effects(tags, cases.assign(**{MOVED: steps}), called, texts, quality, MOVED, cards, lang, landmark_days, False) if steps is not None else None
        found = replace(found, candidates=_unheard(found.candidates, cards), counts={**found.counts, "contradicted": len(contradicted(told))})
        masked, hidden = _masked(found, masker_of(workspace))
        judged = Judged(masked, onward, told, tags, day, workspace.client.name, hidden, lang)
        if note:
            for one in masked.rows:
                base.put_status(one["id"], one["status"], {name: one[name] for name in ("lift", "low", "high", "q_value", "opportunities", "sellers")}, day)
            feed(workspace, cards, told, tags, called, texts)
    return judged


def _effects(tags, cases, called, texts, quality, outcome, cards, lang, landmark_days, discover) -> Techniques:
    where = texts.set_index("text_id")["case_id"]
    said = _with_sentences(tags, texts, cases)
    called = called.assign(case_id=called["text_id"].map(where)).drop(columns="text_id")
    tagger = {row["technique"]: {name: row[name] for name in ("f1", "precision", "recall", "n") if pd.notna(row[name])} for row in quality.to_dict("records")}
    columns = ["case_id", "deal_id", "owner", outcome, "at", "started_at", "decided_at", "stage", "segment", "amount", "turns", "text"]
    told = cases[[name for name in columns if (name in cases and cases[name].notna().any()) or name in ("case_id", outcome)]]
    if outcome == MOVED:
        told = told.drop(columns="decided_at", errors="ignore")
    return technique_effects(said, told, outcome=outcome, opportunities=called, cards=cards, tagger=tagger or None, landmark_days=landmark_days, discover=discover, lang=lang)


def _unheard(candidates: list[dict[str, Any]], cards: Any) -> list[dict[str, Any]]:
    """New phrases but those that a card of the client hears already: in half of the quotes and more the phrase lies in what is tagged."""
    kept = []
    for one in candidates:
        places = [place for quote in one["quotes"] for place in tag([quote], cards)[["start", "end"]].assign(quote=quote).to_dict("records")]
        inside = sum(any(_overlap(place, one["phrase"]) for place in places if place["quote"] == quote) for quote in one["quotes"])
        if 2 * inside < len(one["quotes"]) or not one["quotes"]:
            kept.append(one)
    return kept


def _overlap(place: dict[str, Any], phrase: str) -> bool:
    """Whether a tagged place of a quote shares letters with the phrase in it."""
    found = re.search(r"\W+".join(map(re.escape, phrase.split(" "))), place["quote"], re.IGNORECASE)
    return found is not None and found.start() < place["end"] and place["start"] < found.end()


def _with_sentences(tags: pd.DataFrame, texts: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """Tags by case, those of won deals first, with the whole sentence as the quote."""
    text = dict(zip(texts["text_id"], texts["text"], strict=True))
    quotes = [sentence(text[name], int(start), int(end)) for name, start, end in zip(tags["text_id"], tags["start"], tags["end"], strict=True)]
    won = tags["case_id"].map(cases.set_index("case_id")["won"]).eq(True)
    said = tags.drop(columns="text_id").assign(quote=pd.array(quotes, dtype="object"), _won=won)
    return said.sort_values("_won", ascending=False, kind="stable").drop(columns="_won").reset_index(drop=True)


def sentence(text: str, start: int, end: int) -> str:
    """The sentence or sentences of `text` around a place, at most 240 letters.

    >>> sentence("Добрый день. Созвонимся в среду? Хорошо.", 13, 23)
    'Созвонимся в среду?'
    """
    before = max((match.end() for match in _ENDS.finditer(text, 0, start)), default=0)
    after = _ENDS.search(text, max(end - 1, 0))
    whole = text[before:after.start() + 1 if after else len(text)].strip()
    return whole if len(whole) <= LONGEST else text[start:end][:LONGEST]


def _day(as_of: dt.date | str | None, cases: pd.DataFrame, workspace: Workspace) -> dt.date:
    """The day asked for; else the one that a run of the client would take, without tables the last one of the cases."""
    if as_of is not None:
        return as_of if isinstance(as_of, dt.date) else dt.date.fromisoformat(as_of)
    if any((workspace.tables / f"{name}.parquet").is_file() for name in ("deals", "leads")):
        from audit.engine import load
        from audit.metrics.bases import Bases

        return Bases(load(workspace, workspace.client.engine)).as_of
    last = pd.concat([cases["at"], cases["decided_at"]]).max()
    return dt.date.today() if pd.isna(last) else last.date()


def _until(cases: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Cases said by the day; a decision after it has not been made."""
    end = pd.Timestamp(day) + pd.Timedelta(days=1)
    cases = cases[~(cases["at"] >= end)].copy()
    later = cases["decided_at"] >= end
    undated = cases["decided_at"].isna() & cases["deal_id"].notna() & cases["deal_id"].isin(cases.loc[later, "deal_id"])
    later |= undated  # another talk of the deal says when
    cases.loc[later, ["outcome", "decided_at"]] = ["open", pd.NaT]
    return cases.reset_index(drop=True)


def _said_by(texts: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Utterances that were said by the end of the day; one without a time has that of its case."""
    return texts[~(texts["at"] >= pd.Timestamp(day) + pd.Timedelta(days=1))]


def _own_words(texts: pd.DataFrame, cases: pd.DataFrame, landmark_days: float | None) -> pd.Series:
    """Case → what anybody but the client said in it before the decision and within the landmark: new phrases are looked for in no other words."""
    ends, starts = cases["decided_at"], cases["started_at"].fillna(cases["at"])
    if ends.notna().any() and (ends.dropna() == ends.dropna().dt.normalize()).all():
        ends = ends + pd.Timedelta(days=1)  # a decision without an hour ends with its day
    if landmark_days is not None:
        ends = pd.concat([ends, starts + pd.Timedelta(days=landmark_days)], axis=1).min(axis=1)
    mine = texts[~(texts["at"] > texts["case_id"].map(ends.set_axis(cases["case_id"]))) & (texts["speaker"] != "client")]
    return mine.groupby("case_id", sort=False)["text"].agg("\n".join)


def _masked(found: Techniques, masker: Any) -> tuple[Techniques, float]:
    """The techniques with quotes masked, and the share of their words that is hidden."""
    words = hidden = 0

    def safe(quote: str) -> str:
        nonlocal words, hidden
        spans = [span for span in masker.spans(quote) if span.sure]
        words += len(quote.split())
        hidden += sum(len(quote[span.start:span.end].split()) for span in spans)
        return masker(quote)

    rows = [{**one, "quotes": [safe(quote) for quote in one["quotes"]]} for one in found.rows]
    candidates = [{**one, "title": masker(one["title"]), "quotes": [safe(quote) for quote in one["quotes"]]} for one in found.candidates]
    return replace(found, rows=rows, candidates=candidates), hidden / words if words else 0.0
