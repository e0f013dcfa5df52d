"""Shapes of known files, read from presets/*.yml, and which of them a table has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from importlib.resources import files

from audit.intake.parse.periods import period_header
from audit.intake.parse.units import bare_header
from audit.intake.text import lexicon, load_yaml, norm, spaced, words

_UNIT = re.compile(r"[,(\[]\s*(?:руб|rub|сек|sec|с\b|шт|тыс|₽|\$|€|eur|usd|лв|bgn|с ндс|без ндс|in seconds|in days|дн|дней|мин).*$")
_WORD = re.compile(r"[^\W_]+")
_BESIDE_NAME = {"page", "part", "export", "api", "all", "full"}  # words of a file's name that say nothing of its kind
KNOWN_KEYS = {"table", "reference", "require", "refuse", "columns", "optional", "constants", "values", "stages", "fill", "enrich", "merge",
          "extras", "ids", "not_dimensions", "dates", "decimal", "as_of_above", "priority", "where",
          "prefixes", "drop", "scale", "id_form", "id_from", "planned_close", "split", "complements", "unused", "stand_ins", "not_dimension_starts", "stage_dates",
          "unpivot", "days", "ticks", "title", "list_of", "renames", "system",
          "blank", "prefix", "joined", "first", "zone", "listed", "open_stages", "named", "also", "again", "twins"}

NAMES_CLIENTS = {"clients", "deals", "invoices", "payments", "receivables"}  # tables in which phones and e-mails are those of clients
# ids made where a table has none
GENERATED = {"activities": "activity_id", "payments": "payment_id", "plans": "plan_id", "invoices": "invoice_id", "qa_reviews": "review_id",
             "dev_items": "item_id", "meetings": "meeting_id", "deviations": "dev_id", "kb_items": "kb_id", "technique_tags": "tag_id",
             "proposals": "proposal_id", "contacts": "contact_id"}



@dataclass(frozen=True)
class Shape:
    """One kind of file: how to know it, and which of its headers means which canonical column."""

    name: str
    table: str | None = None
    reference: str | None = None
    require: tuple[tuple[str, ...], ...] = ()
    refuse: frozenset[str] = frozenset()
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    constants: dict[str, object] = field(default_factory=dict)
    values: dict[str, dict[str, object]] = field(default_factory=dict)
    stages: tuple[str, ...] = ()
    fill: tuple[dict, ...] = ()
    enrich: tuple[dict, ...] = ()
    merge: dict | None = None
    extras: frozenset[str] | None = None  # only these further headers are kept; None = all that can be slices
    ids: frozenset[str] = frozenset()
    not_dimensions: frozenset[str] = frozenset()
    dates: str | None = None
    decimal: str | None = None
    as_of_above: bool = False
    where: dict[str, frozenset[str]] = field(default_factory=dict)  # only rows whose cell under this header is one of these are used
    stage_dates: dict[str, tuple[str, ...]] = field(default_factory=dict)  # entered, left: headers with {stage} and {pipeline}
    unpivot: dict | None = None  # headers that are values of a column: periods, items, checklist
    days: str | None = None  # the column that takes every day of first_day–last_day
    ticks: str | None = None  # the column that takes yes and no columns as JSON
    title: dict = field(default_factory=dict)  # words that the title, sheet or file must have; the column its date fills
    blank: dict[str, frozenset[str]] = field(default_factory=dict)  # words that mean nothing in this column, such as 0 for no company
    prefix: dict[str, str] = field(default_factory=dict)  # put before ids that are unique within their own kind of record only
    joined: dict[str, tuple[str, ...]] = field(default_factory=dict)  # cells of several headers make one, such as a date and its time
    first: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the first of several headers that a row has filled
    zone: str | None = None  # UTC: times written without an offset are of UTC
    listed: frozenset[str] = frozenset()  # columns whose cells hold a list of records as JSON; the name of the first counts
    open_stages: bool = False  # the outcome has its own column, and deals end in the stage they had reached
    named: dict[str, tuple] = field(default_factory=dict)  # files: names of such files; headers: what is enough under such a name
    also: tuple[str, ...] = ()  # shapes of further tables that the same file gives: they read rows that `where` leaves
    again: tuple[str, ...] = ()  # shapes of further tables that read every row of the same file once more
    twins: tuple[str, ...] = ()  # a row of another file that is the same in these columns is the same action, told better
    priority: int = 0
    own: bool = False  # of the client's own presets: wins where it fits as well as a shipped one
    drop: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)  # reason → header → values of rows that are not used
    scale: dict[str, float | str] = field(default_factory=dict)  # column → what one unit of a bare number is in ours; h:mm for hours and minutes
    id_form: str | None = None  # salesforce: ids of 15 and of 18 letters are one
    id_from: tuple[str, ...] = ()  # columns whose digest is the id where the file has none
    planned_close: bool = False  # close_date is filled for open deals too, so it is no sign of an end
    split: dict[str, tuple[str, ...]] = field(default_factory=dict)  # kind of reference → beginnings of such ids
    complements: str | None = None  # rows whose id other files of the table have only fill their empty cells
    unused: str | None = None  # why a known file goes nowhere
    stand_ins: dict[str, tuple[str, ...]] = field(default_factory=dict)  # headers that serve for want of a better one, by a decision on record
    not_dimension_starts: tuple[str, ...] = ()
    list_of: tuple[str, ...] = ()  # columns whose cells may list several with `;` between: the first counts
    renames: dict[str, dict[str, str]] = field(default_factory=dict)  # column → the system's own code → its usual name
    system: str | None = None  # name of the preset file: the system whose ids the file carries

    @property
    def used(self) -> bool:
        """Whether rows of such a file go anywhere."""
        return bool(self.table or self.reference)


@dataclass(frozen=True)
class Catalogue:
    """The shapes that one client's files may have: the shipped ones, and those of the client's own presets."""

    shapes: dict[str, Shape]

    @cached_property
    def aliases(self) -> frozenset[str]:
        """Every header that any shape knows."""
        return frozenset(word for shape in self.shapes.values() for group in (*shape.columns.values(), *shape.stand_ins.values(), *shape.require) for word in group)

    def recognise(self, headers: list[str], title: str = "") -> list[Shape]:
        """The shapes that fit `headers` under `title` best: one, several when they tie, none when nothing fits."""
        scored = [(match(shape, headers, title), shape) for shape in self.shapes.values()]
        best = max(score for score, _ in scored)
        found = [shape for score, shape in scored if score == best and best > 0]
        return [shape for shape in found if shape.own] or found

    def recognise_by_name(self, headers: list[str], names: list[str], tied: list[Shape]) -> Shape | None:
        """The shape that a file (or sheet) of one of `names` is likely to have, where headers alone leave it open.

        Among `tied` shapes the one that declares such a name; without any, one whose few headers under such a name are there.
        None when the names say nothing or name several.
        """
        found = [shape for shape in tied or self.shapes.values() if shape.named and any(_is_called(name, shape) for name in names)]
        if not tied:
            known = keys(headers)
            found = [shape for shape in found if not shape.refuse & set(known) and all(any(word in known for word in group) for group in shape.named["headers"])]
        return found[0] if len(found) == 1 else None


@cache
def shipped() -> Catalogue:
    """The presets that come with the toolkit. ValueError names the file of a key that is not known."""
    found: dict[str, Shape] = {}
    for file in sorted(files("audit.intake").joinpath("presets").iterdir(), key=lambda item: item.name):
        if file.name.endswith(".yml"):
            found.update(read_shapes(file.name, load_yaml(file.read_text(encoding="utf-8"))))
    return Catalogue(found)


def read_shapes(file: str, tree: dict) -> dict[str, Shape]:
    """The shapes of one preset file by name."""
    return {name: _shape(file, name, {**tree.get("defaults", {}), "priority": tree.get("priority", 0), "system": tree.get("name"), **spec}) for name, spec in tree["shapes"].items()}


def shapes() -> dict[str, Shape]:
    """Every shipped shape by name."""
    return shipped().shapes


def aliases() -> frozenset[str]:
    """Every header that any shipped shape knows."""
    return shipped().aliases


def _shape(file: str, name: str, spec: dict) -> Shape:
    strange = set(spec) - KNOWN_KEYS
    if strange:
        raise ValueError(f"presets/{file}, shape {name}: unknown keys {sorted(strange)}")

    before = spec.get("prefixes", [])

    def listed(value: object) -> tuple[str, ...]:
        plain = tuple(norm(word) for word in (value if isinstance(value, list) else [value]))
        return (*plain, *(norm(f"{prefix} {word}") for prefix in before for word in plain))

    def words_of(value: list) -> frozenset[str]:
        return frozenset(norm(word) for word in value)

    return Shape(
        name=name, table=spec.get("table"), reference=spec.get("reference"),
        require=tuple(listed(group) for group in spec["require"]), refuse=frozenset(listed(spec.get("refuse", []))),
        columns={column: listed(words) for column, words in spec["columns"].items()},
        optional=frozenset(spec.get("optional", ())), constants=spec.get("constants", {}),
        values={column: {norm(word): value for word, value in group.items()} for column, group in spec.get("values", {}).items()},
        stages=tuple(spec.get("stages", ())), fill=tuple(spec.get("fill", ())), enrich=tuple(spec.get("enrich", ())),
        merge=spec.get("merge"), extras=frozenset(listed(spec["extras"])) if "extras" in spec else None,
        ids=frozenset(listed(spec.get("ids", []))), not_dimensions=frozenset(listed(spec.get("not_dimensions", []))),
        dates=spec.get("dates"), decimal=spec.get("decimal"), as_of_above=spec.get("as_of_above", False),
        stage_dates={kind: tuple(texts) for kind, texts in spec.get("stage_dates", {}).items()},
        where={norm(header): words_of(values) for header, values in spec.get("where", {}).items()}, priority=spec["priority"], system=spec.get("system"),
        drop={reason: {norm(header): words_of(values) for header, values in rule.items()} for reason, rule in spec.get("drop", {}).items()},
        scale=spec.get("scale", {}), id_form=spec.get("id_form"), id_from=tuple(spec.get("id_from", ())),
        planned_close=spec.get("planned_close", False), split={kind: tuple(starts) for kind, starts in spec.get("split", {}).items()},
        complements=spec.get("complements"), unused=spec.get("unused"),
        stand_ins={column: listed(words) for column, words in spec.get("stand_ins", {}).items()},
        not_dimension_starts=tuple(norm(word) + " " * str(word).endswith(" ") for word in spec.get("not_dimension_starts", ())),
        list_of=tuple(spec.get("list_of", ())), renames=spec.get("renames", {}),
        unpivot=spec.get("unpivot"), days=spec.get("days"), ticks=spec.get("ticks"), title=spec.get("title", {}),
        blank={column: words_of(values) for column, values in spec.get("blank", {}).items()}, prefix=spec.get("prefix", {}),
        joined={column: tuple(map(norm, group)) for column, group in spec.get("joined", {}).items()},
        first={column: tuple(map(norm, group)) for column, group in spec.get("first", {}).items()},
        zone=spec.get("zone"), listed=frozenset(spec.get("listed", ())), open_stages=spec.get("open_stages", False),
        also=tuple(spec.get("also", ())), again=tuple(spec.get("again", ())), twins=tuple(spec.get("twins", ())),
        named={"files": tuple(spec["named"]["files"]), "headers": tuple(listed(group) for group in spec["named"]["headers"])} if "named" in spec else {},
    )


def keys(headers: list[str]) -> dict[str, str]:
    """Normal form → header, with and without a unit tail, camel case as words too; the first of equals wins.

    >>> keys(["Сумма, руб.", "Дата "])
    {'сумма, руб.': 'Сумма, руб.', 'дата': 'Дата ', 'сумма': 'Сумма, руб.'}
    """
    return dict(_keys(tuple(headers)))


@lru_cache(maxsize=32)  # every shape asks for those of the same file
def _keys(headers: tuple[str, ...]) -> dict[str, str]:
    plain: dict[str, str] = {}
    for header in headers:
        plain.setdefault(norm(header), header)
    for header in headers:
        bare = (bare_header(header) or _UNIT.sub("", norm(header))).strip(" ,")
        if bare:
            plain.setdefault(bare, header)
    for header in headers:
        plain.setdefault(spaced(header), header)
    return plain


def match(shape: Shape, headers: list[str], title: str = "") -> float:
    """How well `headers` under `title` fit `shape`: 0 = not at all, else its priority and the share of headers it knows."""
    known = keys(headers)
    if shape.refuse & set(known) or not all(any(word in known for word in group) for group in shape.require):
        return 0.0
    wide = _wide(shape, headers, title)
    if wide is None:
        return 0.0
    used = {known[word] for group in (*shape.columns.values(), *shape.require) for word in group if word in known}
    used |= wide
    return 1 + shape.priority + len(used) / max(len(headers), 1) + len(shape.require) / 100


def _wide(shape: Shape, headers: list[str], title: str) -> set[str] | None:
    """The headers that are values of a column; None when the shape wants at least two such, or a title that is not there."""
    named = any(word in shape.title.get("words", ()) for word in norm(title).replace(",", " ").replace(":", " ").split())
    listed = any(norm(phrase) in norm(title) for phrase in shape.title.get("phrases", ()))
    if (shape.title.get("words") or shape.title.get("phrases")) and not named and not listed and not any(
            _plan_header(header) for header in headers if shape.title.get("or_headers")):
        return None
    if not shape.unpivot:
        return set()
    if shape.unpivot["headers"] == "periods":
        found = {header for header in headers if period_header(header) is not None}
    else:
        known = keys(headers)
        taken = {known[word] for group in shape.columns.values() for word in group if word in known}
        found = {header for header in headers if header not in taken}
    return found if len(found) >= 2 else None


def _plan_header(header: str) -> bool:
    """Whether a header names a period of a plan, as in "Янв / План"."""
    return period_header(header) is not None and bool(set(re.split(r"[\s,/]+", norm(header))) & words("plan"))


def _is_called(name: str, shape: Shape) -> bool:
    """Whether a file's name is one of those that the shape declares, but for numbers of pages, dates and the name of the system.

    >>> _is_called("crm.company.list_2.json", Shape("x", named={"files": ("crm.company.list",)}))
    True
    """
    said = _WORD.findall(name.rsplit(".", 1)[0].lower() if "." in name else name.lower())
    for known in shape.named["files"]:
        own = _WORD.findall(known.lower())
        for start in range(len(said) - len(own) + 1):
            rest = [*said[:start], *said[start + len(own) :]]
            if said[start : start + len(own)] == own and all(word.isdigit() or word in _BESIDE_NAME or word == shape.system for word in rest):
                return True
    return False


def recognise(headers: list[str], title: str = "") -> list[Shape]:
    """The shipped shapes that fit `headers` under `title` best."""
    return shipped().recognise(headers, title)


def assign(shape: Shape, headers: list[str]) -> dict[str, str]:
    """Canonical column → header of the file, by the first synonym that is there."""
    known = keys(headers)
    found: dict[str, str] = {}
    for column, synonyms in (*shape.columns.items(), *shape.stand_ins.items()):
        header = next((known[word] for word in synonyms if word in known), None)
        if header is not None:
            found.setdefault(column, header)
    taken = set(found.values())
    for column, known_words in contact_words(shape).items():
        header = next((known[word] for word in known_words if word in known and known[word] not in taken), None)
        if header is not None:
            found.setdefault(column, header)
    return found


def contact_words(shape: Shape) -> dict[str, tuple[str, ...]]:
    """Helper column → headers of phones, e-mails and domains of clients, for tables whose rows name a client and where the preset says nothing of them."""
    return {column: group for column, group in _contacts().items() if shape.table in NAMES_CLIENTS and column not in shape.columns}


@cache
def _contacts() -> dict[str, tuple[str, ...]]:
    return {column: tuple(map(norm, group)) for column, group in lexicon()["client_contacts"].items()}
