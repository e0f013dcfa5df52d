"""The passport in a notebook: a strip of months, a short page of findings."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from audit.passport import say
from audit.words import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from audit.passport.result import Passport

SHADES, MARK = "Blues", "#a63c06"


def draw(passport: Passport) -> Figure:
    """A row a kind of event, a cell a month, darker with more rows; improbably empty months carry a cross."""
    import matplotlib.pyplot as plt

    words = Words(passport.lang)
    rows, months = passport.series, passport.months
    figure, axes = plt.subplots(figsize=(min(14.0, 3.2 + 0.28 * len(months)), 0.34 * len(rows) + 1.3), layout="constrained")
    shares = [[count / (max(one.counts) or 1) for count in one.counts] for one in rows]
    if rows:
        axes.imshow(shares, cmap=SHADES, vmin=0, vmax=1.25, aspect="auto")
    for at, one in enumerate(rows):
        for gap in passport.gaps[one.name]:
            axes.text(gap.at, at, "×", ha="center", va="center", color=MARK, fontweight="bold", fontsize=13)
    axes.set_yticks(range(len(rows)), [say.series_name(one.name, words) for one in rows])
    step = max(1, -(-len(months) // 12))
    chosen = list(range(0, len(months), step))
    axes.set_xticks(chosen, [words.month(months[at], "LLL yy") for at in chosen])
    axes.set_title(words("passport.plot.title"), loc="left")
    axes.set_xlabel(words("passport.plot.unit"))
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    plt.close(figure)
    return figure


def summary(passport: Passport) -> str:
    """What the data carry, what to ask for, and every finding that is not in order, as HTML."""
    words, content = Words(passport.lang), passport.to_json()
    lead = " ".join(escape(str(one)) for one in say.lead(content, words))
    return f"<p>{lead}</p><h4>{escape(words('passport.ask.heading'))}</h4>{_asked(content, words)}{_found(content, words)}"


def page(passport: Passport) -> str:
    """The same as plain text, a line a finding."""
    words, content = Words(passport.lang), passport.to_json()
    asked = [" ".join(say.request(one, words, content["system"])) for one in content["ask"]] or [words("passport.ask.nothing")]
    lines = [" ".join(say.lead(content, words)), "", words("passport.ask.heading"), *(f"{at}. {line}" for at, line in enumerate(asked, start=1))]
    for severity in ("serious", "attention", "note"):
        odd = [one for one in say.notable(content) if one["severity"] == severity]
        lines += ["", words(f"passport.severity.{severity}"), *(f"– {say.told(one, words)}" for one in odd)] if odd else []
    return "\n".join(line.replace("\r", " ") for line in lines)


def _asked(content: dict, words: Words) -> str:
    if not content["ask"]:
        return f"<p>{escape(words('passport.ask.nothing'))}</p>"
    lines = [" ".join(say.request(one, words, content["system"])) for one in content["ask"]]
    return f"<ol>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ol>"


def _found(content: dict, words: Words) -> str:
    odd = say.notable(content)
    if not odd:
        return ""
    head = "".join(f"<th scope='col'>{escape(words(f'passport.head.{name}'))}</th>" for name in ("severity", "finding", "blocks"))
    rows = "".join(
        f"<tr><td>{escape(words('passport.severity.' + one['severity']))}</td><td>{escape(say.told(one, words))}</td>"
        f"<td>{escape(' '.join(one['blocks']) or '–')}</td></tr>" for one in odd)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
