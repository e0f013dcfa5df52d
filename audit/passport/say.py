"""Findings and requests of passport.json in words: what the notebook, the command and the report say alike."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from audit.words import Words

MANY = 5  # names listed before "…"
Entry = Mapping[str, Any]


def told(fact: Entry, words: Words, speak: Callable[..., Any] | None = None) -> Any:
    """One finding of passport.json as a sentence or two; `speak` words a key otherwise than `words`, such as into HTML."""
    speak = speak or words
    more = fact.get("more") or {}
    said = speak(_key(fact), **_values(fact, more, words))
    extra = None
    if more.get("examples"):
        extra = speak("passport.examples", examples=", ".join(str(one) for one in list(more["examples"])[:MANY]))
    elif fact["kind"] == "column" and more.get("placeholders"):
        extra = speak("passport.fact.placeholders", placeholders=words.number(more["placeholders"]))
    return said if extra is None else said + " " + extra


def notable(content: Entry) -> list[Entry]:
    """Findings that are not in order, the gravest first; an empty column is told by what it blocks."""
    return [one for one in content["findings"] if one["severity"] != "ok" and not (one["kind"] == "column" and one["name"] == "empty")]


def _key(fact: Entry) -> str:
    kind = fact["kind"]
    return f"passport.fact.{kind}" if kind in ("link", "duplicate", "question") else f"passport.fact.{kind}.{fact['name']}"


def _values(fact: Entry, more: Entry, words: Words) -> dict[str, Any]:
    """Everything that a sentence may name."""
    where, name = str(fact["where"]), str(fact["name"])
    values: dict[str, Any] = {
        "where": where, "n": words.number(fact.get("n")), "of": words.number(fact.get("of")), "share": share(fact, words),
        "table": table_name(where.partition(".")[0], words), "place": place(where, words), "value": words.number(fact.get("value"), 2),
    }
    values |= {key: words.number(more[key]) for key in ("empty", "most", "refused") if isinstance(more.get(key), int)}
    values |= {key: str(more[key]) for key in ("when", "text", "column") if more.get(key) is not None}
    values |= {key: day(more[key], words) for key in ("first", "last") if _is_date(more.get(key))}
    stated = more.get("stated")
    values |= {"stated": words.number(stated, 2) if isinstance(stated, int | float) else str(stated), "refused": words.number(more.get("refused") or 0)}
    if fact["kind"] == "link":
        values["link"] = words("passport.link", table=table_name(where.partition(".")[0], words), column=column_name(where.partition(".")[2], words),
                               target=table_name(name.partition("→")[2], words))
    if fact["kind"] in ("month", "coverage"):
        values["series"] = series_name(where, words)
        values |= {"month": month(more["month"], words), "expected": words.number(more["expected"])} if "month" in more else {}
    if fact["kind"] == "duplicate":
        by = ", ".join(f"{_word('passport.by', how, words)} – {words.number(n)}" for how, n in (more.get("by") or {}).items())
        values |= {"groups": words.number(more.get("groups")), "by": by or "–"}
    if fact["kind"] == "lacking":
        values |= {"what": place(where, words), "metrics": metrics(more.get("metrics") or (), words)}
    return {"column": "", "text": "", "when": "–", "most": "–", **values}


def _word(path: str, name: str, words: Words) -> str:
    """The catalogue's word for a code, else the code itself."""
    return words(f"{path}.{name}") if words.has(f"{path}.{name}") else name


def share(fact: Entry, words: Words) -> str:
    """The value as a percentage; small shares keep a digit that shows them, and what is not whole is never rounded to 100 %."""
    value, kind = fact.get("value"), fact["kind"]
    if value is None or kind in ("total", "month"):
        return "–"
    digits = 1 if value >= 0.001 or not value else 3
    shown = min(value, 0.999) if value < 1 else value
    return words.share(shown, digits)


def place(where: str, words: Words) -> str:
    """deals.owner_id → "deals (responsible)"; a fact about rows or a whole table by its own name."""
    name, _, column = where.partition(".")
    slug = re.sub(r"[^a-z]+", "_", where)
    if words.has(f"report.lacks.{slug}") and not column:
        return words(f"report.lacks.{slug}")
    return words("passport.place", table=table_name(name, words), column=column_name(column, words)) if column else table_name(name, words)


def table_name(name: str, words: Words) -> str:
    """What a table is called."""
    return words(f"report.table.{name}") if words.has(f"report.table.{name}") else name


def column_name(name: str, words: Words) -> str:
    """What a column is called."""
    slug = re.sub(r"[^a-z]+", "_", name)
    for key in (f"passport.column.{slug}", f"report.lacks.{slug}"):
        if words.has(key):
            return words(key)
    return name


def series_name(name: str, words: Words) -> str:
    """What a row of the picture is called."""
    key = f"passport.series.{name.replace('.', '_')}"
    return words(key) if words.has(key) else name


def month(text: str, words: Words) -> str:
    """A month by its first day."""
    return words.month(dt.date.fromisoformat(text))


def day(text: str, words: Words) -> str:
    """A day by its ISO form."""
    return words.date(dt.date.fromisoformat(text), "medium")


def metrics(names: Sequence[str], words: Words, most: int = MANY) -> str:
    """Titles of metrics, the first few of many."""
    titles = [words(f"metrics.{one}.title") if words.has(f"metrics.{one}.title") else one for one in names]
    return "; ".join(titles[:most]) + (f"; … (+{len(titles) - most})" if len(titles) > most else "")


def request(one: Entry, words: Words, system: str | None, speak: Callable[..., Any] | None = None) -> list[Any]:
    """What to ask for, what it opens and where the client finds it, a sentence each."""
    speak = speak or words
    table, name = str(one["table"]), table_name(str(one["table"]), words)
    columns = ", ".join(dict.fromkeys(column_name(column, words) for column in one["columns"])) or "–"
    opened = metrics(one["metrics"], words)
    said = [speak(f"passport.ask.{'anew' if one['anew'] else 'new'}", table=name[:1].upper() + name[1:], columns=columns)]
    if one["statements"]:
        said.append(speak("passport.ask.opens", statements=words.number(len(one["statements"])), metrics=opened))
    else:
        said.append(speak("passport.ask.opens_metrics", metrics=opened))
    keys = [f"passport.where.{system}.{table}", f"passport.where.any.{table}"]
    found = next((key for key in keys if words.has(key)), None)
    return [*said, speak("passport.ask.where", where=words(found))] if found else said


def lead(content: Entry, words: Words, speak: Callable[..., Any] | None = None) -> list[Any]:
    """How much the data answer, what the files asked for would add, and how much was found."""
    speak = speak or words
    now, after, every = (content["statements"][key] for key in ("now", "with_ask", "all"))
    said = [speak("passport.lead", now=words.number(now), all=words.number(every))]
    if now < every:
        said.append(speak("passport.lead_ask", after=words.number(after)) if after > now else speak("passport.lead_full"))
    counts = {name: sum(one["severity"] == name for one in notable(content)) for name in ("serious", "attention", "note")}
    return [*said, speak("passport.found", **{name: words.number(n) for name, n in counts.items()}) if any(counts.values()) else speak("passport.none")]


def _is_date(text: Any) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", str(text or "")))
