"""Only words before the decision count, and for all deals within the same time or number of turns; what is dropped is counted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from audit.knowledge.effects.load import Cases


class Landmark(NamedTuple):
    """The same for every deal: so many days from its start, or so many turns of a text; None where none was set."""

    days: float | None = None
    turns: float | None = None

    @property
    def set(self) -> bool:
        """Whether there is one."""
        return self.days is not None or self.turns is not None


class Heard(NamedTuple):
    """`words` that count; `late` and `beyond`: words a technique said after the decision and after the landmark; `said`: words a technique in all;
    `open`: for each case whether it begins in time and its deal was not over before the landmark."""

    words: pd.DataFrame
    said: pd.Series
    late: pd.Series
    beyond: pd.Series
    open: np.ndarray


def heard(words: pd.DataFrame, cases: Cases, landmark: Landmark) -> Heard:
    """Words after the decision of their deal are left out first, then those after the landmark, then deals and texts that end before it."""
    used = words["used"]
    late = (words["at"] > words["deal"].map(cases.deals["decided_at"])).to_numpy()
    begun = (cases.frame["at"] > cases.frame["deal"].map(cases.deals["decided_at"])).to_numpy()
    beyond, over = np.zeros(len(words), bool), np.zeros(len(cases.deals), bool)
    if landmark.days is not None:
        limit = pd.Timedelta(days=landmark.days)
        start = cases.deals["started_at"]
        beyond |= (words["at"] > words["deal"].map(start) + limit).to_numpy()
        begun |= (cases.frame["at"] > cases.frame["deal"].map(start) + limit).to_numpy()
        over |= (cases.deals["decided_at"] < start + limit).to_numpy()
    if landmark.turns is not None:
        beyond |= (words["turn"] > landmark.turns).to_numpy()
        short = cases.frame["turns"] < landmark.turns
        over[np.unique(cases.frame["deal"][short])] = True
    beyond &= ~late
    kept = ~late & ~beyond & ~over[words["deal"].to_numpy()]

    def count(rows: np.ndarray) -> pd.Series:
        return words["technique"][rows].value_counts()

    return Heard(words[kept], count(used.to_numpy()), count((late & used).to_numpy()), count((beyond & used).to_numpy()),
                 ~begun & ~over[cases.frame["deal"].to_numpy()])
