"""Chance of winning by a day from the stage and age of an open deal: Aalen–Johansen over the age of deals.

Deals move between stages until they are won or lost. Age is cut into bins; in each bin every move has a constant rate,
estimated by moves ÷ days at risk, so that deals still open and deals first seen late count for the days they were seen.
Aalen & Johansen (1978), Scand. J. Statist. 5:141–150; for piecewise constant rates Andersen & Keiding (2002), Stat. Methods Med. Res. 11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from audit.stats.markov import transitions

EDGES = np.concatenate([[0.0, 1.0], np.arange(7.0, 365.0, 7.0), [np.inf]])  # days; the first hours are a bin of their own
BINS = len(EDGES) - 1
_POOL = 0.5  # of a move: the worth of the stage's rates at all ages that every age has besides its own
_NEIGHBOURS = (0.5, 0.25)  # weights of the weeks around


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays in a stage by cell: stage, where it ended (−1: not yet), bins of age at entry and leaving, number, Σ of both ages."""

    stage: np.ndarray
    to: np.ndarray
    enter_bin: np.ndarray
    leave_bin: np.ndarray
    n: np.ndarray
    enter: np.ndarray
    leave: np.ndarray


@dataclass(frozen=True, slots=True)
class Counts:
    """What stays come to: `moves` (stage, to, bin of age), where `to` counts the stages, then won, then lost; of groups of deals the `seen`
    moves (group, stage, to) and `days` at risk (group, stage, bin)."""

    moves: np.ndarray
    seen: np.ndarray
    days: np.ndarray

    def flat(self) -> Counts:
        """The same as if every deal stood in one stage, from which it is won or lost."""
        moves, seen = (np.concatenate([np.zeros_like(ends[:1]), ends])[None] for ends in (self.moves[:, -2:].sum(axis=0), self.seen[:, :, -2:].sum(axis=1).T))
        return Counts(moves, seen.transpose(2, 0, 1), self.days.sum(axis=1, keepdims=True))


def counted(stays: Stays, stages: int, group: np.ndarray | None = None, groups: int = 1) -> Counts:
    """Moves and days at risk, by group where one is given."""
    of = np.zeros_like(stays.stage) if group is None else group
    moves, seen, done = np.zeros((stages, stages + 2, BINS)), np.zeros((groups, stages, stages + 2)), stays.to >= 0
    stage, to, n = stays.stage[done], stays.to[done], stays.n[done]
    np.add.at(moves, (stage, to, stays.leave_bin[done]), n)
    np.add.at(seen, (of[done], stage, to), n)
    days = at_risk(replace(stays, stage=of * stages + stays.stage), groups * stages)
    return Counts(moves, seen, days.reshape(groups, stages, BINS))


def at_risk(stays: Stays, stages: int) -> np.ndarray:
    """Days at risk of every stage in every bin of age: the whole of the bins between, the part of the first and last."""
    width = np.append(np.diff(EDGES[:-1]), 0.0)
    days, between = np.zeros((stages, BINS)), np.zeros((stages, BINS + 1))
    stage, first, last = stays.stage, stays.enter_bin, stays.leave_bin
    same = first == last
    np.add.at(days, (stage[same], first[same]), np.maximum(stays.leave - stays.enter, 0.0)[same])
    far = ~same
    np.add.at(days, (stage[far], first[far]), np.maximum(stays.n * EDGES[first + 1] - stays.enter, 0.0)[far])
    np.add.at(days, (stage[far], last[far]), np.maximum(stays.leave - stays.n * EDGES[last], 0.0)[far])
    np.add.at(between, (stage[far], first[far] + 1), stays.n[far])
    np.add.at(between, (stage[far], last[far]), -stays.n[far])
    return days + np.cumsum(between, axis=1)[:, :BINS] * width


def rates(counts: Counts) -> np.ndarray:
    """Daily rates of every move over all groups: (bin, from, to)."""
    moves, days = counts.moves, counts.days.sum(axis=0)
    pooled = moves.sum(axis=2) / np.maximum(days.sum(axis=1), 1e-6)[:, None]
    share = _POOL / np.maximum(pooled.sum(axis=1), 1e-9)  # days in which a stage has that many moves
    moves, days = _near(moves), _near(days)
    return ((moves + (pooled * share[:, None])[:, :, None]) / (days + share[:, None])[:, None, :]).transpose(2, 0, 1)


def _near(counts: np.ndarray) -> np.ndarray:
    """Counts of every age with those of neighbouring weeks added; the first hours and the open end stand alone."""
    found = counts.copy()
    weeks = counts[..., 1:-1]
    for step, weight in enumerate(_NEIGHBOURS, start=1):
        found[..., 1 + step : -1] += weight * weeks[..., :-step]
        found[..., 1 : -1 - step] += weight * weeks[..., step:]
    return found


def _generators(rate: np.ndarray) -> np.ndarray:
    """Square rate matrices of every bin, won and lost being final."""
    bins, stages, ends = rate.shape
    q = np.zeros((bins, ends, ends))
    q[:, :stages, :] = rate
    at = np.arange(stages)
    q[:, at, at] = 0.0
    q[:, at, at] = -q[:, :stages, :].sum(axis=2)
    return q


def win_chances(rate: np.ndarray, days: float) -> np.ndarray:
    """P(won within `days`) of a deal standing in a stage (row) at the middle of a bin of age (column)."""
    q, stages = _generators(rate), rate.shape[1]
    walks = [_walk(first, days) for first in range(BINS)]
    steps = sorted({step for walk in walks for step in walk})
    moved = dict(zip(steps, transitions(_times(q, steps)), strict=True))
    found = np.zeros((stages, BINS))
    for first, walk in enumerate(walks):
        now = np.eye(stages + 2)
        for step in walk:
            now = now @ moved[step]
        found[:, first] = now[:stages, stages]
    return found


def _walk(first: int, days: float) -> list[tuple[int, float]]:
    """(bin of age, days in it) of a deal that is in the middle of bin `first` and has `days` to go."""
    width = np.append(np.diff(EDGES[:-1]), np.inf)
    found, left, at, span = [], days, first, float(width[first]) / 2
    while left > 1e-9:
        found.append((at, min(left, span)))
        left -= min(left, span)
        at = min(at + 1, BINS - 1)
        span = float(width[at])
    return found


def _times(q: np.ndarray, steps: list[tuple[int, float]]) -> np.ndarray:
    """The rates of each step's bin times its days."""
    return q[[at for at, _ in steps]] * np.array([step for _, step in steps])[:, None, None]


def arrival_chance(rate: np.ndarray, days: float, points: int = 8) -> float:
    """Mean P(won by the end) of a deal that arrives at any time of the coming `days`; `rate` as of one stage (`Counts.flat`)."""
    marks = np.sort((np.arange(points) + 0.5) / points * days)
    age, at, steps, ends = 0.0, 0, [], []
    for mark in marks:
        while age < mark - 1e-9:
            step = min(mark, EDGES[at + 1]) - age
            steps.append((at, float(step)))
            age += step
            if age >= EDGES[at + 1] - 1e-9:
                at += 1
        ends.append(len(steps))
    now, chances = np.eye(3), [0.0]
    for moved in transitions(_times(_generators(rate), steps)):
        now = now @ moved
        chances.append(now[0, 1])
    return float(np.mean([chances[end] for end in ends]))
