"""What `audit pull` and `audit sources` print."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from audit.intake.live.pull import Pulled
from audit.intake.live.state import State
from audit.words import Words


def show_pulled(found: list[Pulled], words: Words) -> None:
    """One row a list."""
    rows = [(one.portal, one.list, words.number(one.new), words.number(one.rows), one.refused or words("live.state.done")) for one in found]
    _print([words(f"live.column.{name}") for name in ("source", "table", "new", "rows", "state")], rows)


def show_states(found: list[State], words: Words) -> None:
    """One row a table; without any source, what to write into client.yml."""
    if not found:
        print(words("live.none_named"))
        return
    rows = []
    for one in found:
        said = one.problem or words("live.state.copied" if one.copied else "live.state.reachable")
        rows.append((one.source, one.table or "–", "–" if one.rows is None else words.number(one.rows), said))
    _print([words(f"live.column.{name}") for name in ("source", "table", "rows", "state")], rows)


def _print(heads: list[str], rows: Sequence[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(*heads)
    for row in rows:
        table.add_row(*(escape("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in cell)) for cell in row))
    Console().print(table)


@contextmanager
def counting(quiet: bool) -> Iterator[Callable[[str, str, int], None]]:
    """A function that shows on stderr how many records of which list have come; silent when `quiet`."""
    if quiet:
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("…") as status:
        yield lambda portal, name, rows: status.update(escape(f"{portal}: {name} {rows}"))
