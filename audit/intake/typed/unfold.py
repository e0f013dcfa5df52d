"""Wide tables made long: months of a plan, items of a checklist, days of an absence. One row of a file gives several rows of a table.

Positions of the long rows are those of `Part.frame`; `Part.origin` tells the row of the file that each came from.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.ask.mapping import Answers, FileMap
from audit.intake.parse.periods import period_header, years
from audit.intake.read import Source
from audit.intake.read.marks import Marks
from audit.intake.shapes import Shape
from audit.intake.text import meanings, norm, words

if TYPE_CHECKING:
    from audit.intake.typed.part import Part

LONGEST = 1100  # days; a longer absence is a slip of the pen
_SCORE = re.compile(r"^[+-]?\d+(?:[.,]\d+)?$|^[+-]$")
_CRITICAL = re.compile(r"[\s(\[]*(?<!\w)(?:крит\w*|critical)[.)\]:]*|\s*!+$", re.I)
_BEST = re.compile(r"\s*[(\[](?:макс\.?|max\.?|до|up to|0\s*[-–])\s*(\d+)\s*[^)\]\d]*[)\]]", re.I)
_WEIGHT = re.compile(r"\s*[(\[](?:вес|weight|тегло|тежест)[: ]*(\d+(?:[.,]\d+)?)\s*%?[)\]]", re.I)


def unfold(source: Source, shape: Shape, plan: FileMap, answers: Answers) -> tuple[Source, FileMap, np.ndarray | None]:
    """(source of long cells, its mapping, row of the file of each long row); what is not wide comes back as it is."""
    rule = shape.unpivot
    if not rule:
        return source, plan, None
    if rule["headers"] == "periods":
        return _melt(source, plan, _periods(source, rule, answers), [rule["name"], rule["value"]])
    items, service = _items(source, plan, rule, answers)
    return _melt(source, plan, items, [rule[part] for part in ("name", "value", "block", "max", "weight", "critical", "na") if part in rule], service)


def period_headers(headers: list[str]) -> list[str]:
    """The headers of months, or of quarters where there are no months: a quarter beside its months is their sum."""
    found = {header: period for header in headers if (period := period_header(header)) is not None}
    months = [header for header, period in found.items() if period.grain == "month"]
    return months or list(found)


def title(source: Source) -> str:
    """What stands over the header, the name of the sheet and of the file: the words that tell what a table is of."""
    return " ".join(re.sub(r"[_.\-/]+", " ", text) for text in (source.above, source.sheet or "", source.file) if text)


# -- months and quarters ---------------------------------------------------------------------------------


def _periods(source: Source, rule: dict, answers: Answers) -> dict[str, dict[str, str]]:
    """Header → cells of the long columns that it fills, for every header of a period."""
    headers = period_headers(source.headers)
    periods = {header: period_header(header) for header in headers}
    year = None
    if any(period is not None and period.year is None for period in periods.values()):
        year = _year(source, headers, answers)
    others = [header for header in source.headers if header not in headers and period_header(header) is not None]
    if others:
        answers.decided("columns", source.label, ", ".join(others), "not used", "quarters_of_months")
    return {header: {rule["name"]: period.text(year)} for header, period in periods.items() if period is not None}


def _year(source: Source, headers: list[str], answers: Answers) -> int | None:
    """The year of a table whose headers name none: of its title, sheet or file; asked where they do not say."""
    said = answers.get("year", source.label, "")
    if said and re.fullmatch(r"20\d\d", str(said)):
        return int(str(said))
    for place, text in (("title", source.above), ("sheet", source.sheet or ""), ("file_name", source.file)):
        found = years(text)
        if len(found) == 1:
            year = found.pop()
            answers.decided("year", source.label, "", str(year), place)
            return year
    answers.ask("year", source.label, "", headers[:4], None, (), "no_year")
    return None


# -- items of checklists ---------------------------------------------------------------------------------


def _items(source: Source, plan: FileMap, rule: dict, answers: Answers) -> tuple[dict[str, dict[str, str]], dict[int, str]]:
    """(header of an item → its long cells, service rows such as the best possible points → what they are)."""
    taken, sums = set(plan.headers.values()), words("sums")
    best, weights = _service(source, taken, "best_score"), _service(source, taken, "weights")
    service = {**dict.fromkeys(best, "max"), **dict.fromkeys(weights, "weight")}
    found: dict[str, dict[str, str]] = {}
    for header in source.headers:
        inside = header.rpartition(" / ")[2] if "block" in rule else header
        cells = source.cells[header].drop(index=list(service)) if service else source.cells[header]
        if header in taken or norm(inside).split("__")[0] in sums or norm(header).startswith("column ") or not _scores(cells):
            continue
        found[header] = _item(header, rule)
        for rows, name in ((best, "max"), (weights, "weight")):
            if rows and name in rule and not found[header].get(rule[name]):
                found[header][rule[name]] = str(source.cells[header].iloc[rows[0]])
        if rule["headers"] == "checklist" and not found[header].get(rule["max"]) and _zero_one(cells):
            found[header][rule["max"]] = "1"
            answers.decided("best_score", source.label, header, "1", "zero_one")
    if found:
        answers.decided("items", source.label, ", ".join(found), str(len(found)), "score_cells")
    return found, service


def _service(source: Source, taken: set[str], kind: str) -> list[int]:
    """Rows that hold the best points or the weights of the items instead of a review."""
    known = words(kind)
    return [place for place, row in enumerate(source.cells[[h for h in source.headers if h in taken]].itertuples(index=False, name=None))
            if any(norm(cell) in known for cell in row)] if taken else []


def _scores(cells: pd.Series) -> bool:
    """Whether nine of ten filled cells are points, yes, no or not applicable."""
    plain = cells[cells.str.strip() != ""].map(norm)
    if not len(plain):
        return False
    good = plain.isin(words("yes") | words("no") | words("not_applicable")) | plain.str.fullmatch(_SCORE)
    return bool(good.mean() >= 0.9)


def _zero_one(cells: pd.Series) -> bool:
    """Whether all filled cells are yes, no, 1, 0 or not applicable."""
    return bool(cells[cells.str.strip() != ""].map(norm).isin(words("yes") | words("no") | words("not_applicable") | {"-"}).all())


def _item(header: str, rule: dict) -> dict[str, str]:
    """Name, block and marks of one item from its header."""
    block, _, name = header.rpartition(" / ") if "block" in rule else ("", "", header)
    made = {}
    if "critical" in rule:
        made[rule["critical"]] = "1" if _CRITICAL.search(name) else "0"
        name = _CRITICAL.sub("", name)
    for part, form in (("max", _BEST), ("weight", _WEIGHT)):
        if part in rule and (found := form.search(name)):
            made[rule[part]] = found.group(1)
            name = form.sub("", name)
    made[rule["name"]] = name.strip(" :–-") or header
    if "block" in rule and block:
        made[rule["block"]] = block
    return made


# -- long rows -------------------------------------------------------------------------------------------


def _melt(source: Source, plan: FileMap, wide: dict[str, dict[str, str]], columns: list[str],
          service: dict[int, str] | None = None) -> tuple[Source, FileMap, np.ndarray]:
    """A long row for every filled cell of the wide headers; a row of the file without one keeps a row and is refused."""
    service, headers = service or {}, list(wide)
    grid = source.cells[headers].to_numpy(dtype=object) if headers else np.zeros((len(source.cells), 0), dtype=object)
    filled = np.array([[bool(str(cell).strip()) for cell in row] for row in grid], dtype=bool).reshape(grid.shape)
    filled[list(service)] = False
    filled[source.faults.positions()] = False
    bare = ~filled.any(axis=1)
    rows, places = np.nonzero(filled)
    origin = np.concatenate([rows, np.flatnonzero(bare)])
    which = np.concatenate([places, np.full(int(bare.sum()), -1)])
    order = np.lexsort((which, origin))
    origin, which = origin[order].astype("int64"), which[order]
    long = taken(source, origin)
    fixed = [header for header in source.headers if header not in wide]
    long.cells = long.cells[fixed].copy()
    value, na = columns[1], next((name for name in columns if name == "is_na"), None)
    texts = ["" if at < 0 else str(grid[row, at]).strip() for row, at in zip(origin, which, strict=True)]
    plus = any(text == "+" for text in texts)
    for name in columns:
        if name == value:
            cells = [_points(text, plus) if na or len(columns) > 2 else text for text in texts]
        elif name == na:
            cells = ["" if at < 0 else "1" if norm(text) in words("not_applicable") else "0" for text, at in zip(texts, which, strict=True)]
        else:
            cells = ["" if at < 0 else wide[headers[at]].get(name, "") for at in which]
        long.cells[f"<{name}>"] = pd.Series(cells, index=long.cells.index, dtype="str")
    long.numbers = {header: numbers for header, numbers in long.numbers.items() if header in fixed}
    long.headers = list(long.cells)
    for place in np.flatnonzero(which < 0).tolist():
        long.faults.setdefault(place, "total_row" if int(origin[place]) in service else "empty_row")
    return long, dataclasses.replace(plan, headers={**plan.headers, **{name: f"<{name}>" for name in columns}}), origin


def _points(text: str, plus: bool) -> str:
    """A cell of a checklist as points: yes is 1, no is 0, not applicable is nothing."""
    word = norm(text)
    if word in words("not_applicable") or (word == "-" and not plus):
        return ""
    return "1" if word in words("yes") else "0" if word in words("no") or word == "-" else text


def taken(source: Source, origin: np.ndarray) -> Source:
    """A source whose rows are those of `origin`, with numbers and faults in their new places."""
    return dataclasses.replace(source, cells=source.cells.iloc[origin].reset_index(drop=True), faults=source.faults.taken(origin),
                               rows=source.rows[origin], numbers={header: numbers[origin] for header, numbers in source.numbers.items()})


# -- after parsing ---------------------------------------------------------------------------------------


def spread_days(part: Part) -> None:
    """A row a day of every range `first_day`–`last_day`; a range that ends before it begins, or is endless, is refused."""
    rule = part.shape.days
    if not rule or "first_day" not in part.frame:
        return
    frame = part.frame
    first = frame["first_day"]
    last = frame["last_day"].fillna(first) if "last_day" in frame else first
    length = (last.dt.normalize() - first.dt.normalize()).dt.days
    part.refuse(np.flatnonzero((length < 0) | (length >= LONGEST)), "bad_range")
    times = (length.fillna(0).where(length.between(0, LONGEST - 1), 0).astype("int64") + 1).to_numpy()
    origin = np.repeat(np.arange(len(frame)), times)
    step = np.arange(len(origin)) - np.repeat(np.cumsum(times) - times, times)
    part.frame = frame.iloc[origin].reset_index(drop=True)
    part.frame[rule] = first.dt.normalize().iloc[origin].reset_index(drop=True) + pd.to_timedelta(step, unit="D")
    part.source = taken(part.source, origin)
    part.origin = origin
    part.reasons = part.reasons.taken(origin)


def collect_ticks(part: Part) -> None:
    """One column of JSON from the yes and no columns that mean nothing else, such as the points of an agenda."""
    column = part.shape.ticks
    if not column or column in part.used:
        return
    taken, known = set(part.used.values()), meanings("levels.meetings.agenda")
    yes, no = words("yes"), words("no") | {"", "-"}
    ticked = {}
    for header in part.source.headers:
        cells = part.source.cells[header].map(norm)
        name = known.get(norm(header.rpartition(" / ")[2]))
        if header not in taken and cells.isin(yes | no).all() and (name or cells.isin(yes).any()):
            ticked[name or header] = cells.isin(yes).tolist()
    if ticked:
        rows = [json.dumps(dict(zip(ticked, row, strict=True)), ensure_ascii=False) for row in zip(*ticked.values(), strict=True)]
        part.frame[column] = pd.Series(rows, index=part.frame.index, dtype="str")


# -- rows of the file and rows made of them --------------------------------------------------------------


def refused_rows(parts: list[Part]) -> Marks[tuple[str, ...]]:
    """Row of the file → its reasons, of all parts of one source: a row is refused by the part that reads it, of those that read it
    once more by all of them."""
    first, *further = parts
    gone = refused(first) if first.elsewhere is None else refused(first).without(first.elsewhere)
    for part in further:
        gone = gone.without(_kept(part)) if part.again else gone
    for part in further:
        gone.update({} if part.again else refused(part))
    return gone


def _kept(part: Part) -> np.ndarray:
    """Rows of the file that a part which reads them once more has use for."""
    assert part.origin is not None
    return part.origin[~refused(part).at(part.origin)]


def refused(part: Part) -> Marks[tuple[str, ...]]:
    """Row of the file → its reasons; a row that gave several is refused only with all of them."""
    if part.origin is None:
        return part.reasons
    lost: dict[int, list[tuple[str, ...]]] = {}
    for place in part.reasons:
        lost.setdefault(int(part.origin[place]), []).append(part.reasons[place])
    made = np.bincount(part.origin)
    return Marks({row: tuple(dict.fromkeys(code for codes in found for code in codes)) for row, found in lost.items() if len(found) == made[row]})


def lost_inside(part: Part) -> Counter:
    """Reason → made rows refused out of rows of the file that stay."""
    if part.origin is None:
        return Counter()
    whole = refused(part)
    return Counter(codes[0] for place, codes in part.reasons.items() if int(part.origin[place]) not in whole)
