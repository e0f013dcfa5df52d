"""The public face: the package is the verb, importing it is cheap, results show themselves."""

import importlib
import subprocess
import sys

GOOD = "id,created,closed,won,amount,region\n1,2025-01-02,2025-02-01,1,100,<b>A</b>\n2,31.02.2025,,0,50,B\n"


def test_the_package_is_callable(desk):
    desk.put("<b>deals.csv", GOOD)
    result = importlib.import_module("audit.intake")(desk.root)
    assert result.frame[["rows_in", "rows_kept", "rows_quarantined"]].iloc[0].tolist() == [2, 1, 1]
    assert list(result.tables) == ["deals"]
    assert result.questions == []
    assert '"rows_in": 2' in result.to_json()


def test_a_result_shows_itself_escaped(desk):
    desk.put("<b>deals.csv", GOOD)
    result = desk.run()
    assert "&lt;b&gt;deals.csv" in result._repr_html_()
    assert "<b>" not in result._repr_html_()
    axes = result.plot()
    assert [round(bar.get_width()) for bar in axes.patches] == [1, 1]
    assert axes.get_xlabel() == "rows"


def test_importing_the_room_loads_no_heavy_library():
    code = "import sys, audit.intake; print([name for name in ('pandas', 'pyarrow', 'matplotlib', 'yaml') if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
