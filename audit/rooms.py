"""Rooms that are verbs too: `audit.intake(client)` calls what `audit.intake` holds."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


class Verb(ModuleType):
    """A package that can be called; what its `_PLACES` names (name → module of the package) is loaded when first used."""

    def __getattr__(self, name: str):
        place = vars(self).get("_PLACES", {}).get(name)
        if place is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{self.__name__}.{place}"), name)
        vars(self)[name] = value
        return value

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *vars(self).get("__all__", ())})
