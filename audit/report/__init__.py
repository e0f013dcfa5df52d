"""Report: values, findings, plan and intake in one self-contained page that a board can read, and a guided tour for notebooks."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audit.report.block import Block
    from audit.report.pages import export, render
    from audit.report.remeasured.report import Remeasurement
    from audit.report.report import Report
    from audit.report.standup.report import StandUp
    from audit.report.tour.tour import Tour

__all__ = ["Block", "Remeasurement", "Report", "StandUp", "Tour", "export", "render"]
_HOMES = {"Block": "block", "Remeasurement": "remeasured.report", "Report": "report", "StandUp": "standup.report", "Tour": "tour.tour", "export": "pages", "render": "pages"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'audit.report' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"audit.report.{_HOMES[name]}"), name)
    globals()[name] = value  # also over the submodule of the same name
    return value
