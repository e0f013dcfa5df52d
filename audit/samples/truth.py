"""What is true in the sample client, counted from the world itself and never through the rest of the package."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import mean, median

from audit.samples import recipe as r
from audit.samples.books import Invoice
from audit.samples.sheet import Facts
from audit.samples.things import Deal, Lead, World, exported
from audit.words import Words


@dataclass(frozen=True, slots=True)
class Count:
    """Rows of a file, those refused by reason, those that only complete another row."""

    rows: int
    refused: dict[str, int]
    merged: int = 0


def told(world: World, issued: list[Invoice], counts: dict[str, Count], facts: Facts, lang: str, seed: int) -> str:
    """TRUTH.md: what was planted, what must not be found, the exact figures, and the flaws of every file."""
    words = Words(lang)
    parts = [
        words("samples.intro", seed=seed, start=r.SAMPLE.start, as_of=r.SAMPLE.as_of), _planted(world, words),
        _requests(world, words), _decoys(world, words), _whole(world, issued, words), _months(world, words),
        _tables(facts, words), _files(world, counts, words),
        words("samples.flaws"),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


# -- figures ------------------------------------------------------------------------------------------


def win_rate(deals: Iterable[Deal]) -> tuple[float, int]:
    """(share of won, number) of the closed deals among `deals`."""
    closed = [deal for deal in deals if deal.closed]
    return sum(deal.semantic == "won" for deal in closed) / max(1, len(closed)), len(closed)


def having(labels: dict[str, str]) -> Callable[[Deal], bool]:
    """Whether a deal shows all of these labels."""
    return lambda deal: all(deal.shown(name) == label for name, label in labels.items())


def cheque_ratio(deals: list[Deal], labels: dict[str, str]) -> float:
    """Cheque of won deals of a slice against the others of the same product: ratio of geometric means, by its mix."""
    inside: dict[str, list[float]] = defaultdict(list)
    outside: dict[str, list[float]] = defaultdict(list)
    fits = having(labels)
    for deal in deals:
        if deal.semantic == "won":
            (inside if fits(deal) else outside)[deal.product].append(math.log(deal.amount))
    gaps = [(len(logs), mean(logs) - mean(outside[product])) for product, logs in inside.items()]
    return math.exp(sum(n * gap for n, gap in gaps) / sum(n for n, _ in gaps))


def conversion(leads: list[Lead]) -> tuple[float, int]:
    """(share of converted, number) of the decided requests among `leads`."""
    decided = [lead for lead in leads if lead.fate != "open"]
    return sum(lead.fate == "converted" for lead in decided) / len(decided), len(decided)


def response_minutes(leads: list[Lead]) -> float:
    """Median minutes by the clock from a request made on a weekday from 9 to 15 to its first answer."""
    inside = [lead for lead in leads if lead.created.weekday() < 5 and 9 <= lead.created.hour < 15 and lead.answered]
    return median((lead.answered - lead.created).total_seconds() / 60 for lead in inside if lead.answered)


# -- parts of the page --------------------------------------------------------------------------------


def _table(words: Words, head: str, lines: list[tuple[object, ...]]) -> str:
    names = words(f"samples.{head}").split("|")
    rows = [names, ["---"] * len(names), *([str(cell) for cell in line] for line in lines)]
    return "\n".join("| " + " | ".join(cell.strip() for cell in row) + " |" for row in rows)


def _slice(labels: dict[str, str]) -> str:
    return ", ".join(f"`{name}` = {label}" for name, label in labels.items())


def _planted(world: World, words: Words) -> str:
    lines: list[tuple[object, ...]] = []
    for planted in r.ZONES:
        fits = having(planted.slice)
        if planted.metric == "win_rate":
            (value, n), (rest, _) = win_rate(filter(fits, world.deals)), win_rate(d for d in world.deals if not fits(d))
            cells = (words.points(planted.effect), words.share(value), words.share(rest), n)
        else:
            n = sum(deal.semantic == "won" and fits(deal) for deal in world.deals)
            cells = (words.share(planted.effect, 0), words.share(cheque_ratio(world.deals, planted.slice) - 1), "0", n)
        lines.append((words(f"samples.metric.{planted.metric}"), _slice(planted.slice), *cells))
    return words("samples.planted") + "\n" + _table(words, "planted_head", lines)


def _requests(world: World, words: Words) -> str:
    lines: list[tuple[object, ...]] = []
    leads = exported(world)
    for planted in r.REQUESTS:
        inside = [lead for lead in leads if lead.client.source == planted.slice["source"]]
        others = [lead for lead in leads if lead.client.source not in (planted.slice["source"], r.CALL)]
        if planted.metric == "lead_conversion":
            (value, n), (rest, _) = conversion(inside), conversion(others)
            cells = (words.points(planted.effect), words.share(value), words.share(rest), n)
        else:
            cells = (f"× {planted.effect:g}", f"{response_minutes(inside):.0f}", f"{response_minutes(others):.0f}", len(inside))
        lines.append((words(f"samples.metric.{planted.metric}"), _slice(planted.slice), *cells))
    return words("samples.requests") + "\n" + _table(words, "planted_head", lines)


def _decoys(world: World, words: Words) -> str:
    lines: list[tuple[object, ...]] = []
    for key, labels in (
        ("mix", {"owner": r.WEAK_MIX}), ("new", {"owner": r.NEW_SELLER}), ("tiny", {"region": r.TINY}),
    ):
        value, n = win_rate(filter(having(labels), world.deals))
        lines.append((_slice(labels), words.share(value), n, words(f"samples.decoy.{key}")))
    cheap = [deal.amount for deal in world.deals if deal.semantic == "won" and deal.product == r.CHEAP]
    lines.append((_slice({"product": r.CHEAP}), words.number(mean(cheap)), len(cheap), words("samples.decoy.cheap")))
    retail = [d.amount for d in world.deals if d.semantic == "won" and d.shown("segment") == r.RETAIL]
    lines.append((_slice({"segment": r.RETAIL}), words.number(mean(retail)), len(retail), words("samples.decoy.retail")))
    return words("samples.decoys") + "\n" + _table(words, "decoys_head", lines)


def _whole(world: World, issued: list[Invoice], words: Words) -> str:
    won = [deal for deal in world.deals if deal.semantic == "won"]
    fates, leads = Counter(lead.fate for lead in exported(world)), exported(world)
    days = {
        name: median((d.closed - d.created).total_seconds() / 86_400 for d in world.deals if d.semantic == name and d.closed)
        for name in ("won", "lost")
    }
    paid = sum(amount for invoice in issued for _, amount in invoice.paid)
    owed = sum(invoice.owed for invoice in issued)
    late = sum(invoice.owed for invoice in issued if invoice.due < r.SAMPLE.as_of)
    figures = {
        "deals": len(world.deals), **{name: sum(d.semantic == name for d in world.deals) for name in ("won", "lost", "open")},
        "win_rate": words.share(win_rate(world.deals)[0], 2),
        "revenue": f"{sum(d.amount for d in won):.2f}", "avg_check": f"{mean(d.amount for d in won):.2f}",
        "median_check": f"{median(d.amount for d in won):.2f}", "cycle_won": f"{days['won']:.2f}",
        "cycle_lost": f"{days['lost']:.2f}", "repeat": sum(d.repeat for d in world.deals), "leads": len(leads),
        **{f"leads_{name}": fates[name] for name in ("converted", "junk", "lost", "open")},
        "linked": sum(lead.deal is not None for lead in leads),
        "paid": f"{paid:.2f}", "owed": f"{owed:.2f}", "overdue": f"{late:.2f}",
    }
    lines: list[tuple[object, ...]] = [(words(f"samples.figure.{name}"), value) for name, value in figures.items()]
    return words("samples.whole") + "\n" + _table(words, "whole_head", lines)


def _months(world: World, words: Words) -> str:
    created, won, revenue = Counter[str](), Counter[str](), defaultdict[str, float](float)
    for deal in world.deals:
        created[f"{deal.created:%Y-%m}"] += 1
        if deal.semantic == "won":
            for key in (f"{deal.closed:%Y-%m}", f"{deal.closed:%Y}"):
                won[key] += 1
                revenue[key] += deal.amount
    for key, count in list(created.items()):
        created[key[:4]] += count
    lines: list[tuple[object, ...]] = [(key, created[key], won[key], f"{revenue[key]:.2f}") for key in sorted(created)]
    return words("samples.months") + "\n" + _table(words, "months_head", lines)


def _tables(facts: Facts, words: Words) -> str:
    lines: list[tuple[object, ...]] = [(words(f"samples.fact.{key}"), planted or "–", found) for key, (planted, found) in facts.items()]
    return words("samples.tables") + "\n" + _table(words, "tables_head", lines)


def _files(world: World, counts: dict[str, Count], words: Words) -> str:
    lines: list[tuple[object, ...]] = []
    for name in r.SAMPLE.files:
        one = counts[name]
        lines.append((f"`{name}`", one.rows, one.merged, sum(one.refused.values()), ", ".join(f"{reason} {n}" for reason, n in one.refused.items())))
    blanks = Counter(name for deal in world.deals for name in deal.blank)
    said = ", ".join(f"`{name}` {blanks[name]}" for name in r.BLANK)
    return words("samples.files") + "\n" + _table(words, "files_head", lines) + "\n\n" + words("samples.blanks", fields=said)
