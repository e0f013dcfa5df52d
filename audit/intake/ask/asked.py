"""The one list of questions of an intake, as sentences, table rows and a page in a notebook."""

from __future__ import annotations

import html
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.errors import Phrase
from audit.words import Words
from audit.workspace import Workspace, read_json

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("question", "examples", "proposed", "where")


def told(question: dict) -> Phrase:
    """A question as a sentence, with its examples and proposed answer, to be worded in the language of its reader."""
    return Phrase(f"intake.question.{question['kind']}", {
        "file": question["file"], "column": question["column"], "examples": ", ".join(question["examples"]),
        "proposed": question["proposed"] if question["proposed"] is not None else "–"})


def question_text(question: dict, words: Words) -> str:
    """The sentence in the language of `words`."""
    return told(question).told(words)


def rows(report: dict, words: Words) -> list[tuple[str, str, str, str]]:
    """(question, examples, proposed answer and the other possible ones, where to write it) of every open question of intake.json."""
    found = []
    for question in report.get("questions", ()):
        kind = "column_of" if question["kind"] == "column" else question["kind"]
        asked = words(f"intake.ask.{kind}", file=question["file"], column=question["column"])
        others = [str(option) for option in question["options"] if option != question["proposed"]][:6]
        proposed = str(question["proposed"]) if question["proposed"] not in (None, "") else "–"
        answer = words("intake.ask.or", proposed=proposed, others=", ".join(others)) if others else proposed
        found.append((asked, ", ".join(question["examples"]), answer, words("intake.ask.where", id=question["id"])))
    return found


def asked_html(report: dict, words: Words) -> str:
    """The open questions as a table, and answers that were taken as proposed."""
    listed = rows(report, words)
    if not listed and not report.get("accepted"):
        return f"<p>{html.escape(words('intake.ask.none'))}</p>"
    page = ""
    if listed:
        head = "".join(f"<th scope='col'>{html.escape(words('intake.ask.column.' + name))}</th>" for name in COLUMNS)
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in listed)
        page = (f"<table><caption>{html.escape(words('intake.ask.caption', n=len(listed)))}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
                f"<p>{html.escape(words('intake.ask.how'))}</p>")
    if report.get("accepted"):
        taken = "".join(f"<li>{html.escape(entry['id'])} → {html.escape(str(entry['answer']))}</li>" for entry in report["accepted"])
        page += f"<p>{html.escape(words('intake.ask.accepted'))}</p><ul>{taken}</ul>"
    return page


@dataclass(frozen=True)
class Questions:
    """The open questions of the last intake. `report` is the content of intake.json."""

    report: dict
    lang: str = "en"

    def __len__(self) -> int:
        return len(self.report.get("questions", ()))

    @property
    def frame(self) -> pd.DataFrame:
        """One row a question: what is asked, examples, the proposed answer, where to write it."""
        import pandas as pd

        return pd.DataFrame(rows(self.report, Words(self.lang)), columns=list(COLUMNS))

    def to_json(self) -> str:
        """The questions as JSON text."""
        return json.dumps(self.report.get("questions", []), ensure_ascii=False, indent=1)

    def _repr_html_(self) -> str:
        return asked_html(self.report, Words(self.lang))


def questions(client: Workspace | str | os.PathLike, lang: str | None = None) -> Questions:
    """The questions that the last intake of a client left open; none before the first one.

    Raises WorkspaceError when intake.json is damaged or `client` is no workspace.
    """
    workspace = Workspace.open(client)
    report = read_json(workspace.intake_report) if workspace.intake_report.is_file() else {}
    return Questions(report, lang or workspace.client.language)
