"""What kind of file it is: signature, encoding, separator."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections import Counter
from pathlib import Path

LINE_LIMIT = 4_000_000  # bytes of one physical line; a longer one is not a table
_BINARY = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x7fELF", b"MZ\x90")
_JSON = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\]\"]|\[\s*$)")
_FREQUENT = "оеаинтсрвлкмдпу"
SEPARATORS = ";,\t|"


def kind(path: Path) -> str:
    """`excel`, `parquet`, `sqlite`, `duckdb`, `html`, `json`, `exchange`, `zip`, `gzip`, `text`, `binary` or `empty`, by the first bytes and never by the name."""
    with open(path, "rb") as file:
        head = file.read(65536)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return "empty" if not head.strip(b" \t\r\n\xef\xbb\xbf") else "binary"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "excel" if _office(path, head) else "zip"
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    if head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return "excel"
    if head[:4] == b"PAR1":
        return "parquet"
    if head[:16] == b"SQLite format 3\x00":
        return "sqlite"
    if head[8:12] == b"DUCK":
        return "duckdb"
    if head.startswith(_BINARY):
        return "binary"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        return "json" if _JSON.match(head.decode("utf-16", "ignore")) else "text"
    plain = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if plain.startswith(b"1CClientBankExchange"):
        return "exchange"
    if _JSON.match(plain[:4096].decode("latin-1")):
        return "json"
    lower = head[:4096].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if lower.startswith((b"<!doctype html", b"<html", b"<meta", b"<table", b"<head")) and b"<t" in head.lower():
        return "html"
    return "binary" if _looks_binary(head) else "text"


def _office(path: Path, head: bytes) -> bool:
    """Whether a zip is a workbook or another office document, and no archive of files."""
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return b"[Content_Types].xml" in head or b"xl/" in head or len(head) < 100  # a damaged one, by its first part
    return "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= set(names)


def _looks_binary(head: bytes) -> bool:
    if _wide(head):
        return False
    control = sum(byte < 32 and byte not in (9, 10, 11, 12, 13, 26, 27) for byte in head)
    return control > len(head) * 0.02


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: zero bytes fall on one parity."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) * 0.15 and min(even, odd) < max(even, odd) * 0.1:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def encoding(path: Path) -> str:
    """The encoding: by mark, else strict UTF-8, else the Cyrillic or Western page whose letters look like words."""
    with open(path, "rb") as file:
        head = file.read(262_144)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
            return "utf-32"
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
        if b"\x00" in head and (wide := _wide(head)):
            return wide
        decoder = codecs.getincrementaldecoder("utf-8")()
        chunk = head
        try:
            while chunk:
                decoder.decode(chunk)
                chunk = file.read(1_048_576)
            decoder.decode(b"", final=True)
            return "utf-8"
        except UnicodeDecodeError:
            pass
        sample = _high(head) or _high(chunk) or head
    return likely(sample)


def likely(sample: bytes) -> str:
    """The encoding of bytes that are not wholly UTF-8: that with some damage, else the page whose letters look like words."""
    if _mostly_utf8(sample):
        return "utf-8"
    return max(("cp1251", "cp866", "koi8-r", "cp1252"), key=lambda name: _plausible(sample.decode(name, "replace")))


def _high(chunk: bytes) -> bytes:
    """The lines of `chunk` that have bytes above ASCII."""
    return b"\n".join(line for line in chunk.split(b"\n") if not line.isascii())[:32_768]


def _mostly_utf8(sample: bytes) -> bool:
    """A UTF-8 text with a few damaged places."""
    text = sample.decode("utf-8", "replace")
    broken, fine = text.count("\ufffd"), sum(ord(char) > 127 for char in text)
    return fine - broken > 20 and broken < (fine - broken) * 0.05


def _plausible(text: str) -> float:
    """How much `text` looks like Russian, Bulgarian or Western words; higher is better."""
    score = 0.0
    for word in re.findall(r"[^\W\d_]+", text)[:4000]:
        cyrillic = sum("\u0400" <= char <= "\u04ff" for char in word)
        if cyrillic == len(word):
            inside = word[1:]
            score += sum(char in _FREQUENT for char in word.lower()) - 0.25 * len(word)
            score += 0.5 * (inside == inside.lower() or word.isupper()) - 1.5 * (inside != inside.lower() and not word.isupper())
        elif cyrillic:
            score -= 1.0
        elif any(ord(char) > 127 for char in word):
            western = word[1:] == word[1:].lower() and any(char.isascii() for char in word)
            score += 0.3 if western else -0.5
    return score - 2.0 * sum(char in "\ufffd" or "\u2500" <= char <= "\u25ff" or "\x80" <= char <= "\x9f" for char in text)


def separator(text: str) -> str:
    """The separator of `text` (its first lines): the one that gives most records the same number of cells."""
    best, best_score = ",", -1.0
    for candidate in SEPARATORS:
        if candidate not in text:
            continue
        try:
            rows = [row for row, _ in zip(csv.reader(io.StringIO(text), delimiter=candidate), range(200), strict=False) if any(row)]
        except csv.Error:
            continue
        if not rows:
            continue
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if widths:
            width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
            score = count / len(rows) * (1 + min(width, 12) / 12)
            if score > best_score:
                best, best_score = candidate, score
    return best
