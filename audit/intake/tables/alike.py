"""Which known people a name may mean: proposals for a person to accept, never a merge."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from audit.intake.text import name_key

LIKE = 85  # token-sort likeness, 0…100


@lru_cache(maxsize=50_000)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name, sorted; initials without points.

    >>> name_words("Иванов А.П."), name_words("Александр Иванов")
    (('а', 'иванов', 'п'), ('александр', 'иванов'))
    """
    return tuple(sorted(word for word in re.split(r"[\s.,]+", name_key(name)) if word))


def is_short_for(short: str, full: str) -> bool:
    """Whether `short` is `full` with initials for names: a whole surname, and every other word the beginning of another word.

    >>> is_short_for("Иванов А.", "Иванов Александр"), is_short_for("Иванов П.", "Иванов Александр"), is_short_for("А.", "Иванов Александр")
    (True, False, False)
    """
    left = list(name_words(full))
    letters = []
    for word in name_words(short):
        if len(word) > 1:
            if word not in left:
                return False
            left.remove(word)
        else:
            letters.append(word)
    if len(left) == len(name_words(full)) or not letters:
        return False
    for letter in letters:
        found = next((word for word in left if word.startswith(letter)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def is_part_of(short: str, full: str) -> bool:
    """Whether `short` is `full` without a patronymic or a second name: two whole words or more, all of them in `full`.

    >>> is_part_of("Александр Иванов", "Иванов Александр Сергеевич"), is_part_of("Иванов", "Иванов Александр Сергеевич")
    (True, False)
    """
    words = [word for word in name_words(short) if len(word) > 1]
    return len(words) >= 2 and len(words) == len(name_words(short)) and set(words) < set(name_words(full))


def full_names(short: str, known: Iterable[str]) -> list[str]:
    """The longer ones of `known` that a name with initials or without its patronymic may stand for.

    >>> full_names("Иванова О.", ["Иванова Ольга", "Иванова Мария", "Иванова О."])
    ['Иванова Ольга']
    """
    return sorted({other for other in known if name_words(other) != name_words(short) and (is_short_for(short, other) or is_part_of(short, other))})


def candidates(name: str, known: list[str]) -> tuple[list[str], bool]:
    """(known people whom `name` may mean, whether the first may be proposed as the answer).

    Same words in another order, then a name without its patronymic, then initials, then a bare word of a longer name, then likeness.
    Several that fit alike are never proposed.
    """
    from rapidfuzz import fuzz, process

    words = name_words(name)
    tests = (
        lambda other: name_words(other) == words,
        lambda other: is_part_of(name, other) or is_part_of(other, name),
        lambda other: is_short_for(name, other) or is_short_for(other, name),
        lambda other: len(words) == 1 and words[0] in name_words(other),
    )
    for test in tests:
        found = sorted({other for other in known if test(other)})
        if found:
            return found, len(found) == 1
    if len(words) < 2 or sum(map(str.isalpha, name)) <= sum(map(str.isdigit, name)):
        return [], False
    close = process.extract(name, sorted(set(known)), scorer=fuzz.token_sort_ratio, processor=lambda text: " ".join(name_words(text)), score_cutoff=LIKE, limit=3)
    return [other for other, _, _ in close], len(close) == 1 or (len(close) > 1 and close[0][1] > close[1][1])
