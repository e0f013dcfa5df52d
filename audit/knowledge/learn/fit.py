"""A linear support vector machine for one technique: fitted, its threshold chosen without the texts it is judged on."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from audit.knowledge.learn.features import FACTS, RULE, Block, learning

COST = 0.3
INNER = 5


class Fitted(NamedTuple):
    """What a model is: a weight a gram, the idf of each, the bias, and the decision above which a text is tagged."""

    grams: list[str]
    idf: np.ndarray
    weights: np.ndarray
    bias: float
    threshold: float


class Task(NamedTuple):
    """The labelled utterances of one technique: blocks of counts, answers and the groups that folds keep together."""

    blocks: list[Block]
    y: np.ndarray
    groups: np.ndarray
    seed: int

    @property
    def ruled(self) -> np.ndarray:
        """Where the rules hear the technique."""
        known = next(one for one in self.blocks if one.name == FACTS)
        column = np.flatnonzero(known.grams == RULE)
        return known.counts[:, column].toarray().any(axis=1) if len(column) else np.zeros(len(self.y), bool)


def folds(y: np.ndarray, groups: np.ndarray, n: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Training and held-out rows: groups stay whole, shares of yes are alike."""
    from sklearn.model_selection import StratifiedGroupKFold

    n = max(2, min(n, len(np.unique(groups[y])), len(np.unique(groups[~y]))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # fewer yes than folds: such folds hold none
        yield from StratifiedGroupKFold(n, shuffle=True, random_state=seed).split(y, y, groups)


def held_out(task: Task, n: int) -> np.ndarray:
    """Whether each utterance is tagged by a model that has seen neither it nor its group, threshold included."""
    told = np.zeros(len(task.y), bool)
    for train, test in folds(task.y, task.groups, n, task.seed):
        if task.y[train].all() or not task.y[train].any():
            continue
        matrix = learning(task.blocks, train).matrix
        machine = _machine(matrix, task, train)
        told[test] = machine.decision_function(matrix[test]) > _threshold(matrix, task, train)
    return told


def fitted(task: Task) -> Fitted:
    """The model of all labelled utterances."""
    rows = np.arange(len(task.y))
    known = learning(task.blocks, rows)
    machine = _machine(known.matrix, task, rows)
    return Fitted(known.grams, known.idf, machine.coef_.ravel(), float(machine.intercept_[0]), _threshold(known.matrix, task, rows))


def _machine(matrix: Any, task: Task, rows: np.ndarray) -> Any:
    """Fitted on `rows`; a yes counts more, the rarer it is, by the root of the odds of a no."""
    from sklearn.svm import LinearSVC

    y = task.y[rows]
    weight = float(np.sqrt((~y).sum() / y.sum()))
    return LinearSVC(C=COST, class_weight={True: weight, False: 1.0}, tol=1e-3, max_iter=5_000, random_state=task.seed).fit(matrix[rows], y)


def _threshold(matrix: Any, task: Task, rows: np.ndarray) -> float:
    """The decision that gives the best F1 on folds within `rows`."""
    decided, y = np.full(len(rows), -np.inf), task.y[rows]
    for train, test in folds(y, task.groups[rows], INNER, task.seed + 1):
        if y[train].all() or not y[train].any():
            continue
        decided[test] = _machine(matrix, task, rows[train]).decision_function(matrix[rows[test]])
    return best_threshold(decided, y)


def best_threshold(decided: np.ndarray, y: np.ndarray) -> float:
    """The middle between the two decisions where F1 of `decided > threshold` is highest.

    >>> float(best_threshold(np.array([2.0, 1.0, -1.0, -2.0]), np.array([True, True, False, False])))
    0.0
    """
    order = np.argsort(-decided, kind="stable")
    value, yes = decided[order], y[order]
    score = 2 * np.cumsum(yes) / (np.arange(1, len(yes) + 1) + yes.sum())
    cut = np.append(value[:-1] > value[1:], False) & np.isfinite(np.append(value[1:], -np.inf))
    if not cut.any():
        return 0.0
    at = int(np.argmax(np.where(cut, score, -1.0)))
    return float((value[at] + value[at + 1]) / 2)
