"""Word documents and PDF → their text, paragraphs apart by empty lines."""

from __future__ import annotations

import logging
import re
import zipfile
import zlib
from pathlib import Path

from audit.intake.read.packed import PART, RATIO, WHOLE
from audit.knowledge.cases.said import Refused

PAGES = 2_000
LETTERS = 20_000_000  # of one document


def word_text(path: Path) -> str:
    """The paragraphs of a docx, and its tables a row a line, in their order. Refused when it is damaged, no document or unpacks without end."""
    import docx
    from docx.table import Table

    _bounded(path)
    try:
        document = docx.Document(str(path))
        said = [_rows(block) if isinstance(block, Table) else block.text for block in document.iter_inner_content()]
    except Exception as why:  # a damaged package shows in any way, from its zip to its last element
        raise Refused("damaged") from why
    return "\n\n".join(said)


def _rows(table) -> str:
    """A table, a row a line, cells apart by a bar; a merged cell stands once."""
    lines = []
    for row in table.rows:
        cells = list(dict.fromkeys((cell._tc, " ".join(cell.text.split())) for cell in row.cells))
        lines.append(" | ".join(text for _, text in cells if text))
    return "\n".join(line for line in lines if line)


def _bounded(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError) as why:
        raise Refused("damaged") from why
    if sum(part.file_size for part in parts) > WHOLE or any(part.file_size > max(PART, RATIO * part.compress_size) for part in parts):
        raise Refused("inflated")
    if "word/document.xml" not in {part.filename for part in parts}:
        raise Refused("unknown_format")


def pdf_text(path: Path) -> str:
    """The text of a PDF, pages apart. Refused when it is damaged, locked, or a scan without text."""
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong inside a file is told by its reason
    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("locked")
        if len(reader.pages) > PAGES:
            raise Refused("too_long")
        pages: list[str] = []
        for page in reader.pages:
            pages.append(page.extract_text() or "")
            if sum(map(len, pages)) > LETTERS:
                raise Refused("too_long")
    except Refused:
        raise
    except Exception as why:  # whatever stands in a damaged file, from a wrong number to an endless reference
        raise Refused("damaged") from why
    text = "\n\n".join(pages)
    if not re.search(r"\w", text):
        raise Refused("scan_without_text")
    return text
