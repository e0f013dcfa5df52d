"""Looks into parts of binary workbooks (xlsb, [MS-XLSB] 2.1.4): how far their cells reach, before anything holds them all."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

ROW, VALUES, SHARED_STRINGS = 0, range(2, 12), 159  # BrtRowHdr; BrtCellRk … BrtFmlaError; BrtBeginSst
# several cells of one length (BrtCellRk, BrtCellIsst; BrtCellReal) of columns below 256 at once: most of a sheet
_RUN = re.compile(rb"(?:[\x02\x07]\x0c.\x00\x00\x00.{8})++|(?:\x05\x10.\x00\x00\x00.{12})++", re.S)
_U32 = struct.Struct("<I")
_CHUNK = 4_000_000
_SEEN = 14  # bytes of a record that are looked at, at most: 2 of its kind, 4 of its length, 8 of what it says


@dataclass
class Reach:
    """The rectangle around all cells with a value of one part, and how many shared texts it claims to have."""

    first: int = 1 << 32
    last: int = -1
    width: int = 0
    claimed: int = 0

    @property
    def cells(self) -> int:
        """Cells of the rectangle; 0 when there is none."""
        return max(self.last - self.first + 1, 0) * self.width


def reach(part: IO[bytes]) -> Reach:
    """How far the records of a part reach; what comes after a damaged record is not looked at."""
    found, row = Reach(), 0
    for kind, number in _records(part):
        if kind == ROW:
            row = number
        elif kind == SHARED_STRINGS:
            found.claimed = max(found.claimed, number)
        else:
            found.first, found.last = min(found.first, row), max(found.last, row)
            found.width = max(found.width, number + 1)
    return found


def _records(part: IO[bytes]) -> Iterator[tuple[int, int]]:
    """(kind, first number) of every row, cell with a value and table of texts (of these the number of distinct ones).

    Of cells that stand together only the one farthest to the right.
    """
    page, at, more = b"", 0, True
    while more:
        piece = part.read(_CHUNK)
        more = bool(piece)
        page, at = page[at:] + (piece or bytes(_SEEN)), max(at - len(page), 0)  # a long record may end in a later piece
        while at + _SEEN <= len(page):
            if run := _RUN.match(page, at):
                yield page[at], max(page[at + 2 : run.end() : 14 if page[at + 1] == 12 else 18])
                at = run.end()
                continue
            kind, at = page[at], at + 1
            if kind > 127:
                kind, at = kind & 127 | (page[at] & 127) << 7, at + 1
            size = shift = 0
            while shift < 28:
                byte, at = page[at], at + 1
                size |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            if size >= 4 and (kind == ROW or kind in VALUES):
                yield kind, _U32.unpack_from(page, at)[0]
            elif size >= 8 and kind == SHARED_STRINGS:
                yield kind, _U32.unpack_from(page, at + 4)[0]
            at += size
