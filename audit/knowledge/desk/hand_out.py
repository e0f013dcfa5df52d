"""What leaves the laptop of the base: the handbook in its formats, every quote masked."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audit.errors import UsageError, nearest
from audit.knowledge.base import Base
from audit.knowledge.desk.judge import judge
from audit.knowledge.desk.masks import masked_all, masker_of
from audit.workspace import Workspace, made

if TYPE_CHECKING:
    from audit.privacy import Masked

FORMATS = ("html", "obsidian", "xlsx")


@dataclass(frozen=True)
class HandedOut:
    """The files written, and what masking did to all that was ever said."""

    paths: list[Path]
    masked: Masked


def hand_out(client: Workspace | str | os.PathLike, formats: list[str] | tuple[str, ...] = FORMATS, to: str | os.PathLike | None = None, *, lang: str | None = None,
             seller: Callable[[str], str] = str) -> HandedOut:
    """Write the handbook of techniques in these formats into a folder (default: handbook/ of the client), effects and statuses as of the last day of the cases.

    `seller` says how a seller is called; words of clients leave only masked. Raises UsageError for an unknown format, NothingMeasurableError for an empty base.
    """
    from audit.knowledge.handbook import export

    workspace = Workspace.open(client)
    for name in formats:
        if name not in FORMATS:
            raise UsageError("errors.unknown_name", kind="format", name=name, nearest=nearest(name, FORMATS))
    lang = lang or workspace.client.language
    judged = judge(workspace, lang=lang)
    masker = masker_of(workspace)
    folder = made(Path(to) if to else workspace.root / "handbook")
    places = {"html": folder / "handbook.html", "obsidian": folder / "vault", "xlsx": folder / "handbook.xlsx"}
    with Base.open(workspace) as base:
        paths = [export(base, places[name], name, lang, masked=masker, effects=judged.to_json(), as_of=judged.as_of, client=workspace.client.brand.name or workspace.client.name,
                        seller=seller) for name in formats]
    return HandedOut(paths, masked_all(workspace))
