"""Who gets deals after they are closed changes nothing of what was: the contract of every metric that speaks of sellers."""

import numpy as np
import pandas as pd
import pytest
from made import AS_OF, made
from pandas.testing import assert_frame_equal

from audit.metrics import METRICS, measure

# they speak of hands that deals went through
OF_HANDS = {"won_by_owner_now", "revenue_by_owner_now", "won_by_closer", "revenue_by_closer", "won_reassigned_share", "deals_reassigned_share"}
ASKED = [metric.id for metric in METRICS if metric.id not in OF_HANDS]


def handed_over(world):
    """Every closed deal is given to one seller a day after its closing, and every open one after the as-of day; the log tells of it."""
    deals = world["deals"].copy()
    since, ended = deals["created_at"], deals["closed_at"] + pd.Timedelta(days=1)
    later = ended.fillna(pd.Timestamp(AS_OF) + pd.Timedelta(days=3))
    first = pd.DataFrame({"deal_id": deals["deal_id"], "field": "owner_id", "changed_at": since, "owner_id": deals["owner_id"]})
    moved = first.assign(changed_at=later, owner_id="u3")
    log = pd.concat([world["field_history"], first[first["owner_id"].notna()], moved], ignore_index=True)
    return world | {"deals": deals.assign(owner_id=np.where(deals["owner_id"].notna(), "u3", deals["owner_id"])), "field_history": log}


@pytest.fixture(scope="module")
def world():
    return made()


def test_deals_handed_over_after_their_closing_stay_whose_they_were(world, made_values):
    whole = made_values.frame
    frame = measure(handed_over(world), ASKED, as_of=AS_OF).frame
    whole = whole[whole["metric"].isin(ASKED)].reset_index(drop=True)
    assert whole["by"].str.contains("owner").sum() > 1_000
    assert_frame_equal(frame, whole, check_exact=False, rtol=1e-9)


def test_deals_handed_over_are_counted_and_credited_beside(world):
    values = measure(handed_over(world), [*OF_HANDS], as_of=AS_OF, by="owner")
    now = values.rows("won_by_owner_now", "owner")
    assert set(now["group"]) <= {"Cid", "—"} and now["value"].sum() == values.get("won_by_owner_now")["value"]
    assert values.get("won_reassigned_share")["value"] > 0.5
