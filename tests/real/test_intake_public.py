"""Public data through the intake: the figures of its page, every row accounted for, nothing asked."""

import shutil

import pandas as pd
import pytest
import yaml

from audit.intake import canonical_deals, intake

pytestmark = pytest.mark.real


@pytest.fixture
def taken(shared_data, tmp_path):
    """A function: folder of public data → (Intake, reader of its tables)."""

    def take(folder: str, currency: str = "USD"):
        root = tmp_path / folder
        (root / "inbox").mkdir(parents=True)
        (root / "client.yml").write_text(f"name: {folder}\nlanguage: en\ncurrency: {currency}\n")
        for path in (shared_data / folder).glob("*.csv"):
            shutil.copy(path, root / "inbox" / path.name)
        result = intake(root)
        for entry in result.report["files"]:
            assert entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"]
        assert result.questions == []
        return root, result, lambda name: pd.read_parquet(result.tables[name])

    return take


def test_maven_opportunities(taken):
    root, result, table = taken("maven_crm")
    deals = table("deals")
    won, lost = deals[deals["semantic"] == "won"], deals[deals["semantic"] == "lost"]
    assert deals["stage_id"].value_counts().to_dict() == {"Won": 4238, "Lost": 2473, "Engaging": 1589, "Prospecting": 500}
    assert won["amount_base"].sum() == 10_005_534
    assert len(won) / (len(won) + len(lost)) == pytest.approx(0.6315, abs=5e-5)
    assert (won["closed_at"] - won["created_at"]).dt.days.mean() == pytest.approx(51.8, abs=0.05)
    assert (lost["closed_at"] - lost["created_at"]).dt.days.mean() == pytest.approx(41.5, abs=0.05)
    assert won.groupby("owner_id")["amount"].sum()["Darcel Schlecht"] == 1_153_214
    assert deals["created_at"].isna().sum() == 500
    assert table("stages")["stage_id"].tolist() == ["Prospecting", "Engaging", "Won", "Lost"]
    assert len(table("users")) == 35
    assert len(set(table("users")["user_id"]) - set(deals["owner_id"])) == 5
    joins = {join["to"]: join for join in result.report["joins"]}
    assert (joins["products.product"]["missing"], joins["products.product"]["suggestion"]) == (1480, {"GTXPro": "GTX Pro"})
    assert (joins["clients.name"]["empty"], joins["clients.name"]["missing"]) == (1425, 0)
    assert (deals["product"] == "GTXPro").sum() == 1480
    mapping = root / "mapping.yml"
    tree = yaml.safe_load(mapping.read_text("utf-8"))
    tree["values"] = tree["suggestions"]["values"]
    mapping.write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")
    again = intake(root)
    assert "products.product" not in {join["to"] for join in again.report["joins"]}
    assert table("deals")["series"].notna().all()


def test_olist_funnel(taken):
    _, result, table = taken("olist_funnel")
    leads, deals = table("leads"), table("deals")
    assert (len(leads), len(deals)) == (8000, 842)
    converted = leads["semantic"] == "converted"
    assert converted.sum() == 842
    by_source = converted.groupby(leads["source"]).mean()
    assert by_source[["paid_search", "organic_search", "social", "email"]].round(3).tolist() == [0.123, 0.118, 0.056, 0.030]
    cycle = (deals["closed_at"].dt.normalize() - deals["created_at"]).dt.days
    assert cycle.median() == 14
    assert cycle.mean() == pytest.approx(48.4, abs=0.1)
    assert (cycle < 0).sum() == 1
    assert deals["amount"].isna().all()
    assert (deals["semantic"] == "won").all()
    entry = next(entry for entry in result.report["files"] if entry["table"] == "deals")
    assert entry["warnings"] == {"closed_before_created": 1}
    assert "cat, wolf" in set(deals["lead_behaviour_profile"])


def test_zoho(taken):
    _, result, table = taken("zoho_crm_sample")
    assert result.report["tables"] == {"activities": 4100 + 2978 + 2978, "clients": 2229, "deals": 3632, "invoices": 1300, "leads": 3900, "proposals": 2591, "spend": 110, "stages": 8, "users": 11}
    deals = table("deals")
    assert deals["created_at"].notna().all()
    assert deals["owner_id"].str.fullmatch(r"10\d\d").all()  # names became the ids of the users file
    assert set(table("stages").query("semantic == 'won'")["stage_id"]) == {"Closed Won"}
    assert deals.loc[deals["semantic"] == "open", "closed_at"].isna().all()
    assert deals.loc[deals["semantic"] == "open", "expected_close_on"].notna().all()
    unused = [entry["file"] for entry in result.report["files"] if entry["table"] is None]
    assert len(unused) == 3
    sent = table("proposals")  # 3,000 quotes, of them 409 drafts
    assert sent["reaction"].value_counts().to_dict() == {"none": 876, "accept": 866, "reject": 444, "question": 405}
    assert sent["sent_at"].notna().all()
    assert table("spend")["amount"].sum() == pytest.approx(44_209_580)
    assert all(not {"no_table", "unknown_file"} & set(entry["reasons"]) and sum(entry["reasons"].values()) == entry["rows_in"]
               for entry in result.report["files"] if entry["table"] is None)  # each says why


def test_headers_of_a_real_amocrm_export(shared_data, tmp_path):
    head = (shared_data / "headers_ru/amocrm_deal_export_header.csv").read_text("utf-8").strip()
    assert len(head.split(",")) == 76
    cells = [""] * 76
    for name, cell in {"ID": "1", "Название сделки": "Дом", "Бюджет": "100", "Ответственный": "Анна", "Дата создания сделки": "22.03.2022 13:32:57",
                       "Дата закрытия": "не закрыта", "Этап сделки": "Первичный контакт", "Воронка": "Воронка"}.items():
        cells[head.split(",").index(name)] = cell
    root = tmp_path / "amo"
    (root / "inbox").mkdir(parents=True)
    (root / "client.yml").write_text("name: amo\n")
    (root / "inbox/leads.csv").write_text(head.replace("Бюджет", "Бюджет ") + "\n" + ",".join(cells) + "\n", "utf-8")
    result = intake(root)
    assert result.report["files"][0]["preset"] == "amocrm_deals"
    deal = pd.read_parquet(result.tables["deals"]).iloc[0]
    assert (deal["deal_id"], deal["semantic"], deal["amount"], deal["owner_id"]) == ("1", "open", 100, "Анна")


def test_plain_pipeline_without_a_workspace(shared_data):
    deals, mapping = canonical_deals(shared_data / "maven_crm/sales_pipeline.csv")
    assert deals["semantic"].value_counts().to_dict() == {"won": 4238, "lost": 2473, "open": 2089}
    assert mapping["amount"] == "close_value"
    assert {"sales_agent", "product", "account"} <= set(deals.columns)
