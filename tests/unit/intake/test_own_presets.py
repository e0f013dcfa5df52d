"""A client's own presets: they extend and override the shipped ones for this client only; mistakes are told with file, key and line."""

import pytest

from audit.errors import UsageError
from audit.intake.presets.own import catalogue, copy, listed
from audit.intake.shapes import shapes

OWN = """name: shop
priority: 20
shapes:
  shop_deals:
    table: deals
    require: [[чек], [касса]]
    columns:
      deal_id: [чек]
      created_at: [пробит]
      amount: [к оплате]
      stage_id: [касса]
    stages: [очередь, won]
"""
SHOP = "чек,пробит,к оплате,касса\n1,2025-01-02,100,won\n2,2025-01-03,50,очередь\n"


def own(desk, text: str, name: str = "shop.yml") -> None:
    (desk.root / "presets").mkdir(exist_ok=True)
    (desk.root / "presets" / name).write_text(text, "utf-8")


def test_a_file_no_shipped_preset_knows(desk):
    desk.put("shop.csv", SHOP)
    assert desk.fails().code == 11  # nothing shipped knows it
    (desk.root / "mapping.yml").unlink()
    own(desk, OWN)
    desk.run()
    assert desk.entry("shop.csv")["preset"] == "shop_deals"
    assert desk.table("deals")["amount"].tolist() == [100, 50]


def test_two_clients_do_not_see_each_other(desk, new_desk, tmp_path):
    other = new_desk(tmp_path / "other")
    for one in (desk, other):
        one.put("shop.csv", SHOP)
    own(desk, OWN)
    desk.run()
    assert other.fails().code == 11
    assert "shop_deals" not in shapes()


def test_a_copy_wins_over_the_shipped_one_it_came_from(desk):
    path = copy("deals_plain", desk.root / "presets")
    assert path.name == "plain.yml"
    path.write_text(path.read_text("utf-8").replace("margin: [margin,", "margin: [наценка, margin,"), "utf-8")
    desk.put("deals.csv", "id,created,won,amount,наценка\n1,2025-01-02,1,5,2\n")
    desk.run()
    assert desk.table("deals")["margin"].tolist() == [2]


def test_a_copy_is_never_overwritten_and_unknown_names_tell_the_nearest(desk):
    folder = desk.root / "presets"
    copy("bitrix24", folder)
    with pytest.raises(UsageError, match="bitrix24"):
        copy("bitrix24", folder)
    with pytest.raises(UsageError, match="amocrm"):
        copy("amocmr", folder)


def test_every_shipped_preset_can_be_copied_and_read_back(tmp_path):
    for name in listed():
        copy(name, tmp_path)
    found = catalogue(tmp_path)
    assert set(found.shapes) == set(shapes())
    assert all(shape.own for shape in found.shapes.values())


@pytest.mark.parametrize(("text", "line", "said"), [
    ("name: x\nshapes: {", 3, "shop.yml"),
    ("name: x\n", 1, "shapes"),
    (OWN.replace("stages:", "stagse:"), 12, "stages"),
    (OWN.replace("table: deals", "table: dealz"), 5, "deals"),
    (OWN.replace("table: deals", "table: plans"), 8, "deal_id"),
    (OWN.replace("    require: [[чек], [касса]]\n", ""), 4, "require"),
    (OWN.replace("priority: 20", "priority: high"), 2, "whole number"),
    (OWN.replace("[[чек], [касса]]", "чек"), 6, "list"),
    (OWN.replace("stages: [очередь, won]", "optional: 5"), 4, "TypeError"),
    (OWN + "  shop_deals: {}\n", 13, "twice"),
])
def test_a_broken_file_is_told_with_its_line(desk, text, line, said):
    desk.put("shop.csv", SHOP)
    own(desk, text)
    error = desk.fails()
    assert error.code == 2
    told = error.told("en")
    assert f"shop.yml, line {line}\n" in told
    assert said in told
    assert "Traceback" not in told
