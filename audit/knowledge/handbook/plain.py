"""A pattern of a card in plain words: which words, how far apart, where in the sentence."""

from __future__ import annotations

from audit.words import Words

MOST = 6  # alternatives that are named


def plain_pattern(pattern: str, words: Words) -> str:
    """The pattern as a reader who does not know its signs would say it.

    >>> plain_pattern("созвониться|=созвонимся ..6 <day> $", Words("en"))
    'созвониться or “созвонимся”, then, within 6 words, a day or a month, at the end of a sentence'
    >>> plain_pattern("^ ?we offer*", Words("en"))
    'at the beginning of a sentence, perhaps we, then “offer…”'
    """
    told, gap = list[str](), 0
    for part in pattern.split():
        if part in "^$":
            told.append(words("handbook.pattern.begins" if part == "^" else "handbook.pattern.ends"))
        elif part.startswith(".."):
            gap = int(part[2:])
        else:
            told.append(_place(part, gap, bool(told) and told[-1] != words("handbook.pattern.begins"), words))
            gap = 0
    return ", ".join(told)


def _place(part: str, gap: int, later: bool, words: Words) -> str:
    """One place of the pattern: its alternatives, and how far behind the place before."""
    terms = part.removeprefix("?").split("|")
    named = [_term(term, words) for term in terms[:MOST]]
    if len(terms) > MOST:
        named.append(words("handbook.pattern.more", n=len(terms) - MOST))
    said = words("handbook.pattern.or").join(named)
    if part.startswith("?"):
        said = words("handbook.pattern.maybe", said=said)
    if not later:
        return said
    return words("handbook.pattern.within", said=said, n=gap) if gap else words("handbook.pattern.then", said=said)


def _term(term: str, words: Words) -> str:
    if term == "#":
        return words("handbook.pattern.number")
    if term.startswith("<"):
        key = f"handbook.pattern.set.{term[1:-1]}"
        return words(key) if words.has(key) else term[1:-1]
    if term.startswith("="):
        return words("handbook.pattern.just", word=term[1:])
    return words("handbook.pattern.beginning", word=term[:-1]) if term.endswith("*") else term
