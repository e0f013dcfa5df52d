"""How sellers are called in what leaves the laptop: names, initials or pseudonyms, the same everywhere."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from audit.privacy import clean
from audit.workspace import Workspace, read_json, write_json

SELLERS = ("owner", "owner_id", "seller", "user")
CLIENTS = ("client", "client_id", "client_name", "contract", "contact", "contact_id", "tax_id", "phone", "email")
BETWEEN = " × "
EMPTY = "—"  # what VALUES calls units whose slice is not filled in
FIGURES = ("value", "low", "high", "n", "this")  # what is kept of a peer beside its label
LONGEST = 120  # letters of a label


class Names:
    """Mapping of sellers' real names to what is shown, and of client labels to nothing."""

    def __init__(self, shown: Mapping[str, str], privacy: str):
        self.shown, self.privacy = dict(shown), privacy
        ordered = sorted((name for name in self.shown if len(name) > 3), key=len, reverse=True)
        self._any = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in ordered)) if ordered else None

    @classmethod
    def of(cls, workspace: Workspace, privacy: str, sellers: Iterable[str], pseudonym: str) -> Names:
        """The mapping of one client; pseudonyms are kept in the workspace, so that a seller keeps his."""
        found = sorted({name for name in map(str, sellers) if name})
        if privacy == "names":
            return cls({name: clean(name, LONGEST) for name in found}, privacy)
        if privacy == "initials":
            return cls(_initials(found), privacy)
        file = workspace.root / ".audit" / "pseudonyms.json"
        known: dict[str, int] = read_json(file) if file.is_file() else {}
        # order by digest: alphabetical numbers would give the names away
        fresh = sorted((n for n in found if n not in known), key=lambda n: hashlib.sha256(n.encode()).digest())
        known |= {name: len(known) + at for at, name in enumerate(fresh, start=1)}
        if fresh:
            write_json(file, known)
        return cls({name: pseudonym.format(number=known[name]) for name in found}, privacy)

    def label(self, dimension: str, label: object) -> str:
        """One level of a dimension as it may be shown."""
        if label == EMPTY:
            return EMPTY
        name = dimension.casefold()
        if name in CLIENTS:
            return "•••"
        if name in SELLERS:
            return self.shown.get(str(label), clean(label, LONGEST) if self.privacy == "names" else "•••")
        return self.text(label, LONGEST)

    def group(self, by: str, group: str) -> str:
        """A group of VALUES: `a` of `owner`, or `a × b` of `owner×kind`."""
        dimensions = by.split("×") if by else []
        parts = group.split(BETWEEN) if len(dimensions) > 1 else [group]
        if len(parts) != len(dimensions):
            return "•••" if any(name.casefold() in CLIENTS for name in dimensions) else self.text(group)
        return BETWEEN.join(self.label(d, part) for d, part in zip(dimensions, parts, strict=True))

    def text(self, text: object, longest: int = 2000) -> str:
        """Free text with sellers' names replaced, cleaned."""
        plain = str(text)
        if self.privacy != "names" and self._any:
            plain = self._any.sub(lambda m: self.shown[m[0]], plain)
        return clean(plain, longest)

    def finding(self, finding: Mapping[str, Any]) -> dict[str, Any]:
        """A finding with its slice, peers and texts as they may be shown."""
        dimensions = list(finding.get("slice") or {})
        own = {d: self.label(d, label) for d, label in (finding.get("slice") or {}).items()}
        told = {key: self.deep(value) for key, value in finding.items() if key not in {"slice", "peers"}}
        return {**told, "slice": own, "peers": self._peers(finding.get("peers"), "×".join(dimensions))}

    def _peers(self, peers: Any, by: str) -> list[dict[str, Any]]:
        rows = peers if isinstance(peers, list) else []
        shown = []
        for row in rows:
            if isinstance(row, Mapping):
                name = str(row.get("group", row.get("level", row.get("label", ""))))
                label = self.label(str(row["dimension"]), name) if "dimension" in row else self.group(by, name)
                shown.append({"label": label, **{key: row[key] for key in FIGURES if key in row}})
        return shown

    def deep(self, value: Any) -> Any:
        """Every string inside `value` as it may be shown."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.deep(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.deep(inner) for inner in value]
        return value


def _initials(names: list[str]) -> dict[str, str]:
    """Initials of every name; equal ones are told apart by a number."""
    made: dict[str, str] = {}
    taken: dict[str, int] = {}
    for name in names:
        short = "\u00a0".join(f"{word[0]}." for word in re.findall(r"[^\W\d_]+", name)[:3]) or "?"
        taken[short] = taken.get(short, 0) + 1
        made[name] = short if taken[short] == 1 else f"{short}\u00a0{taken[short]}"
    return made
