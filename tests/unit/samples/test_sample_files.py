"""The files of the sample client: reproducible, in the shape of real exports, and equal to what TRUTH.md says."""

import csv
import io
import re
import zipfile
from collections import Counter

import openpyxl
import pytest

from audit.client import read_client
from audit.samples import SAMPLE, dirt, make_samples, sample_files
from audit.samples.books import invoices
from audit.samples.text import tax_number
from audit.samples.things import exported
from audit.samples.world import make_world
from audit.share import share


@pytest.fixture(scope="module")
def files():
    return sample_files()


@pytest.fixture(scope="module")
def world():
    return make_world()


def members(book: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def table(content: bytes, encoding: str, separator: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=separator))


def sheet(content: bytes) -> list[tuple]:
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))


def test_committed_files_are_what_the_seed_gives(files):
    folder = share("data_samples")
    assert {path.name for path in folder.iterdir()} == {*files, "client.yml"}
    for name, content in files.items():
        stored = (folder / name).read_bytes()
        # compression may differ between builds of zlib, the content may not
        assert members(stored) == members(content) if name.endswith(".xlsx") else stored == content, name


def test_equal_seeds_give_equal_bytes(files, tmp_path):
    paths = make_samples(tmp_path)
    assert {path.name: path.read_bytes() for path in paths} == files
    other = sample_files(seed=5, lang="ru")
    assert other["bitrix24_deals.csv"] != files["bitrix24_deals.csv"]
    assert other["TRUTH.md"].decode().startswith("# Что на самом деле верно")


def test_the_sample_is_small():
    assert sum(path.stat().st_size for path in share("data_samples").iterdir()) <= 7_600_000


def test_client_file_is_valid():
    client = read_client(share("data_samples") / "client.yml")
    assert (client.language, client.currency, client.country) == ("ru", "RUB", "RU")
    assert "вымышленная" in client.name


def test_deals_file_holds_the_world(files, world):
    rows = table(files["bitrix24_deals.csv"], "cp1251", ";")
    header, body = rows[0], rows[1:]
    assert header[-1] == ""
    assert header.count("Компания") == 2
    assert Counter(len(row) for row in body) == {29 - 1: len(body) - 5, 28 - 1: 5}
    place = {name: header.index(name) for name in header}
    refused = [row for row in body if int(row[0]) > 90_000]
    assert len(refused) == 5
    seen, exact = set(), 0
    amounts = Counter()
    for row in body:
        if int(row[0]) > 90_000:
            continue
        exact += tuple(row) in seen
        if tuple(row) not in seen:
            amounts[row[0]] += round(100 * float(row[place["Сумма"]].replace(" ", "").replace(",", ".")))
        seen.add(tuple(row))
    assert exact == dirt.REFUSED["bitrix24_deals.csv"]["duplicate_id"]
    assert amounts == {str(deal.id): round(100 * deal.amount) for deal in world.deals}


def test_refused_rows_of_the_deals_file(files):
    rows = table(files["bitrix24_deals.csv"], "cp1251", ";")
    place = {name: rows[0].index(name) for name in rows[0]}

    def day(row, name):
        return "".join(reversed(row[place[name]][:10].split(".")))

    extra = [row for row in rows[1:] if int(row[0]) > 90_000]
    assert sum(row[place["Сумма"]].startswith("-") for row in extra) == 1
    assert sum(row[place["Дата создания"]][:5] in ("31.02", "30.02") for row in extra) == 2
    late = [row for row in extra if row[place["Дата создания"]][:5] not in ("31.02", "30.02")]
    assert sum(day(row, "Дата закрытия") < day(row, "Дата создания") for row in late) == 2
    assert all(row[place["Дата создания"]] and row[place["Дата закрытия"]] for row in extra)


def test_leads_file_holds_the_requests(files, world):
    rows = table(files["amocrm_leads_2026-10-31.csv"], "utf-8", ",")
    header, body = rows[0], rows[1:]
    assert header[2] == "Бюджет "
    assert header.count("Источник") == header.count("roistat") == 2
    ids = Counter(row[0] for row in body)
    assert ids[""] == 1
    assert sorted(ids.values(), reverse=True)[:3] == [2, 2, 1]
    known = {str(lead.id): lead for lead in exported(world)}
    assert set(ids) - set(known) == {"", "39999999"}
    stage = header.index("Этап сделки")
    for row in body:
        lead = known.get(row[0])
        if lead:
            assert (row[stage] == "Передан в сделку") == (lead.fate == "converted")
            assert (row[5] == "не закрыта") == (lead.fate == "open")
            assert row[-1] == (str(lead.deal) if lead.deal else "")
    assert any("\n" in cell for row in body for cell in row)


def test_links_lead_both_ways(files):
    leads = {row[0]: row[-1] for row in table(files["amocrm_leads_2026-10-31.csv"], "utf-8", ",")[1:] if row[-1]}
    rows = table(files["bitrix24_deals.csv"], "cp1251", ";")
    lead_at = rows[0].index("ID лида")
    deals = {row[0]: row[lead_at] for row in rows[1:] if row[lead_at] and int(row[0]) < 90_000}
    assert {deal: lead for lead, deal in leads.items()} == deals


def test_history_knows_the_last_stage(files, world):
    names = {row[2]: row[3] for row in table(files["bitrix24_stages.csv"], "utf-8", ",")[1:]}
    last: dict[str, str] = {}
    for row in table(files["bitrix24_stage_history.csv"], "utf-8", ",")[1:]:
        last[row[2]] = row[5]
    now = {str(deal.id): deal.stage for deal in world.deals}
    assert set(last.values()) <= set(names)
    assert all(now[deal] == code for deal, code in last.items())
    assert len(last) > 4000


def test_books_add_up(files, world):
    rows = sheet(files["1c_payments.xlsx"])
    assert rows[4][:3] == ("Дата", "Номер", "Контрагент")
    *body, total = rows[5:]
    amounts = [float(str(row[5]).replace(" ", "").replace(",", ".")) for row in body]
    assert total[0] == "Итого"
    assert sum(amounts) == pytest.approx(total[5], abs=0.005)
    assert any(isinstance(row[5], str) for row in body)
    deals = {str(deal.id) for deal in world.deals if deal.semantic == "won"}
    assert all(re.search(r"счету № (\d+) от", row[8])[1] in deals for row in body)
    owed = sheet(files["1c_receivables.xlsx"])
    won = sum(deal.amount for deal in world.deals if deal.semantic == "won")
    assert sum(amounts) + owed[-1][6] == pytest.approx(won, abs=0.05)
    assert sum(invoice.owed for invoice in invoices(world, SAMPLE.seed)) == pytest.approx(owed[-1][6], abs=0.05)
    assert all(row[7] in (0, row[6]) and (row[8] > 0) == (row[7] > 0) for row in owed[4:-1])


def test_plan_levels_agree(files):
    rows = sheet(files["plan.xlsx"])[1:]
    for month in {row[0] for row in rows}:
        sums = Counter()
        for row in rows:
            if row[0] == month:
                sums[row[1]] += row[4]
        assert sums["Сотрудник"] == sums["Отдел"] == sums["Компания"]


def is_valid_inn(text: str) -> bool:
    digits = [int(digit) for digit in text]
    return sum(a * b for a, b in zip((2, 4, 10, 3, 5, 9, 4, 6, 8), digits, strict=False)) % 11 % 10 == digits[9]


def test_nobody_real_is_named(files):
    assert is_valid_inn("7707083893")
    numbers = {tax_number(client) for client in range(1, 12_000)}
    assert len(numbers) == 11_999
    assert not any(is_valid_inn(number) for number in numbers)
    text = files["telephony_calls.csv"].decode("utf-8-sig") + files["amocrm_leads_2026-10-31.csv"].decode()
    phones = re.findall(r"(?:\+7|\b8|\b7)[\s(]*(\d{3})[)\s]*\d{3}-?\d\d-?\d\d", text)
    assert set(phones) == {"000"}
    assert set(re.findall(r"@([a-z.]+)", text)) <= {"example.com", "example.org"}


def test_truth_page_counts_rows(files):
    page = files["TRUTH.md"].decode()
    for name in ("bitrix24_deals.csv", "telephony_calls.csv"):
        rows = table(files[name], "cp1251" if "bitrix" in name else "utf-8-sig", ";")
        assert f"| `{name}` | {len(rows) - 1} |" in page
