"""How clearly planted slices could be seen at best: by who knows the true model of everything else, and by who knows only where to look."""

from __future__ import annotations

import numpy as np
import pandas as pd
from worlds import World, planted

from audit.zones.base import from_frame
from audit.zones.measures import BY_ID
from audit.zones.search import Search

Slice = tuple[str, tuple[tuple[str, str], ...]]


def known(frame: pd.DataFrame, world: World) -> dict[Slice, float]:
    """Of each planted slice the z of its score test when the true chance or cheque of every deal without it is known (< 0 is worse)."""
    truth, found = frame.attrs["truth"], {}
    won = (frame["semantic"] == "won").to_numpy()
    ended = won | (frame["semantic"] == "lost").to_numpy()
    for metric, where in planted(world):
        inside = _inside(frame, where)
        if metric == "win_rate":
            inside &= ended
            chance = np.clip(truth["chance"] - truth["parts"][where], 0.01, 0.99)[inside]
            found[metric, where] = float((won[inside] - chance).sum() / np.sqrt((chance * (1 - chance)).sum()))
        else:
            inside &= won
            left = np.log(frame["amount"].to_numpy()[inside]) - truth["level"][inside] + np.log(0.8)
            found[metric, where] = float(left.sum() / world.check_sd / np.sqrt(len(left)))
    return found


def told(frame: pd.DataFrame, world: World) -> dict[Slice, float]:
    """Of each planted slice its z when everything else has to be estimated, but all planted slices are told and nothing else is looked for."""
    found = {}
    base = from_frame(frame)
    for metric in ("win_rate", "avg_check"):
        search = Search(BY_ID[metric], base)
        search.start()
        slices = [where for name, where in planted(world) if name == metric]
        model, names = search.model, [item.name for item in base.factors]
        places = [tuple((names.index(name), base.factors[names.index(name)].labels.index(label)) for name, label in where) for where in slices]
        model.zones = [np.logical_and.reduce([search.cells.codes[at] == level for at, level in place]) for place in places]
        model.dropped = {place[0] for place in places if len(place) == 1}
        model.fit()
        use, effects = model.live(), model.solve()
        covariance = np.linalg.inv(model.gram[np.ix_(use, use)] + np.diag(model.penalty()[use]))
        last = len(slices)
        found |= {(metric, where): float(effect / error) for where, effect, error in
                  zip(slices, effects[-last:], np.sqrt(np.diag(covariance))[-last:], strict=True)}
    return found


def _inside(frame: pd.DataFrame, where: tuple[tuple[str, str], ...]) -> np.ndarray:
    return np.logical_and.reduce([frame[name] == label for name, label in where])
