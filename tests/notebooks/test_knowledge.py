"""30_knowledge with plain papermill: talks in, pictures shown, techniques.json left; and a run that takes it along."""

import json
import random

import papermill
import pytest

from audit.share import share
from audit.workspace import Workspace

SAID = ("Менеджер: Давайте созвонимся в среду в 11:30.", "Менеджер: Сертификаты отправлю на почту.")


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """(workspace, executed notebook) of 120 talks that tell their outcomes themselves; there is no CRM beside them."""
    made, dice = Workspace.create(tmp_path_factory.mktemp("talks") / "client", "name: Пример\n"), random.Random(2)
    made.talks.mkdir(parents=True)
    rows = []
    for at in range(120):
        won = dice.random() < 0.5
        rows.append({"case_id": f"c{at}", "deal_id": f"d{at}", "owner": f"Продавец {at % 4}", "outcome": "won" if won else "lost", "at": f"2026-0{1 + at % 3}-15 10:00",
                     "text": SAID[dice.random() > (0.7 if won else 0.3)]})
    (made.talks / "talks.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    out = made.root / "30.ipynb"
    return made, papermill.execute_notebook(str(share("notebooks") / "30_knowledge.ipynb"), str(out), {"client": str(made.root), "as_of": "2026-06-30"}, progress_bar=False)


def test_every_picture_is_shown(executed):
    shown = {cell.source: {kind for output in cell.outputs for kind in output.get("data", {})} for cell in executed[1].cells if cell.cell_type == "code"}
    drawn = [source for source in shown if "plot(" in source]
    assert len(drawn) == 3
    assert [source for source in drawn if "image/png" not in shown[source]] == []


def test_techniques_json_is_left(executed):
    content = json.loads((executed[0].report_dir("2026-06-30") / "techniques.json").read_text(encoding="utf-8"))
    found = {one["id"]: one["status"] for one in content["techniques"]}
    assert found["next_step"] == "proven" and content["counts"]["deals"] == 120
    assert len(content["adoption"]) and content["kinds"]
