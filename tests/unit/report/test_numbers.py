"""Numbers are rounded to what their interval supports, in the language's own form."""

import pytest

from audit.report.numbers import Numbers
from audit.report.say import Say
from audit.words import Words

RU, EN = Numbers(Words("ru"), "RUB"), Numbers(Words("en"), "USD")
NB = "\u00a0"


@pytest.mark.parametrize(("unit", "value", "low", "high", "shown", "interval"), [
    ("money", 243_512.0, 150_233.0, 332_871.0, f"240{NB}тыс.{NB}₽", f"от 150 до 330{NB}тыс.{NB}₽"),
    ("money", 847_000.0, 590_000.0, 1_130_000.0, f"850{NB}тыс.{NB}₽", f"от 590 до 1{NB}130{NB}тыс.{NB}₽"),
    ("money", 12_345_678.0, None, None, f"12,3{NB}млн{NB}₽", ""),
    ("money", 950.4, None, None, f"950{NB}₽", ""),
    ("share", 0.2347, 0.20, 0.27, f"23{NB}%", f"от 20 до 27{NB}%"),
    ("share", 0.2347, 0.231, 0.239, f"23,5{NB}%", f"от 23,1 до 23,9{NB}%"),
    ("share", 0.2347, None, None, f"23,5{NB}%", ""),
    ("days", 27.0, 26.0, 28.0, f"27{NB}дн.", f"от 26 до 28{NB}дн."),
    ("days", 6.34, 6.0, 6.7, f"6,3{NB}дн.", f"от 6,0 до 6,7{NB}дн."),
    ("count", 1890.0, 1806.0, 1977.0, f"1{NB}890", f"от 1{NB}806 до 1{NB}977"),
    ("share", None, None, None, "–", ""),
    ("money", float("nan"), None, None, "–", ""),
])
def test_value_and_interval(unit, value, low, high, shown, interval):
    assert RU.value(unit, value, low, high).replace(" ", " ") == shown
    assert RU.interval(unit, low, high) == interval


def test_gap_of_shares_is_in_points():
    assert RU.gap("share", -0.104, -0.135, -0.073) == f"−10{NB}п.{NB}п."
    assert RU.gap_interval("share", -0.135, -0.073) == f"от −14 до −7{NB}п.{NB}п."
    assert RU.gap("money", -24_000.0) == f"−24,0{NB}тыс.{NB}₽"


def test_english():
    assert EN.money(-1_234_567.0) == f"−$1.23{NB}m"
    assert EN.value("share", 0.2347) == "23.5%"
    assert EN.interval("money", 150_000.0, 330_000.0) == f"150 to $330{NB}k"


def test_a_wide_interval_never_shows_more_digits_than_a_narrow_one():
    for value in (0.0123, 0.5, 0.98):
        narrow, wide = RU.value("share", value, value - 0.0005, value + 0.0005), RU.value("share", value, value - 0.05, value + 0.05)
        assert len(wide) <= len(narrow)


def test_the_dot_of_an_abbreviation_ends_the_sentence_too():
    said = Say(Words("ru"))("report.zones.mix", whole="−9,5 п. п.", mix="+2,0 п. п.", rate="−11,5 п. п.")
    assert said.endswith("−11,5 п. п.") and ".." not in said
    assert Say(Words("ru"))("report.zones.mix", whole="1 ₽", mix="2 ₽", rate="3 ₽").endswith("3 ₽.")
