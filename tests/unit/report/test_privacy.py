"""Sellers are called the same everywhere, and clients are not called at all."""

import re

import fixtures
import pandas as pd
import pytest

from audit.report import Report, render
from audit.report.privacy import Names


@pytest.mark.parametrize("privacy", ["initials", "pseudonyms"])
def test_no_real_name_in_any_page(tmp_path, privacy):
    workspace = fixtures.workspace(tmp_path / "client", extra=f"privacy: {privacy}\n")
    (workspace.notes / "people.md").write_text("Хорошо работает Ильина Юлия.", encoding="utf-8")
    for page in render(workspace):
        text = re.sub(r"data:[^\"')]+", "", page.read_text(encoding="utf-8"))
        assert not [name for name in fixtures.SELLERS if name in text]


def test_pseudonyms_stay_when_a_seller_joins(tmp_path):
    workspace = fixtures.workspace(tmp_path / "client")
    first = Names.of(workspace, "pseudonyms", ["Б", "А", "В"], "Продавец {number}").shown
    later = Names.of(workspace, "pseudonyms", ["Б", "А", "В", "Аа"], "Продавец {number}").shown
    assert {name: later[name] for name in first} == first
    assert later["Аа"] == "Продавец 4"
    assert len(set(later.values())) == 4


def test_equal_initials_are_told_apart(tmp_path):
    workspace = fixtures.workspace(tmp_path / "client")
    shown = Names.of(workspace, "initials", ["Белова Анна", "Быкова Алла"], "").shown
    assert len(set(shown.values())) == 2


def test_the_same_name_in_values_findings_and_two_way_groups(tmp_path):
    workspace = fixtures.workspace(tmp_path / "client", extra="privacy: pseudonyms\n")
    report = Report.open(workspace)
    zone = report.zones[0]
    assert zone["slice"]["owner"] in {row.group for row in report.sellers("win_rate")}
    assert zone["slice"]["owner"] in {peer["label"] for peer in zone["peers"]}
    assert fixtures.SELLERS[3] not in str(zone)


def test_names_of_contacts_are_masked_and_clients_have_no_labels(tmp_path):
    workspace = fixtures.workspace(tmp_path / "client")
    workspace.tables.mkdir()
    pd.DataFrame({"contact_id": ["1"], "name": ["Тестова Марфа"]}).to_parquet(workspace.tables / "contacts.parquet")
    (workspace.notes / "call.md").write_text("Звонила Тестова Марфа.", encoding="utf-8")
    page = render(workspace, formats=("html",))[0].read_text(encoding="utf-8")
    assert "Марфа" not in page
    assert Names({}, "names").label("client", "ООО Ромашка") == "•••"


def test_clients_and_contracts_of_values_have_no_labels():
    names = Names({}, "names")
    assert names.group("client", "Oak × Elm Ltd") == "•••"
    assert names.group("client×contract", "Oak × main") == "••• × •••"
    assert names.group("client×contract", "Oak × Elm Ltd × main") == "•••"
    assert names.group("client×bucket", "Oak × 1-30") == "••• × 1-30"
