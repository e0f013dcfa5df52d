"""Rules for every committed file: what it may name, how long it may be."""

import re
import warnings
from pathlib import Path

import pytest
import yaml

HOSTS = re.compile(r"py[p]i\.org|python[h]osted|registry\.n[p]m|deb\.d[e]bian|conda\.an[a]conda|127\.0\.0\.1:\d", re.I)
PLACES = re.compile(r"(?<![\w.*/-])/(?:ro[o]t|ho[m]e|Us[e]rs|wo[r]k|fa[r]m|t[m]p)/\w+|\b[A-Z]:\\\\?Us[e]rs\\", re.I)
NUMBERED = re.compile(r"\b(?:is[s]ue|pull request|ticket)\s*#?\d", re.I)
PROMISES = re.compile(r"\b(?:TO[D]O|FIX[M]E|X{3}|raise Not[I]mplemented\w*)\b")
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
# tests of what a report must not show name made-up people's folders
NOBODY = re.compile(r"^/ho[m]e/\w+$|^/t[m]p/\w+$|Us[e]rs")
# names set aside for examples (RFC 2606)
MADE_UP = re.compile(r"@(?:[\w-]+\.)*(?:example(?:\.\w+)?|test|invalid)$", re.I)
BINARY = {".png", ".xlsx", ".parquet", ".woff2", ".ttf", ".pdf", ".gz", ".ico", ".jpg"}
TOO_LONG, LONG = 350, 300


@pytest.fixture(scope="module")
def texts(committed) -> dict[Path, str]:
    found = {}
    for path in committed:
        if path.suffix not in BINARY:
            raw = path.read_bytes()
            try:
                found[path] = raw.decode("utf-8-sig")
            except UnicodeDecodeError:
                found[path] = raw.decode("cp1251", errors="replace")
    return found


def hits(texts: dict[Path, str], root: Path, pattern: re.Pattern, *, allowed: re.Pattern | None = None) -> list[str]:
    return [
        f"{path.relative_to(root)}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for path, text in texts.items()
        for match in pattern.finditer(text)
        if not (allowed and allowed.search(match.group()))
    ]


@pytest.mark.parametrize("pattern", [HOSTS, PLACES, NUMBERED], ids=["registry hosts", "machine paths", "issue numbers"])
def test_no_file_tells_where_it_was_made(texts, root, pattern):
    tests = {path: text for path, text in texts.items() if path.is_relative_to(root / "tests")}
    others = {path: text for path, text in texts.items() if path not in tests}
    assert hits(others, root, pattern) + hits(tests, root, pattern, allowed=NOBODY) == []


def test_no_promises_in_code(texts, root):
    code = {path: text for path, text in texts.items() if path.suffix in {".py", ".ipynb", ".sh", ".yml"}}
    assert hits(code, root, PROMISES) == []


def test_mail_addresses_are_made_up(texts, root):
    assert hits(texts, root, MAIL, allowed=MADE_UP) == []


def test_the_patterns_find_what_they_are_for():
    assert PLACES.search("see /ro" + "ot/x")
    assert not PLACES.search("../shared/data and docs/work/x")
    assert NUMBERED.search("is" + "sue 2")
    assert HOSTS.search("https://py" + "pi.org/simple")
    assert MADE_UP.search("ivan@romashka.example")
    assert not MADE_UP.search("ivan@mail" + ".ru")


def test_source_files_are_short(committed, root):
    lengths = {
        str(path.relative_to(root)): len(path.read_text("utf-8").splitlines())
        for path in committed
        if path.suffix == ".py"
    }
    for name, lines in lengths.items():
        if LONG < lines <= TOO_LONG:
            warnings.warn(f"{name} has {lines} lines: is it still one room?", stacklevel=1)
    assert {name: lines for name, lines in lengths.items() if lines > TOO_LONG} == {}


def test_a_script_starts_with_what_it_does(committed, root):
    """Shell and make have no docstring: a comment stands in its place."""
    scripts = [path for path in committed if path.suffix == ".sh" or path.name in {"Makefile", "run"}]
    assert len(scripts) >= 3
    for path in scripts:
        first = next(line for line in path.read_text("utf-8").splitlines() if not line.startswith("#!"))
        assert re.match(r"# \S.{20,}", first), f"{path.relative_to(root)} does not say what it does"


def test_settings_read_alike_with_and_without_the_compiled_parser(committed):
    """A phrase such as `won?` needs quotes in a list for the parser that every installation has."""
    compiled = getattr(yaml, "CSafeLoader", None) or pytest.skip("no compiled parser here")
    pages = {path: path.read_text("utf-8") for path in committed if path.suffix == ".yml" and "environment" not in path.name}
    assert len(pages) > 30
    for path, text in pages.items():
        assert yaml.load(text, Loader=yaml.SafeLoader) == yaml.load(text, Loader=compiled), path
