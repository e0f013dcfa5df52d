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
    used, decided, start = (part.to_numpy() for part in (words["used"], cases.deals["decided_at"], cases.deals["started_at"]))
    of_word, of_case = words["deal"].to_numpy(dtype=int), cases.frame["deal"].to_numpy(dtype=int)
    at, begins = words["at"].to_numpy(), cases.frame["at"].to_numpy()
    late, begun = at > decided[of_word], begins > decided[of_case]
    beyond, over = np.zeros(len(words), bool), np.zeros(len(cases.deals), bool)
    if landmark.days is not None:
        end = start + np.timedelta64(round(landmark.days * 86_400), "s")
        beyond, begun, over = at > end[of_word], begun | (begins > end[of_case]), decided < end
    if landmark.turns is not None:
        beyond = beyond | (words["turn"] > landmark.turns).to_numpy()
        over = over | np.isin(np.arange(len(over)), of_case[(cases.frame["turns"] < landmark.turns).to_numpy()])
    beyond = beyond & ~late
    kept = ~late & ~beyond & ~over[of_word]

    def count(rows: np.ndarray) -> pd.Series:
        return words["technique"][rows].value_counts()

    return Heard(words[kept], count(used), count(late & used), count(beyond & used),
                 ~begun & ~over[of_case])
