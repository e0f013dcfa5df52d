"""Commands on a client’s data: a workspace, files and sources in, what they are, what they can carry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.cli.app import (
    AsOf,
    ClientPath,
    Engine,
    Fresh,
    Lang,
    Offline,
    Quiet,
    command,
    day_of,
    help_text,
    open_workspace,
    say,
    spoken,
)
from audit.cli.console import of_disk, show_accepted, show_files, show_unread, visible
from audit.errors import Phrase, UsageError
from audit.words import Words, default_language


@command("new", "data")
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=help_text("cli.option.folder"), show_default=False)],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help=help_text("cli.option.name"), show_default=False)],
    currency: Annotated[str, typer.Option("--currency", metavar="RUB|EUR|…", help=help_text("cli.option.currency"))] = "RUB",
    country: Annotated[str, typer.Option("--country", metavar="RU|BG|…", help=help_text("cli.option.country"))] = "RU",
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.starter import start

    workspace = start(folder, name=name, language=lang or default_language(), currency=currency, country=country)
    say(quiet, lang or default_language(), "cli.new.done", path=workspace.root)


@command("template", "data")
def template(
    name: Annotated[str | None, typer.Argument(metavar="[NAME|all]", help=help_text("cli.option.template_name"))] = None,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help=help_text("cli.option.template_to"))] = Path(),
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.starter import copy_templates, templates

    chosen = lang or default_language()
    if name is None:
        for known, title in templates(chosen).items():
            print(f"{known}: {title}")
        return
    for path in copy_templates(name, to, chosen):
        say(quiet, chosen, "cli.template.done", path=path)


@command("sources", "data")
def sources(client: ClientPath, lang: Lang = None, quiet: Quiet = False) -> None:
    from audit.intake.live.show import show_states
    from audit.intake.live.state import states

    workspace = open_workspace(client)
    found = states(workspace, spoken())
    if not quiet:
        show_states(found, Words(spoken()))


@command("pull", "data")
def pull(client: ClientPath, fresh: Fresh = False, lang: Lang = None, quiet: Quiet = False) -> None:
    from audit.intake.live.pull import pull as read_portals
    from audit.intake.live.show import counting, show_pulled

    workspace = open_workspace(client)
    with workspace.lock(), counting(quiet) as told:
        found = read_portals(workspace, fresh=fresh, told=told)
    if not quiet:
        show_pulled(found, Words(spoken()))


@command("intake", "data")
def intake(
    client: ClientPath,
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE…]", help=help_text("cli.option.files"))] = None,
    offline: Offline = False,
    accept: Annotated[bool, typer.Option("--accept", help=help_text("cli.option.accept"))] = False,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.intake import intake as take_in

    workspace = open_workspace(client)
    with workspace.lock():
        result = take_in(workspace, tuple(files or ()), lang=lang or workspace.client.language, offline=offline or None, accept=accept)
    if not quiet:
        words = Words(spoken())
        show_files(result.report["files"], words)
        show_unread(result.report["files"], words)
        if result.report["accepted"]:
            show_accepted(result.report["accepted"], words)


@command("preset", "data")
def preset(
    action: Annotated[str, typer.Argument(metavar="list|copy", help=help_text("cli.option.preset_action"), show_default=False)],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help=help_text("cli.option.preset_name"))] = None,
    client: Annotated[Path | None, typer.Argument(metavar="[CLIENT]", help=help_text("cli.option.client"))] = None,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.intake.presets import own

    if action == "list":
        for file, shapes in own.listed().items():
            print(f"{file}: {', '.join(shapes)}")
        return
    if action != "copy":
        raise UsageError("errors.unknown_name", kind="audit preset …", name=action, nearest="list, copy")
    if name is None or client is None:
        raise UsageError("errors.command_line", problem=Phrase("errors.command.missing", {"name": "NAME CLIENT"}), command="audit preset copy")
    say(quiet, lang or default_language(), "cli.preset.done", path=own.copy(name, open_workspace(client).presets))


@command("passport", "data")
def passport(
    client: ClientPath,
    as_of: AsOf = None,
    engine: Engine = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="F.json", help=help_text("cli.option.out"))] = None,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.passport import passport as make_passport

    workspace = open_workspace(client)
    made = make_passport(workspace, day_of(as_of), spoken(), engine=engine or workspace.client.engine)
    if out:
        try:
            made.to_json(out)
        except OSError as problem:
            raise of_disk(UsageError, problem, out) from None
        say(quiet, spoken(), "cli.passport.done", path=out)
    else:
        print(visible(made.told()))
