"""Who may own a change, and how sellers are called in a book that leaves the laptop."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from copy import copy
from typing import Any

from audit.plan.columns import plain
from audit.words import Words
from audit.workspace import Workspace, read_json
from audit.zones.dimensions import kind_of

SELLERS = ("owner", "owner_id", "seller", "user")  # dimensions whose levels are people
GROUPS = ("team", "department", "unit", "отдел", "команда", "группа", "екип")  # of people, not people
_UNSEEN = "•••"


class People:
    """Real name → name shown, as client.yml's `privacy` wants it; the same as in the report, whose pseudonyms it reads."""

    def __init__(self, workspace: Workspace, words: Words):
        self.privacy = workspace.client.privacy
        self.active = _active(workspace)
        file = workspace.root / ".audit" / "pseudonyms.json"
        self._numbers: Mapping[str, Any] = read_json(file) if self.privacy == "pseudonyms" and file.is_file() else {}
        self._words = words

    def speaking(self, words: Words) -> People:
        """The same in another language."""
        other = copy(self)
        other._words = words
        return other

    def shown(self, name: str) -> str:
        """How a person is called in the book."""
        if self.privacy == "names" or not name:
            return name
        if self.privacy == "initials":
            return "\u00a0".join(f"{word[0]}." for word in re.findall(r"[^\W\d_]+", name)[:3]) or "?"
        return self._words("report.pseudonym").format(number=self._numbers[name]) if name in self._numbers else _UNSEEN

    def real(self, shown: str) -> str:
        """The person whom a name in the book means; a name that nobody bears, or several, is taken as it stands."""
        meant = [name for name in self.active if plain(self.shown(name)) == shown] if shown != _UNSEEN else []
        return meant[0] if len(meant) == 1 else shown

    def label(self, dimension: str, label: str) -> str:
        """A level of a slice as it may be shown."""
        return self.shown(label) if dimension.casefold() in SELLERS or (kind_of(dimension) == "people" and dimension.casefold() not in GROUPS) else label

    def id(self, action: str) -> str:
        """The id of a change as it may be shown: one that tells a name is shortened to its digest."""
        return action if self.privacy == "names" or action.startswith("change-own-") else f"change-{hashlib.sha256(action.encode()).hexdigest()[:10]}"


def _active(workspace: Workspace) -> tuple[str, ...]:
    """Names of sellers and heads who work here, heads first; none where no table tells of them."""
    import pyarrow.parquet as pq

    file = workspace.tables / "users.parquet"
    if not file.is_file():
        return ()
    have = [name for name in ("name", "is_manager", "is_system", "left_at") if name in pq.read_schema(file).names]
    rows = pq.read_table(file, columns=have).to_pylist() if "name" in have else []
    here = {row["name"]: not row.get("is_manager") for row in rows if row["name"] and not row.get("is_system") and not row.get("left_at")}
    return tuple(sorted(here, key=lambda name: (here[name], name)))
