"""A folder of small clients: one that can be measured, one with a broken client.yml, one without files."""

import random
from datetime import date, timedelta

import pytest


def deals(n: int = 240) -> str:
    """A plain table of deals with two sellers; the name and the address of a contact stand in a column of their own."""
    dice = random.Random(7)
    lines = ["id,created_at,closed_at,won,amount,owner,contact,email"]
    for number in range(n):
        start = date(2026, 1, 5) + timedelta(days=number)
        won = dice.random() < (0.5 if number % 2 else 0.2)
        lines.append(f"{number},{start},{start + timedelta(days=9)},{won},{dice.randrange(50, 150) * 100},{'Anna Lis' if number % 2 else 'Boris Elk'},Vera Contact,vera@contact.example")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Clients of one consultant."""
    from audit.starter import start

    place = tmp_path_factory.mktemp("clients of mine")
    good = start(place / "good", name="Good & Co <b>", language="en", currency="EUR", country="BG")
    (good.inbox / "deals.csv").write_text(deals(), encoding="utf-8")
    start(place / "empty", name="Empty", language="ru", currency="RUB", country="RU")
    broken = start(place / "broken", name="Broken", language="bg", currency="EUR", country="BG")
    (broken.root / "client.yml").write_text("name: [", encoding="utf-8")
    (place / "notes").mkdir()
    return place
