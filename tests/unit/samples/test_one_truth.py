"""Many systems, one truth: the sample client exported in every system's shape loads to the same canonical tables."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import system_accounts as accounts
from system_actions import expected
from system_parts import System, Truth
from systems import SYSTEMS, bitrix24_list

import audit
from audit.starter import start_demo


@pytest.fixture(scope="module")
def truth(tmp_path_factory) -> Truth:
    """The sample client as its own exports load."""
    tables = audit.intake(start_demo(tmp_path_factory.mktemp("truth") / "demo")).tables
    deals = pd.read_parquet(tables["deals"])
    names = pd.read_parquet(tables["users"]).set_index("user_id")["name"]
    clients = pd.read_parquet(tables["clients"]).set_index("client_id")["name"]
    deals["amount"] = deals["amount"].round(2)
    deals["title"] = deals["title"].str.replace("\r\n", "\n")
    deals["owner"], deals["client"] = deals["owner_id"].map(names), deals["client_id"].map(clients)
    actions, leads = pd.read_parquet(tables["activities"]), pd.read_parquet(tables["leads"])
    actions["owner"], leads["owner"] = actions["owner_id"].map(names), leads["owner_id"].map(names)
    stages = pd.read_parquet(tables["stages"])
    return Truth(
        deals, pd.read_parquet(tables["stage_history"]).query("entity == 'deal'"), list(stages[["stage_id", "semantic"]].itertuples(index=False, name=None)),
        {name: str(1001 + place) for place, name in enumerate(sorted(names.dropna().unique()))},
        {name: str(20_001 + place) for place, name in enumerate(sorted(deals["client"].dropna().unique()))},
        actions, leads, pd.read_parquet(tables["payments"]), pd.read_parquet(tables["receivables"]),
    )


@pytest.fixture(scope="module", params=SYSTEMS, ids=lambda system: system.name)
def system(request) -> System:
    return request.param


@pytest.fixture(scope="module")
def place(system, truth, tmp_path_factory) -> Path:
    """The client as the system exports it, loaded once for all tests."""
    place = tmp_path_factory.mktemp(system.name) / "c"
    load(place, truth, system.write)
    return place


def load(place: Path, truth: Truth, *writers: Callable[[Truth, Path], None]) -> dict[str, pd.DataFrame]:
    """The tables of a client whose inbox the writers fill: nothing asked, every file known, every row accounted for."""
    (place / "inbox").mkdir(parents=True)
    (place / "client.yml").write_text("name: Пример\ncurrency: RUB\ntime_zone: Europe/Moscow\n", "utf-8")
    for write in writers:
        write(truth, place / "inbox")
    result = audit.intake(place, lang="en")
    assert not result.questions
    for entry in result.report["files"]:
        assert entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"]
        assert entry["table"] or entry["preset"], f"{entry['file']} was not recognised"
    return tables_of(place)


def tables_of(place: Path) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_parquet(path) for path in (place / "tables").glob("*.parquet")}


def number(key: pd.Series) -> pd.Series:
    """The client's own number inside an id of a system."""
    return key.str.replace(r"^zcrm_", "", regex=True).str.replace(r"^00[0-9Q]0*(\d+)AAA$", r"\1", regex=True).str.replace(r"^0*(\d{8})-0000-4000-8000-0{12}$", r"\1", regex=True)


def given_first(names: pd.Series) -> pd.Series:
    """`Иванов Иван` as a system writes it that keeps the two apart."""
    return names.str.replace(r"^(\S+) (\S+)$", r"\2 \1", regex=True)


def compare(column: str, system: System, want: pd.DataFrame, have: pd.DataFrame) -> None:
    expected, found = want[column], have[column]
    if column in ("created_at", "closed_at", "won_at", "expected_close_on") and (system.times == "D" or column == "expected_close_on"):
        expected, found = (pd.to_datetime(values).dt.normalize() for values in (expected, found))
        if column == "created_at":  # an API tells the moment, a report only the day
            found = found.dt.normalize()
    if column == "amount" and system.whole_amounts:
        expected = expected.round()
    if column == "expected_close_on" and "expected_close_on of closed" in system.lacks:
        expected, found = (values[want["semantic"] == "open"] for values in (expected, found))
    if column == "owner" and system.given_name_first:
        expected = given_first(expected)
    wrong = ~((expected == found) | (expected.isna() & found.isna()))
    examples = pd.DataFrame({"want": expected[wrong], "found": found[wrong]}).head(3).to_string()
    assert not wrong.any(), f"{column}: {int(wrong.sum())} of {len(want)} differ\n{examples}"


def test_the_same_client_from_every_system(place, system, truth):
    tables = tables_of(place)
    deals, want = tables["deals"], truth.deals.set_index("deal_id").sort_index()
    names = tables["users"].set_index("user_id")["name"]
    clients = tables["clients"].set_index("client_id")["name"]
    have = deals.assign(deal_id=number(deals["deal_id"]), owner=deals["owner_id"].map(names), client=deals["client_id"].map(clients)).set_index("deal_id").sort_index()
    assert have.index.tolist() == want.index.tolist()
    for column in ("title", "pipeline_id", "stage_id", "semantic", "amount", "currency", "created_at", "closed_at", "expected_close_on", "owner", "client", "source", "loss_reason"):
        if column not in system.lacks:
            compare(column, system, want, have)
    if system.ends_in_stages:
        meant = dict(truth.stages)
        assert {name: meant[name] for name in tables["stages"]["stage_id"] if name in meant} == dict(tables["stages"][["stage_id", "semantic"]].itertuples(index=False, name=None))
    if system.history:
        past = tables["stage_history"].query("entity == 'deal'")
        have_moves = sorted(zip(number(past["entity_id"]), past["to_stage"], past["entered_at"], strict=True))
        want_moves = sorted(zip(truth.history["entity_id"], truth.history["to_stage"], truth.history["entered_at"], strict=True))
        assert have_moves == want_moves


def acts(rows: pd.DataFrame, owner: pd.Series, system: System) -> pd.DataFrame:
    """Actions as the system can tell them, in one order: kind, unit, person, times, length."""
    call = rows["kind"].str.startswith("call")
    kind = rows["kind"] if system.lengths == "s" else rows["kind"].mask(call, "call_out")
    length = rows["duration_s"].where(call)
    length = length if system.lengths == "s" else length.where(length >= 60) // 60 * 60
    made = pd.DataFrame({"kind": kind, "entity": rows["entity"], "entity_id": number(rows["entity_id"]), "owner": owner, "done_at": rows["done_at"],
                         "due_at": rows["due_at"].dt.floor(system.dues).where(~call & ~kind.isin(list(system.no_due))), "length": length})
    return made.astype("object").where(made.notna(), None).sort_values(list(made), key=lambda cells: cells.astype("str"), ignore_index=True)


def test_the_same_actions_from_every_system(place, system, truth):
    if not system.kinds:
        pytest.skip("a file of deals alone")
    tables = tables_of(place)
    want = expected(truth, system.kinds, system.about)
    names = tables["users"].set_index("user_id")["name"]
    have = tables["activities"]
    pd.testing.assert_frame_equal(acts(have, have["owner_id"].map(names), system),
                                  acts(want, given_first(want["owner"]) if system.given_name_first else want["owner"], system))


def test_the_same_leads_from_every_system(place, system, truth):
    if system.leads is None:
        pytest.skip("no leads in this export")
    tables = tables_of(place)
    names = tables["users"].set_index("user_id")["name"]
    have, want = tables["leads"], truth.leads[truth.leads["semantic"].isin(list(system.leads))]
    owner = given_first(want["owner"]) if system.given_name_first else want["owner"]
    found = zip(number(have["lead_id"]), have["created_at"], have["owner_id"].map(names), have["semantic"], strict=True)
    assert sorted(found) == sorted(zip(want["lead_id"], want["created_at"], owner, want["semantic"].map(system.leads), strict=True))


def test_people_keep_their_numbers(place, system, truth):
    """Where a system has a file of people, names and ids go together."""
    found = tables_of(place)["users"].set_index("user_id")["name"]
    plain = number(found.index.to_series()).str.replace(r"^u(\d+)$", r"\1", regex=True)
    numbered = dict(zip(plain, found, strict=True)).items() & {(name, word) for name, word in zip(plain, found, strict=True) if name.isdigit()}
    want = {(key, " ".join(reversed(name.split())) if system.given_name_first else name) for name, key in truth.users.items()}
    assert numbered <= want
    assert numbered or not system.history  # only APIs tell the numbers of people


def test_the_same_figures_from_every_system(place, system, truth):
    if system.times != "s" or system.whole_amounts:
        pytest.skip("days or whole amounts only: the format rounds what the figures are made of")
    figures = ["win_rate", "revenue", "cycle_days"]
    have = audit.measure(place, metrics=figures, period="all", as_of="2026-10-31").frame
    original = {"deals": truth.deals.drop(columns=["owner", "client"])}
    want = audit.measure(original, metrics=figures, period="all", as_of="2026-10-31").frame
    one = [frame[frame["by"] == ""].set_index("metric")["value"] for frame in (have, want)]
    pd.testing.assert_series_equal(one[0].sort_index(), one[1].sort_index(), rtol=1e-9)


@pytest.mark.parametrize("bank", [accounts.exchange, accounts.statement], ids=["exchange", "statement"])
def test_the_same_money_from_every_bank(tmp_path, bank, truth):
    tables = load(tmp_path / "c", truth, bitrix24_list, bank, accounts.debts)
    assert accounts.payments(tables["payments"]) == accounts.payments(truth.payments)
    assert accounts.owed(tables["receivables"]) == accounts.owed(truth.receivables)
