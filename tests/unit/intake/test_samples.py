"""The sample client's files: every row accounted for, as its page of truths says, and nothing asked."""

import re
import shutil

import pytest
import yaml


@pytest.fixture(scope="module")
def sample(root, new_desk, tmp_path_factory):
    folder = root / "data_samples"
    if not (folder / "TRUTH.md").is_file():
        pytest.skip("the sample client is not made yet")
    desk = new_desk(tmp_path_factory.mktemp("sample") / "client")
    shutil.copy(folder / "client.yml", desk.root / "client.yml")
    for path in folder.iterdir():
        if path.suffix in (".csv", ".xlsx"):
            shutil.copy(path, desk.root / "inbox" / path.name)
    desk.truth = (folder / "TRUTH.md").read_text("utf-8")
    desk.result = desk.run()
    return desk


def figure(sample, name: str) -> float:
    return float(re.search(rf"^\| {re.escape(name)} \| ([\d.]+)%? \|", sample.truth, re.M).group(1))


def test_nothing_is_asked(sample):
    assert sample.result.questions == []


def test_rows_of_every_file_are_as_the_truths_say(sample):
    found = re.findall(r"^\| `([\w.-]+)` \| (\d+) \| (\d+) \| (\d+) \|(.*)\|$", sample.truth, re.M)
    assert len(found) >= 8
    for file, rows, merged, refused, reasons in found:
        entry = sample.entry(file)
        assert (entry["rows_in"], entry["rows_merged"], entry["rows_quarantined"]) == (int(rows), int(merged), int(refused)), file
        assert entry["reasons"] == {name: int(n) for name, n in re.findall(r"(\w+) (\d+)", reasons)}, file


def test_figures_of_the_whole(sample):
    deals = sample.table("deals")
    won, lost = deals[deals["semantic"] == "won"], deals[deals["semantic"] == "lost"]
    assert (len(deals), len(won), len(lost)) == (figure(sample, "deals"), figure(sample, "won"), figure(sample, "lost"))
    assert won["amount_base"].sum() == pytest.approx(figure(sample, "amount of won deals"), abs=0.01)
    assert won["amount_base"].median() == pytest.approx(figure(sample, "median cheque of won deals"), abs=0.01)
    days = (won["won_at"] - won["created_at"]).dt.total_seconds() / 86400
    assert days.median() == pytest.approx(figure(sample, "median days from creation to winning"), abs=0.01)
    leads = sample.table("leads")["semantic"].value_counts()
    assert leads["converted"] == figure(sample, "of them became deals")
    assert leads["junk"] == figure(sample, "of them not targets")
    assert sample.table("payments")["amount"].sum() == pytest.approx(figure(sample, "payments received"), abs=0.01)
    owed = sample.table("receivables")
    assert owed["amount"].sum() == pytest.approx(figure(sample, "owed by buyers on the last day"), abs=0.01)
    assert owed["overdue_amount"].sum() == pytest.approx(figure(sample, "of it overdue"), abs=0.01)


def test_one_person_is_one_user_in_all_files(sample):
    staff = sample.entry("hr.xlsx")
    assert len(sample.table("users")) == staff["rows_kept"]
    assert staff["rows_merged"] == sample.entry("managers.xlsx")["rows_kept"]


def test_every_payment_finds_its_client_and_deal(sample):
    paid = sample.table("payments")
    assert paid["deal_id"].isin(sample.table("deals")["deal_id"]).all()


def test_levels_are_those_of_the_schema(sample):
    from audit.schema import BY_NAME

    for name in sample.result.tables:
        rows = sample.table(name)
        for column in BY_NAME[name].columns:
            if column.levels:
                assert set(rows[column.name].dropna()) <= set(column.levels), (name, column.name)


def test_the_second_run_is_the_same(sample):
    before = {path.name: path.read_bytes() for path in (sample.root / "tables").iterdir()}
    mapping = yaml.safe_load((sample.root / "mapping.yml").read_text("utf-8"))
    assert mapping["questions"] == []
    sample.run()
    assert {path.name: path.read_bytes() for path in (sample.root / "tables").iterdir()} == before
