"""Labels of people out of the base and back: a workbook to review, what it says, and taggers learnt from it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from audit.errors import AuditError, UsageError
from audit.knowledge.base import Base
from audit.knowledge.deck import read_cards
from audit.knowledge.desk.hear import RULE, hear
from audit.knowledge.desk.masks import masker_of
from audit.words import Words
from audit.workspace import Workspace

if TYPE_CHECKING:
    from audit.knowledge.learn import Learned

REVIEW = "review.xlsx"
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, repr=False)
class Taught:
    """What labels have taught: `learned` as of `learn`, `agreement` of the people who marked, `labels`: how many were added, changed, same."""

    learned: Learned
    agreement: pd.DataFrame
    labels: dict[str, int]
    lang: str

    @property
    def frame(self) -> pd.DataFrame:
        """A row a technique, as of `Learned.frame`."""
        return self.learned.frame

    def told(self, lang: str | None = None) -> str:
        """One line a fact."""
        words, frame = Words(lang or self.lang), self.frame
        models = int((frame["method"] == "model").sum()) if len(frame) else 0
        weak = int(frame["weak"].sum()) if len(frame) else 0
        return "\n".join([words("desk.labels", **self.labels), words("desk.learned", n=len(frame), models=models, weak=weak)])

    def __repr__(self) -> str:
        return self.told()

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.told().split("\n")) + self.learned.shown(self.lang).to_html(index=False, escape=True)


def review(client: Workspace | str | os.PathLike, path: str | os.PathLike | None = None, *, lang: str | None = None) -> Path:
    """Write a workbook of tags and of a random share of texts for people to mark yes or no; default: review.xlsx in the client's folder. Its path.

    A workbook that somebody has answered is never overwritten: the new one gets a number.
    """
    from audit.knowledge.learn import review_book

    workspace = Workspace.open(client)
    place = _free(Path(path) if path else workspace.root / REVIEW)
    with Base.open(workspace) as base:
        texts, tags, labels = base.texts(), base.tags(), base.labels()
    masker = masker_of(workspace)
    review_book(place, texts.assign(text=texts["text"].map(masker)), tags.assign(quote=tags["quote"].map(masker)), read_cards(workspace.root),
                lang or workspace.client.language, labels=labels if len(labels) else None)
    return place


def _free(place: Path) -> Path:
    """This place, or with a number where a workbook with answers (or another file) lies there."""
    from audit.knowledge.learn import read_review

    target, number = place, 2
    while target.exists():
        try:
            if read_review(target).empty:
                return target
        except AuditError:  # half answered, or no such workbook: not ours to overwrite
            pass
        target, number = place.with_stem(f"{place.stem}-{number}"), number + 1
    return target


def questions(client: Workspace | str | os.PathLike, *, rows: int = 40, techniques: list[str] | None = None, seed: int = 0) -> pd.DataFrame:
    """Questions to answer in a notebook, a row an utterance and technique: text_id, technique, before, text, quote, drawn, and an empty `present` for `mark`.

    Half of them are drawn by lot, the others are the tags most in doubt. Nothing is masked: this does not leave the laptop.
    """
    from audit.knowledge.learn.book import asked_of

    workspace = Workspace.open(client)
    with Base.open(workspace) as base:
        return asked_of(base.texts(), base.tags(), read_cards(workspace.root), base.labels(), techniques=techniques, rows=rows, seed=seed)


def mark(client: Workspace | str | os.PathLike, answers: pd.DataFrame, by: str) -> dict[str, int]:
    """Keep answers to `questions`: text_id, technique and `present` (yes/no; empty: not answered) by a named person; how many were added, changed, same."""
    told = answers[answers["present"].notna()]
    with Base.open(Workspace.open(client)) as base:
        return base.put_labels(told[["text_id", "technique", "present"]].assign(by=by, at=pd.Timestamp.now().floor("s")))


def learn_from(client: Workspace | str | os.PathLike, files: Iterable[str | os.PathLike] = (), *, lang: str | None = None) -> Taught:
    """Read marked workbooks into the base, learn taggers from all labels there are, and hear anew with those that are better than the rules.

    Figures held out by deal, and those of the rules in rows drawn by lot where too few are labelled to learn, stand in the base and widen the effects of techniques. Raises UsageError with the cells of a workbook that cannot be read.
    """
    from audit.knowledge.learn import agreement, learn, quality_of, read_review

    workspace = Workspace.open(client)
    with Base.open(workspace) as base:
        counts, answers = {"added": 0, "changed": 0, "same": 0}, [read_review(file) for file in files]
        _check_texts(answers, dict(base.texts()[["text_id", "text"]].itertuples(index=False)))
        for marked in answers:
            for name, n in base.put_labels(marked).items():
                counts[name] += n
        texts, labels, cases = base.texts(), base.labels(), base.cases()
        deals = cases.set_index("case_id")["deal_id"]
        learned = learn(texts.assign(deal=texts["case_id"].map(deals).fillna(texts["case_id"])), labels, groups="deal", cards=read_cards(workspace.root), tags=base.tags(RULE))
        base.put_quality(_known(learned.frame, quality_of(base.tags(RULE), pd.concat(answers, ignore_index=True)) if answers else None))
        for technique, model in learned.models.items():
            base.put_model(technique, model)
    hear(workspace)
    return Taught(learned, agreement(labels), counts, lang or workspace.client.language)


def _check_texts(answers: list[pd.DataFrame], texts: dict[str, str]) -> None:
    """UsageError where a workbook shows other words than the base has under the same id: it is another client's, or the text has changed since."""
    for marked in answers:
        shown = {name: text for name, text in marked.attrs["texts"].items() if name in texts}
        strange = [name for name, text in shown.items() if not all(word in texts[name].casefold() for word in _WORD.findall(text.casefold()))]
        if strange:
            raise UsageError("desk.other_texts", n=len(strange), of=len(shown), text_id=strange[0])


def _known(learned: pd.DataFrame, drawn: pd.DataFrame | None) -> pd.DataFrame:
    """Figures with an F1, a row a technique: what was learnt, else what the random rows tell of the rules; `n` is the number of labels they are worth."""
    frames = [learned, *([drawn[~drawn["technique"].isin(learned.loc[learned["f1"].notna(), "technique"])]] if drawn is not None else [])]
    known = pd.concat([one[one["f1"].notna()] for one in frames], ignore_index=True)
    return known.assign(n=known["worth"].round().astype("int64")) if len(known) else known
