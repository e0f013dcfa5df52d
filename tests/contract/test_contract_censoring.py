"""Censoring: deals and leads that came in the last second of the as-of day are neither failures nor successes of anything."""

import numpy as np
import pandas as pd
from made import AS_OF, made

from audit.metrics import METRICS, measure

KEY = ["metric", "period", "period_start", "by", "group"]
LAST = pd.Timestamp(AS_OF) + pd.Timedelta(hours=23, minutes=59, seconds=59)
BORN = 60
EMPTY = {"deals": ("closed_at", "won_at", "lead_id", "loss_reason", "expected_close_on", "margin", "profit", "contract_signed_at"),
         "leads": ("closed_at", "converted_at", "deal_id", "qualified_at", "loss_reason", "assigned_at")}
SO_FAR = {"lead_conversion_ever", "direct_deals_share", "speed_early", "stage_conversion_current"}  # shares of all that came, young ones too
AHEAD = {"catchup_net_actions", "catchup_net_deals", "catchup_net_gap", "growth_driver", "growth_explained"}  # reckoned with what is in work
# times that begin with an atom at zero (reached before it was typed in, ended on the day it came): of what came this second
# nobody can say that it is in the atom, and so it counts among those at risk there
AT_ZERO = {"speed_median", "speed_p90", "contact_median", "contact_p90", "cycle_incidence", "cycle_deal_contract", "cycle_deal_first_payment",
           "cycle_deal_full_payment", "stage_days", "stage_speed", "stage_conversion_within"}


def born(table: pd.DataFrame, name: str) -> pd.DataFrame:
    new = table.head(BORN).assign(created_at=LAST, semantic="open", **{f"{name}_id": [f"new{i}" for i in range(BORN)]})
    return new.assign(**{column: pd.Series([None] * BORN, index=new.index, dtype=new[column].dtype) for column in EMPTY[f"{name}s"] if column in new})


def with_newborn(world):
    deals, leads = born(world["deals"], "deal").assign(stage_id="n"), born(world["leads"], "lead")
    history = pd.DataFrame({"entity": "deal", "entity_id": deals["deal_id"], "pipeline_id": "p", "to_stage": "n", "entered_at": LAST})
    more = {"deals": deals, "leads": leads, "stage_history": history}
    return world | {name: pd.concat([world[name], rows], ignore_index=True) for name, rows in more.items()}


def test_who_has_just_come_changes_no_cohort_and_no_closing(made_values):
    asked = [metric.id for metric in METRICS if metric.basis in ("cohort", "closing")]
    whole = made_values.frame[made_values.frame["metric"].isin(asked)]
    later = measure(with_newborn(made()), asked, as_of=AS_OF).frame
    both = whole.merge(later, on=KEY, suffixes=("", "_later"), how="left")
    both = both[(both["period"] == "all") | (both["status"] == "ok")]
    changed = both[~np.isclose(both["value"], both["value_later"], rtol=1e-9, equal_nan=True)]
    others = changed[~changed["metric"].isin(SO_FAR | AHEAD | AT_ZERO)]
    assert others.empty, others[[*KEY, "value", "value_later"]].to_string(max_rows=60)
    assert both["metric"].nunique() > 200
