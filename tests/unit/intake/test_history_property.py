"""Whatever a log of changes holds, the history drawn from it is in order, whole and counted."""

import itertools
import tempfile
from pathlib import Path

import pandas as pd
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

DEALS = "id,created,amount,stage,closed\n" + "".join(f"{n},2025-03-01 10:00,5,1. А,\n" for n in range(1, 5)) + "9,2025-03-01,5,Won,2025-03-14\n"
EVENT = st.tuples(st.integers(1, 4), st.sampled_from(["", "1. А", "2. Б", "3. В"]), st.sampled_from(["1. А", "2. Б", "3. В", "Won"]), st.integers(0, 40), st.sampled_from(["", "П1", "П2"]))


@example([(1, "1. А", "Won", 0, "П1"), (1, "1. А", "Won", 5, ""), (1, "3. В", "Won", 13, "П2"), (1, "1. А", "Won", 25, "П1")], False)
@given(st.lists(EVENT, min_size=1, max_size=25), st.booleans())
@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_any_log_gives_an_ordered_history(new_desk, events, twice):
    with tempfile.TemporaryDirectory() as folder:
        desk = new_desk(Path(folder) / "client")
        desk.put("deals.csv", DEALS)
        lines = [f"{unit},{before},{after},2025-03-{1 + hour // 8:02d} {8 + hour % 8:02d}:30:00,{where}" for unit, before, after, hour, where in events]
        for name in ("log.csv", "again.csv") if twice else ("log.csv",):
            desk.put(name, "Deal ID,From stage,To stage,Changed at,Pipeline\n" + "\n".join(lines) + "\n")
        desk.run()
        past = desk.table("stage_history") if (desk.root / "tables" / "stage_history.parquet").exists() else pd.DataFrame({"entity_id": []})
        for _, unit in past.groupby("entity_id", sort=False):
            assert unit["entered_at"].is_monotonic_increasing
            assert unit["left_at"].iloc[:-1].tolist() == unit["entered_at"].iloc[1:].tolist()
            assert pd.isna(unit["left_at"].iloc[-1])
            home = unit["pipeline_id"].fillna("")
            pairs = list(zip(home, unit["to_stage"], strict=True))
            assert all(one != two for one, two in itertools.pairwise(pairs))
            assert not unit["is_truncated"].iloc[1:].any()
        kept = 0
        for name in ("log.csv", "again.csv") if twice else ("log.csv",):
            entry = desk.entry(name)
            assert entry["rows_in"] == len(events) == entry["rows_kept"] + entry["rows_quarantined"]
            kept += entry["rows_kept"]
        # each record of a file that was kept is a row; besides these there are only openings at the creation
        opened = sum(one["value"] for one in desk.report["decisions"] if one["kind"] == "opening_stage")
        assert len(past) == kept + opened
        if twice:
            assert desk.entry("log.csv")["rows_kept"] == 0  # again.csv is read first
