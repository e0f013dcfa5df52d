"""Nothing personal, secret or local passes the gate, and plain figures pass untouched."""

import pytest

from audit.privacy import clean, masked
from audit.privacy.ids import card_ok, egn_ok, iban_ok, inn_ok
from audit.report.gate import guarded


@pytest.mark.parametrize("text", [
    "ivan.petrov@example.org", "+7 (495) 123-45-67", "8 (495) 123-45-67", "+359 88 812 3456", "+79161234567", "0888 123 456", "89161234567",
    "4111 1111 1111 1111", "4111111111111111", "7707083893", "500100732259", "7523169263", "GB82 WEST 1234 5698 7654 32",
    "/home/ivan/clients.csv", "C:\\Users\\Ivan\\base.xlsx", "file:///tmp/x", "run.ipynb", "password=Secret123", "sk-abcdefghijklmnop1234", "192.168.0.12",
])
def test_masked(text):
    shown = masked(f"до {text} после")
    assert text not in shown
    assert shown.startswith("до ")
    assert shown.endswith(" после")


@pytest.mark.parametrize("text", [
    "8 200 строк", "12 345 678 ₽", "от 150 до 330 тыс. ₽", "31 октября 2026 г.", "2026-10-31", "7707083894", "4111 1111 1111 1112", "1 234,56",
    "tables/deals.parquet where \"owner\" = 'Иванов'", "и/или", "GB83 WEST 1234 5698 7654 32", "0,001", "1–30 дней", "18 % против 30 %",
])
def test_left_alone(text):
    assert masked(text) == text


@pytest.mark.parametrize(("check", "right", "wrong"), [
    (inn_ok, "7707083893", "7707083892"), (inn_ok, "500100732259", "500100732258"), (egn_ok, "7523169263", "7523169264"),
    (card_ok, "4111111111111111", "4111111111111112"), (iban_ok, "GB82WEST12345698765432", "GB82WEST12345698765433"),
])
def test_checksums(check, right, wrong):
    assert check(right)
    assert not check(wrong)


def test_clean_makes_one_plain_line():
    assert clean("a\u202eb\nc\u0000d\u200be") == "ab c de"
    assert len(clean("x" * 1000)) == 300


def test_page_is_guarded_in_text_and_spoken_attributes_only():
    page = ('<!DOCTYPE html><style>a{content:"x@example.org"}</style><p title="z@example.org">y@example.org &lt;b&gt;</p>'
            '<img src="data:image/png;base64,AAAA" alt="q@example.org">')
    shown = guarded(page)
    assert 'content:"x@example.org"' in shown
    assert "z@example.org" not in shown
    assert "y@example.org" not in shown
    assert "q@example.org" not in shown
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown


def test_names_of_people_are_hidden():
    page = "<p>Ведёт Петрова Анна, а Анна и Петров – нет. ПЕТРОВА АННА!</p>"
    assert guarded(page, ["Петрова Анна", "Анна"]) == "<p>Ведёт •••, а Анна и Петров – нет. •••!</p>"
