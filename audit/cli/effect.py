"""`audit effect`: one before/after comparison of one table, no workspace."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from audit.cli.app import Lang, Quiet, command, help_text, names, say
from audit.cli.console import of_disk, refuse_absent, visible
from audit.errors import UsageError
from audit.words import Words, default_language


def _option(name: str, metavar: str, text: str) -> typer.models.OptionInfo:
    return typer.Option(name, metavar=metavar, help=help_text(f"cli.option.effect_{text}"))


@command("effect", "single")
def effect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=help_text("cli.option.effect_file"), show_default=False)],
    at: Annotated[str | None, _option("--at", "DATE", "at")] = None,
    time: Annotated[str | None, _option("--time", "COLUMN", "time")] = None,
    outcome: Annotated[str | None, _option("--outcome", "COLUMN", "outcome")] = None,
    unit: Annotated[str | None, _option("--unit", "COLUMN", "unit")] = None,
    treated: Annotated[str | None, _option("--treated", "COLUMN", "treated")] = None,
    group: Annotated[str | None, _option("--group", "COLUMN", "group")] = None,
    controls: Annotated[list[str] | None, _option("--controls", "a,b,…", "controls")] = None,
    covariates: Annotated[list[str] | None, _option("--covariates", "a,b,…", "covariates")] = None,
    event: Annotated[str | None, _option("--event", "COLUMN", "event")] = None,
    kind: Annotated[str, _option("--kind", "KIND", "kind")] = "auto",
    better: Annotated[str, _option("--better", "higher|lower", "better")] = "higher",
    look: Annotated[int | None, _option("--look", "N", "look")] = None,
    planned_looks: Annotated[int | None, _option("--planned-looks", "N", "planned")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="F.json", help=help_text("cli.option.out"))] = None,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.effects import compare

    spoken = lang or default_language()
    refuse_absent(out)
    found = compare(
        file, outcome=outcome, at=at, time=time, unit=unit, treated=treated, group=group, event=event, covariates=names(covariates) or (),
        controls=names(controls) or (), kind=kind, look=look, planned_looks=planned_looks, better=better, lang=spoken,
    )
    if out is None:
        print(visible(found.summary()) if sys.stdout.isatty() else json.dumps(found.to_json(), ensure_ascii=False, indent=1))
        return
    try:
        found.to_json(out)
    except OSError as problem:
        raise of_disk(UsageError, problem, out) from None
    say(quiet, spoken, "cli.effect.done", path=out, verdict=Words(spoken)("effects.verdict." + found.verdict.replace(" ", "_")))
