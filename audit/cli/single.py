"""Commands that need no workspace: one table, the sample client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from audit.cli.app import AsOf, Fresh, Lang, Quiet, command, day_of, help_text, names, say
from audit.cli.console import of_disk, refuse_absent
from audit.cli.through import run_through
from audit.errors import UsageError
from audit.words import default_language


@command("zones", "single")
def zones(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=help_text("cli.option.file"), show_default=False)],
    dimensions: Annotated[list[str] | None, typer.Option("--dimensions", metavar="a,b,…", help=help_text("cli.option.dimensions"))] = None,
    metrics: Annotated[list[str] | None, typer.Option("--metrics", metavar="a,b,…", help=help_text("cli.option.metrics"))] = None,
    q: Annotated[float, typer.Option("--q", help=help_text("cli.option.q"))] = 0.10,
    as_of: AsOf = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="F.json", help=help_text("cli.option.out"))] = None,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    if not 0 < q < 1:
        raise UsageError("errors.unknown_name", kind="--q", name=q, nearest="0.05, 0.10, 0.20")
    from audit.workspace import write_json
    from audit.zones import find_zones

    spoken = lang or default_language()
    refuse_absent(out)
    found = find_zones(file, dimensions=names(dimensions), metrics=names(metrics), q=q, as_of=day_of(as_of), lang=spoken)
    content = found.to_json()
    if out:
        try:
            write_json(out, content)
        except OSError as problem:
            raise of_disk(UsageError, problem, out) from None
        say(quiet, spoken, "cli.zones.done", n=len(found.findings), path=out)
    else:
        print(json.dumps(content, ensure_ascii=False, indent=1))


@command("metrics", "single")
def metrics(
    name: Annotated[str | None, typer.Argument(metavar="[ID|all]", help=help_text("cli.option.metric_name"))] = None,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.metrics import dictionary

    spoken = lang or default_language()
    if name is None:
        for card in dictionary.CARDS:
            print(f"{card}  {dictionary.entry(card, spoken).name}: {', '.join(dictionary.CARDS[card])}")
    else:
        print(dictionary.book(spoken) if name == "all" else dictionary.told(dictionary.card_of(name), spoken))


@command("demo", "single")
def demo(
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help=help_text("cli.option.to"))] = None,
    fresh: Fresh = False,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.samples import SAMPLE
    from audit.starter import start_demo

    run_through(start_demo(to or Path("demo"), lang), SAMPLE.as_of, None, fresh, lang, quiet)
