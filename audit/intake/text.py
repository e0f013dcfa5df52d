"""Normal forms of headers and values, and the words of exports."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib.resources import files

import yaml

_SPACES = re.compile(r"[\s\u00a0\u2007\u202f\u200b\ufeff]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SUFFIX = re.compile(r"__(\d+)$")


@lru_cache(maxsize=100_000)
def norm(text: object) -> str:
    """The form in which headers and words are compared.

    >>> norm(" *Бюджет\\u00a0 "), norm("Счёт"), norm("deal_id"), norm("Источник__2")
    ('бюджет', 'счет', 'deal id', 'источник__2')
    """
    raw = str(text)
    tail = _SUFFIX.search(raw)
    if tail:
        raw = raw[: tail.start()]
    plain = _SPACES.sub(" ", raw.replace("*", "").replace("_", " ")).strip().lower().replace("ё", "е")
    return plain + (tail.group() if tail else "")


@lru_cache(maxsize=100_000)
def spaced(text: object) -> str:
    """The normal form of a header written in camel case, as interfaces of programs write them.

    >>> spaced("CloseDate"), spaced("CreatedById"), spaced("assignedById"), spaced("Close Date")
    ('close date', 'created by id', 'assigned by id', 'close date')
    """
    return norm(_CAMEL.sub(" ", str(text)))


def name_key(text: object) -> str:
    """The form in which names of people and companies are compared: no quotes, one kind of dash.

    >>> name_key('ООО «Ромашка»') == name_key('ооо "Ромашка" ')
    True
    """
    plain = norm(text)
    plain = re.sub(r"[\"'«»“”„`‘’]", "", plain)
    return _SPACES.sub(" ", re.sub(r"[‐‑–—]", "-", plain)).strip()


# every pattern of these stays within a line, a name a line
_LINE_SPACES = re.compile(r"(?:[^\S\n ]|[\u200b\ufeff])[^\S\n\u200b\ufeff]*| {2,}")
_LINE_ENDS = re.compile(r"(?m)^ +| +$")
_BLANKS = "\t\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
# what a name is compared without: quotes go, dashes are one; a replacement of what is not there costs next to nothing
_PLAIN = {**dict.fromkeys("\"'«»“”„`‘’", ""), **dict.fromkeys("‐‑–—", "-")}


def name_keys(names: Sequence[str]) -> list[str]:
    """`name_key` of every name, in order, found in one pass over all of them."""
    return together(names, lambda text: folded_lines(text).split("\n"), name_key)


def together(names: Sequence[str], change: Callable[[str], list[str]], alone: Callable[[str], str]) -> list[str]:
    """`change` applied to all names as one text, a name a line; names of several lines or with a number of repetition go `alone`."""
    odd = {place: name for place, name in enumerate(names) if "\n" in name or "__" in name}
    if not names:
        return []
    found = change("\n".join("" if place in odd else name for place, name in enumerate(names)) if odd else "\n".join(names))
    for place, name in odd.items():
        found[place] = alone(name)
    return found


def folded_lines(text: str) -> str:
    """`name_key` of every line of a text."""
    text = _single_spaces(text.replace("*", "").replace("_", " ")).lower().replace("ё", "е")
    for mark, plain in _PLAIN.items():
        text = text.replace(mark, plain)
    return _single_spaces(text)


def _single_spaces(text: str) -> str:
    """Every line of a text with single spaces inside and none at its ends."""
    while "  " in text or any(blank in text for blank in _BLANKS):
        text = _LINE_SPACES.sub(" ", text)
    ragged = text.startswith(" ") or text.endswith(" ") or "\n " in text or " \n" in text
    return _LINE_ENDS.sub("", text) if ragged else text


def load_yaml(text: str):
    """A YAML document by the safe loader, the compiled one where there is one."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def lexicon() -> dict:
    """The words of `lexicon.yml`, lists as written."""
    return load_yaml(files("audit.intake").joinpath("lexicon.yml").read_text(encoding="utf-8"))


@cache
def words(name: str) -> frozenset[str]:
    """One plain list of the lexicon, normalised."""
    return frozenset(norm(word) for word in lexicon()[name])


@cache
def meanings(name: str) -> dict[str, str]:
    """One `meaning: [words]` part of the lexicon as normalised word → meaning; `levels.x.y` goes inside."""
    node = lexicon()
    node = node["levels"].get(name.removeprefix("levels."), {}) if name.startswith("levels.") else node[name]
    return {norm(word): str(meaning) for meaning, group in node.items() for word in [meaning, *group]}


def flatten(name: str) -> str:
    """A name as a file name: no folders, no characters that systems refuse, never hidden.

    >>> flatten("../../etc/passwd"), flatten('a<b>:c.csv'), flatten("...")
    ('passwd', 'a_b__c.csv', 'file')
    """
    last = re.split(r"[\\/]", str(name))[-1]
    safe = re.sub(r"[<>:\"|?*\x00-\x1f\x7f]", "_", last).strip(" .")
    return safe[-150:] or "file"
