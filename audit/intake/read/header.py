"""Which rows of a sheet are its header, and the names it gives to columns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from audit.intake.parse.periods import period_header
from audit.intake.text import lexicon, norm, spaced, words

SEARCHED = 20
_LOWER = {"дебет", "кредит", "приход", "расход", "остаток", "нач. остаток", "кон. остаток", "план", "факт",
          "сумма", "количество", "долг", "аванс", "поступило", "зачтено", "кон.остаток", "нач.остаток", "debit", "credit", "plan", "actual"}


def find_header(rows: Sequence[Sequence], aliases: frozenset[str]) -> tuple[int, int]:
    """(position of the header row, number of header rows) among the first 20 of `rows`.

    The first row with at least three cells that are known headers; where none is, the first row
    that is text throughout and at least as wide as any row above it.
    """
    for at, row in enumerate(rows[:SEARCHED]):
        known = sum(norm(cell) in aliases or spaced(cell) in aliases for cell in row if isinstance(cell, str))
        if known >= min(3, max(len([cell for cell in row if str(cell).strip()]), 2)):
            if at and _begins(rows[at - 1], row, aliases):
                return at - 1, 2
            return at, 2 if at + 1 < len(rows) and _continues(row, rows[at + 1]) else 1
    best, best_score = 0, -1.0
    for at, row in enumerate(rows[:SEARCHED]):
        filled = [cell for cell in row if str(cell).strip()]
        texts = [cell for cell in filled if isinstance(cell, str) and (not cell[:1].isdigit() or period_header(cell) is not None)]
        if len(texts) == len(filled) and len(filled) > best_score and len(set(map(norm, filled))) == len(filled):
            best, best_score = at, len(filled)
    if best and _begins(rows[best - 1], rows[best], aliases):
        return best - 1, 2
    return best, 2 if best + 1 < len(rows) and _continues(rows[best], rows[best + 1]) else 1


def _begins(upper: Sequence, lower: Sequence, aliases: frozenset[str]) -> bool:
    """Whether `upper` is the first row of a two-row header and not a title over it: several cells, or one that is a known header."""
    filled = [cell for cell in upper if str(cell).strip()]
    many = len(filled) > 1
    return ((many or any(norm(cell) in aliases for cell in filled)) and _continues(upper, lower)) or (many and _blocks(upper, lower, aliases))


def _continues(upper: Sequence, lower: Sequence) -> bool:
    """Whether `lower` is the second row of a two-row header: known sub-headers under gaps of the upper row."""
    gaps = [norm(cell) for cell, above in zip(lower, upper, strict=False) if str(cell).strip() and not str(above).strip()]
    known = sum(norm(cell) in _LOWER for cell in lower if isinstance(cell, str))
    digits = any(not isinstance(cell, str) or any(char.isdigit() for char in cell) for cell in lower if str(cell).strip())
    return bool(gaps) and ((known >= 2 and not digits) or _items(upper, lower))


def _items(upper: Sequence, lower: Sequence) -> bool:
    """Whether `lower` names items under blocks of `upper`: nothing under the first two columns, several names under gaps."""
    named = [at for at, cell in enumerate(lower) if str(cell).strip()]
    wide = [at for at in named if at >= len(upper) or not str(upper[at]).strip()]
    texts = all(isinstance(lower[at], str) and not lower[at][:1].isdigit() for at in named)
    return texts and len(named) >= 3 and len(wide) >= 2 and named[0] >= 2 and all(str(cell).strip() for cell in upper[:named[0]])


def _blocks(upper: Sequence, lower: Sequence, aliases: frozenset[str]) -> bool:
    """Whether `upper` names blocks of a checklist over items of `lower`: nothing over the known first columns, gaps between the names."""
    named = [at for at, cell in enumerate(upper) if str(cell).strip()]
    if len(named) < 2 or named[0] < 2 or not all(isinstance(upper[at], str) and not upper[at][:1].isdigit() for at in named):
        return False
    below = [norm(cell) for cell in lower[named[0]:] if str(cell).strip()]
    first = all(norm(cell) in aliases for cell in lower[:named[0]] if str(cell).strip())
    return first and len(below) > len(named) and sum(cell in aliases for cell in below) <= 1


def names(rows: Sequence[Sequence], count: int) -> list[str]:
    """Column names from `count` header rows: two rows joined by ' / ', repeats get `__2`, gaps `column_3`."""
    width = max(len(row) for row in rows[:count])
    top = [_clean(rows[0][at]) if at < len(rows[0]) else "" for at in range(width)]
    if count == 2:
        low = [_clean(rows[1][at]) if at < len(rows[1]) else "" for at in range(width)]
        last, joined = "", []
        for upper, lower in zip(top, low, strict=True):
            last = upper or last
            joined.append(f"{last} / {lower}" if lower and last else upper or lower)
        top = joined
    seen: dict[str, int] = {}
    result = []
    for at, name in enumerate(top):
        plain = name or f"column_{at + 1}"
        key = norm(plain)
        seen[key] = seen.get(key, 0) + 1
        result.append(plain if seen[key] == 1 else f"{plain}__{seen[key]}")
    return result


def _clean(cell: object) -> str:
    return " ".join(str(cell).replace("\u00a0", " ").replace("\ufeff", "").split())


def is_total(row: Sequence) -> bool:
    """Whether a row is a total or a service line of a printed report, not a record."""
    head = next((cell for cell in row if isinstance(cell, str) and cell.strip()), "")
    if len(head) > 80 or head[:1].isdigit():  # most first cells are ids
        return False
    first = norm(head)
    if first.rstrip(":") not in words("totals") and not first.startswith(_total_starts()):
        return False
    return sum(bool(str(cell).strip()) for cell in row) <= max(len(row) * 0.6, 1) + 1


@cache
def _total_starts() -> tuple[str, ...]:
    return tuple(lexicon()["total_starts"])
