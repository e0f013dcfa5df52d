"""Transcripts of talks in deals that were won and in as many that were lost: one technique that goes with winning, one that only the best sellers love."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import Any

from audit.samples.dice import Dice, at_work
from audit.samples.sheet import Facts
from audit.samples.things import Deal, World

FILE = "talks.jsonl"
SINCE = dt.date(2026, 4, 1)
MOST = 360  # talks of each outcome
WORKS, IDLE, ANSWER, BEST_SELLERS = "next_step", "fair_deadline", "price_split", 3
USED = {"won": 0.56, "lost": 0.34}  # of WORKS, the same for every seller
LOVED, OTHERS = 0.75, 0.15  # of IDLE: by the sellers with most wins and by the rest, whatever the outcome
USUAL = {"problem_question": 0.40, "need_summary": 0.30, "benefit": 0.35, "client_case": 0.25, "two_options": 0.20, "decision_maker_question": 0.25}
POLITE = {"greeting": 0.85, "thanks": 0.45}
DEAR, ANSWERED = 0.55, 0.45  # how often a client calls it expensive, and how often the price is then split


@cache
def said() -> dict[str, Any]:
    """Wordings by what they are."""
    import yaml

    return yaml.safe_load(files("audit.samples").joinpath("talks.yml").read_text(encoding="utf-8"))


def talks(world: World, seed: int) -> list[dict[str, Any]]:
    """talks.jsonl: one row a talk with its deal, day and labelled lines; owner and outcome are left to the CRM."""
    dice = Dice(seed, "talks")
    closed = [deal for deal in world.deals if deal.closed and deal.closed.date() >= SINCE and "owner" not in deal.blank]
    best = _best(closed)
    chosen = [deal for one in ("won", "lost") for deal in sorted((d for d in closed if d.semantic == one), key=lambda _: dice.share())[:MOST]]
    rows = []
    for number, deal in enumerate(sorted(chosen, key=lambda deal: (deal.created, deal.id)), start=1):
        assert deal.closed
        moment = at_work(dice, deal.created + (deal.closed - deal.created) * (0.1 + 0.5 * dice.share()))
        lines = _lines(dice, deal, best)
        rows.append({"case_id": f"Р-{number:04d}", "deal_id": str(deal.id), "at": min(moment, deal.closed - dt.timedelta(minutes=5)).strftime("%Y-%m-%d %H:%M"),
                     "kind": "call", "text": "\n".join(lines)})
    return rows


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    """The rows as a file, one a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _lines(dice: Dice, deal: Deal, best: set[str]) -> list[str]:
    course = ["greeting"] if dice.chance(POLITE["greeting"]) else []
    course += [name for name, share in USUAL.items() if dice.chance(share)]
    if dice.chance(DEAR):
        course += ["price_objection", *([ANSWER] if dice.chance(ANSWERED) else [])]
    if dice.chance(LOVED if deal.owner in best else OTHERS):
        course.append(IDLE)
    if dice.chance(USED[deal.semantic]):
        course.append(WORKS)
    if dice.chance(POLITE["thanks"]):
        course.append("thanks")
    lines: list[str] = []
    for name in course:
        lines.append(_line(dice, name))
        if dice.chance(0.5):
            lines.append(f"Клиент: {dice.one(said()['client'])}")
        if dice.chance(0.35):
            lines.append(f"Менеджер: {dice.one(said()['seller'])}")
    return lines or [f"Менеджер: {dice.one(said()['seller'])}"]


def _line(dice: Dice, name: str) -> str:
    words, who = next((part[name], "Клиент" if kind == "occasions" else "Менеджер") for kind in ("techniques", "placebos", "occasions")
                      if name in (part := said()[kind]))
    text = dice.one(words).format(day=dice.one(said()["days"]), time=dice.one(said()["times"]), n=dice.whole(12, 90), percent=dice.whole(3, 9))
    return f"{who}: {text}"


def _best(closed: list[Deal]) -> set[str]:
    """Sellers with the largest share of wins among those with twenty closed deals."""
    won, n = Counter(deal.owner for deal in closed if deal.semantic == "won"), Counter(deal.owner for deal in closed)
    return set(sorted((name for name in n if n[name] >= 20), key=lambda name: (-won[name] / n[name], name))[:BEST_SELLERS])


def facts(rows: list[dict[str, Any]], world: World) -> Facts:
    """Share of talks with each planted technique in won and in lost deals."""
    outcome = {str(deal.id): deal.semantic for deal in world.deals}
    found: Facts = {}
    for key, name, planted in (("talk_works", WORKS, "+22"), ("talk_idle", IDLE, "0")):
        heard: dict[str, list[bool]] = {"won": [], "lost": []}
        for row in rows:
            heard[outcome[row["deal_id"]]].append(any(_says(name, line) for line in row["text"].split("\n")))
        won, lost = (100 * sum(heard[one]) / len(heard[one]) for one in ("won", "lost"))
        found[key] = (planted, f"{won:.0f} / {lost:.0f} ({len(heard['won'])} / {len(heard['lost'])})")
    return found


def _says(name: str, line: str) -> bool:
    """Whether a line is one of the wordings of a technique: by what stands before its first gap."""
    return any(line.startswith(f"Менеджер: {words.split('{')[0]}") for words in said()["techniques"][name])
