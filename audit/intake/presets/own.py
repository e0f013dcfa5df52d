"""The presets of one client: the shipped ones, extended and overridden by presets/*.yml of the workspace."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import yaml

from audit.errors import Phrase, UsageError, nearest
from audit.intake.shapes import KNOWN_KEYS, Catalogue, read_shapes, shipped
from audit.intake.text import load_yaml
from audit.settings import line_of, read_yaml
from audit.workspace import replacing

TOP = ("name", "priority", "defaults", "shared", "shapes")  # shared: parts that several shapes name by anchors
_GROUPS = ("columns", "constants", "values", "where", "defaults", "unpivot", "title")  # what must be `key: value`
_LISTS = ("require", "fill", "enrich", "also", "again", "twins")


def catalogue(folder: Path) -> Catalogue:
    """The shapes for one client: a shape of `folder` replaces the shipped one of its name; without files, the shipped ones.

    Nothing is kept between calls, so that two clients in one process never see each other's presets.
    Raises UsageError with file, key and line of the first mistake.
    """
    own = {}
    for path in sorted(folder.glob("*.yml")) if folder.is_dir() else ():
        own.update(_read(path))
    return Catalogue({**shipped().shapes, **own}) if own else shipped()


def listed() -> dict[str, list[str]]:
    """Shipped preset file (without .yml) → names of its shapes."""
    found = {}
    for file in sorted(files("audit.intake").joinpath("presets").iterdir(), key=lambda item: item.name):
        if file.name.endswith(".yml"):
            found[file.name.removesuffix(".yml")] = list(load_yaml(file.read_text(encoding="utf-8"))["shapes"])
    return found


def copy(name: str, folder: Path) -> Path:
    """A copy of the shipped preset `name` (or of the one that has the shape `name`) in `folder`, to be edited.

    Raises UsageError when there is no such preset or the file is already there.
    """
    known = listed()
    file = name if name in known else next((file for file, names in known.items() if name in names), None)
    if file is None:
        names = [*known, *(shape for group in known.values() for shape in group)]
        raise UsageError("errors.unknown_name", kind="preset", name=name, nearest=nearest(name, names))
    target = folder / f"{file}.yml"
    if target.exists():
        raise UsageError("intake.preset_there", path=target, name=file)
    with replacing(target) as part:
        part.write_bytes(files("audit.intake").joinpath("presets", f"{file}.yml").read_bytes())
    return target


def _read(path: Path) -> dict:
    """The shapes of one file, marked as the client's own."""
    from dataclasses import replace

    node, tree = read_yaml(path, "intake.preset_broken")
    _check(path, node, tree)
    found = {}
    for name, spec in tree["shapes"].items():
        try:
            found[name] = replace(read_shapes(path.name, {**tree, "shapes": {name: spec}})[name], own=True)
        except (AttributeError, KeyError, TypeError, ValueError) as why:  # a value of a kind no rule above foresaw
            raise _wrong(path, node, ("shapes", str(name)), "errors.setting.other", problem=f"{type(why).__name__}: {why}") from None
    return found


def _check(path: Path, node: yaml.Node | None, tree: object) -> None:
    """Every key of the file is known and of its kind, every column exists."""
    if not isinstance(tree, dict) or not isinstance(tree.get("shapes"), dict) or not tree["shapes"]:
        raise _wrong(path, node, (), "intake.preset_needs_shapes")
    for key in tree:
        if key not in TOP:
            raise _wrong(path, node, (key,), "intake.preset_key", key=key, nearest=nearest(str(key), TOP))
    if not isinstance(tree.get("priority", 0), int):
        raise _wrong(path, node, ("priority",), "errors.setting.whole")
    if not isinstance(tree.get("defaults", {}), dict):
        raise _wrong(path, node, ("defaults",), "errors.setting.group")
    for name, spec in tree["shapes"].items():
        at: tuple[str, ...] = ("shapes", str(name))
        if not isinstance(spec, dict):
            raise _wrong(path, node, at, "errors.setting.group")
        for key in spec:
            if key not in KNOWN_KEYS:
                raise _wrong(path, node, (*at, str(key)), "intake.preset_key", key=key, nearest=nearest(str(key), sorted(KNOWN_KEYS)))
        known = [*tree["shapes"], *shipped().shapes]
        for link, further in [("also", one) for one in spec.get("also", ())] + [("again", one) for one in spec.get("again", ())]:
            if further not in known:
                raise _wrong(path, node, (*at, link), "intake.preset_shape", name=further, nearest=nearest(str(further), known))
        _check_shape(path, node, at, spec)


def _check_shape(path: Path, node: yaml.Node | None, at: tuple[str, ...], spec: dict) -> None:
    from audit.intake.typed.part import HELPERS
    from audit.schema import BY_NAME

    for key in ("require", "columns"):
        if key not in spec:
            raise _wrong(path, node, at, "intake.preset_lacks", key=key)
    for key, value in spec.items():
        if key in _GROUPS and not isinstance(value, dict):
            raise _wrong(path, node, (*at, key), "errors.setting.group")
        if key in _LISTS and not isinstance(value, list):
            raise _wrong(path, node, (*at, key), "errors.setting.list")
    table = spec.get("table")
    if table is not None and table not in BY_NAME:
        raise _wrong(path, node, (*at, "table"), "intake.preset_table", name=table, nearest=nearest(str(table), list(BY_NAME)))
    if table is not None and not BY_NAME[table].open:
        known = [*HELPERS, *BY_NAME[table].names]
        for column in spec["columns"]:
            if column not in known:
                raise _wrong(path, node, (*at, "columns", str(column)), "intake.preset_column", name=column, nearest=nearest(str(column), known))


def _wrong(path: Path, node: yaml.Node | None, where: tuple[str, ...], text: str, /, **values: object) -> UsageError:
    said = Phrase(text, values)
    if where:
        said = Phrase("intake.preset_at", {"key": ".".join(where), "said": said})
    return UsageError("intake.preset_broken", path=path, line=line_of(node, where), problem=said)
