"""Files of settings that people edit: read as YAML, every mistake told with its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from audit.errors import AuditError, Phrase, UsageError

DEEPEST = 100  # collections inside each other
# a valid value of each setting that has a form
EXAMPLES = {"currency": "RUB", "country": "RU", "start": "09:00", "end": "18:00", "accent": "#1f5f8b"}


def broken(path: Path, line: int, what: str, key: str = "errors.client_yaml", **values: str) -> UsageError:
    """The error of a settings file that is broken in the known way `what`."""
    return UsageError(key, path=path, line=line, problem=Phrase(f"errors.yaml.{what}", values))


def read_yaml(path: Path, key: str, kind: type[AuditError] = UsageError) -> tuple[Any, Any]:
    """(nodes with their lines, content) of a settings file that people edit; an error `key` of this kind with its line when it is not YAML."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        text = path.read_text(encoding="utf-8-sig")
        _check_depth(text, loader)
        node = yaml.compose(text, Loader=loader)
        check_node(key, path, node)
        return node, yaml.load(text, Loader=loader)
    except UnicodeDecodeError:
        said: object = Phrase("errors.yaml.not_utf8")
        line = 1
    except RecursionError:
        said, line = Phrase("errors.yaml.too_deep"), 1
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        told = " ".join(str(getattr(problem, "problem", None) or problem).split())
        # the name of an alias may be a password without quotes
        said, line = re.sub("'.*'", "'…'", told) if re.search("alias|anchor|tag", told) else told, mark.line + 1 if mark else 1
    raise kind(key, path=path, line=line, problem=said)


def _check_depth(text: str, loader) -> None:
    """RecursionError for nesting that no settings have; the compiled composer would end the whole process on it."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise RecursionError


def check_node(key: str, path: Path, node) -> None:
    """UsageError for what YAML itself lets pass or stumbles over: a key written twice, a day that does not exist."""
    import yaml

    pending, seen = [node], set[int]()
    while pending:
        one = pending.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, yaml.MappingNode):
            names: set[str] = set()
            for name, value in one.value:
                if isinstance(name, yaml.ScalarNode) and name.value in names:
                    raise broken(path, name.start_mark.line + 1, "twice", key, name=name.value)
                if isinstance(name, yaml.ScalarNode):
                    names.add(name.value)
                pending += [name, value]
        elif isinstance(one, yaml.SequenceNode):
            pending += one.value
        elif isinstance(one, yaml.ScalarNode) and one.tag == "tag:yaml.org,2002:timestamp":
            try:
                yaml.SafeLoader("").construct_yaml_timestamp(one)
            except ValueError:
                raise broken(path, one.start_mark.line + 1, "no_such_day", key, value=one.value) from None


def mistakes(key: str, path: Path, node, problem: ValidationError) -> UsageError:
    """All mistakes of a settings file in one error `key`, each with its line."""
    found: dict[tuple[str, ...], Phrase] = {}
    for error in problem.errors(include_url=False):
        # a union reports once a branch: keep the position inside the file only
        where = tuple(str(step) for step in error["loc"] if not re.fullmatch(r"tuple\[.*|(constrained-)?str", str(step)))
        found.setdefault(where, said(error))
    deepest = [where for where in found if not any(other[: len(where)] == where != other for other in found)]
    listed = [(line_of(node, where), ".".join(where), found[where]) for where in deepest]
    told = tuple(Phrase("errors.setting.at", {"line": line, "key": field, "said": one}) for line, field, one in listed)
    line, field, _ = listed[0]
    return UsageError(key, path=path, line=line, field=field, n=len(listed), problems=told)


def said(error) -> Phrase:
    """One finding of the validator (of `ValidationError.errors()`) in the words of the catalogue."""
    kind, given = str(error["type"]), {name: str(value) for name, value in (error.get("ctx") or {}).items() if name != "error"}
    if kind == "string_pattern_mismatch":
        given["example"] = EXAMPLES.get(str(error["loc"][-1]), given.get("pattern", ""))
    if kind == "literal_error":
        given["expected"] = given["expected"].replace(" or ", ", ")
    known = {
        "missing": "missing", "extra_forbidden": "extra", "string_type": "text", "string_too_short": "short", "string_too_long": "long",
        "string_pattern_mismatch": "form", "literal_error": "choice", "tuple_type": "list", "too_short": "few", "greater_than": "above",
        "greater_than_equal": "at_least", "less_than": "below", "less_than_equal": "at_most", "finite_number": "number",
        "not_later": "not_later", "blank": "blank", "control": "control", "time_zone": "time_zone", "outside": "outside", "plan_twice": "plan_twice",
        "two_headers": "two_headers", "secret": "secret", "url": "url", "one_of": "one_of", "no_language": "no_language", "no_field": "no_field", "scheme": "scheme", "portal_address": "portal_address",
    }.get(kind, kind if kind.startswith("pattern_") else None)
    family = {"int": "whole", "list": "list", "string": "text", "float": "number", "date": "day", "model": "group", "dict": "group", "bool": "yes_no"}.get(kind.split("_")[0])
    word = known or family
    return Phrase(f"errors.setting.{word}", given) if word else Phrase("errors.setting.other", {"problem": error["msg"]})


def line_of(node, where: tuple[str, ...]) -> int:
    """Line (from 1) of the deepest node of `where` that the file has."""
    import yaml

    line = node.start_mark.line + 1 if node else 1
    for step in where:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == step), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
            node = node.value[int(step)]
            line = node.start_mark.line + 1
        else:
            break
    return line
