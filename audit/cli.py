"""The `audit` command: one function a subcommand, each a thin call of the package."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from audit.console import of_command, of_disk, show_accepted, show_files, show_questions, visible
from audit.errors import NEEDS_ANSWER, USAGE, AuditError, Phrase, UsageError, WorkspaceError, nearest
from audit.words import LANGUAGES, Words, default_language

if TYPE_CHECKING:
    from audit.workspace import Workspace

_WrongUse: Any = typer.BadParameter.__base__  # what the parser raises for any wrong use of the command line
_help = Words(default_language())
app = typer.Typer(
    name="audit", help=_help("cli.help"), no_args_is_help=True, add_completion=True,
    pretty_exceptions_enable=False, rich_markup_mode="markdown", context_settings={"help_option_names": ["-h", "--help"]},
)


def _language(value: str | None) -> str | None:
    if value is not None and value not in LANGUAGES:
        raise UsageError("errors.unknown_name", kind="--lang", name=value, nearest=", ".join(LANGUAGES))
    if value:
        os.environ["AUDIT_LANG"] = value  # errors speak it as well
    return value


def _day(value: str | None) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(value) if value else None
    except ValueError:
        raise UsageError("errors.bad_date", value=value, option="--as-of") from None
    if day is not None and not 1900 <= day.year < 2200:
        raise UsageError("errors.far_date", value=value, option="--as-of")
    return day


ClientPath = Annotated[Path, typer.Argument(metavar="CLIENT", help=_help("cli.option.client"), show_default=False)]
Lang = Annotated[str | None, typer.Option("--lang", metavar="ru|en|bg", callback=_language, help=_help("cli.option.lang"))]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help=_help("cli.option.quiet"))]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help=_help("cli.option.as_of"))]
Engine = Annotated[str | None, typer.Option("--engine", metavar="URL", help=_help("cli.option.engine"))]
Offline = Annotated[bool, typer.Option("--offline", help=_help("cli.option.offline"))]
Fresh = Annotated[bool, typer.Option("--fresh", help=_help("cli.option.fresh"))]


def _command(name: str) -> Callable:
    """Register a subcommand whose help and example come from the catalogue."""
    example = _help(f"cli.{name}.example")
    return app.command(name, help=_help(f"cli.{name}.help"), epilog=f"**{_help('cli.example')}** `{example}`")


@_command("new")
def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=_help("cli.option.folder"), show_default=False)],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help=_help("cli.option.name"), show_default=False)],
    currency: Annotated[str, typer.Option("--currency", metavar="RUB|EUR|…", help=_help("cli.option.currency"))] = "RUB",
    country: Annotated[str, typer.Option("--country", metavar="RU|BG|…", help=_help("cli.option.country"))] = "RU",
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.starter import start

    workspace = start(folder, name=name, language=lang or default_language(), currency=currency, country=country)
    _say(quiet, lang or default_language(), "cli.new.done", path=workspace.root)


@_command("intake")
def intake(
    client: ClientPath,
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE…]", help=_help("cli.option.files"))] = None,
    offline: Offline = False,
    accept: Annotated[bool, typer.Option("--accept", help=_help("cli.option.accept"))] = False,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.intake import intake as take_in

    workspace = _open(client)
    with workspace.lock():
        result = take_in(workspace, tuple(files or ()), lang=lang or workspace.client.language, offline=offline or None, accept=accept)
    if not quiet:
        words = Words(lang or workspace.client.language)
        show_files(result.report["files"], words)
        if result.report["accepted"]:
            show_accepted(result.report["accepted"], words)


@_command("passport")
def passport(
    client: ClientPath,
    as_of: AsOf = None,
    engine: Engine = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="F.json", help=_help("cli.option.out"))] = None,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.passport import passport as make_passport

    workspace = _open(client)
    spoken = lang or workspace.client.language
    made = make_passport(workspace, _day(as_of), spoken, engine=engine or workspace.client.engine)
    if out:
        try:
            made.to_json(out)
        except OSError as problem:
            raise of_disk(UsageError, problem, out) from None
        _say(quiet, spoken, "cli.passport.done", path=out)
    else:
        print(visible(made.told()))


@_command("run")
def run(client: ClientPath, as_of: AsOf = None, engine: Engine = None, fresh: Fresh = False, offline: Offline = False, lang: Lang = None,
        quiet: Quiet = False) -> None:
    day = _day(as_of)
    if offline:
        os.environ["AUDIT_OFFLINE"] = "1"  # notebooks read it
    _run(_open(client), day, engine, fresh, lang, quiet)


@_command("defend")
def defend(
    client: ClientPath,
    formats: Annotated[str, typer.Option("--format", metavar="html,memo", help=_help("cli.option.format"))] = "html,memo",
    as_of: AsOf = None,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.report import render

    workspace = _open(client)
    with workspace.lock():
        pages = render(workspace, _day(as_of), formats=tuple(part.strip() for part in formats.split(",")), lang=lang)
    for page in pages:
        print(page)


@_command("zones")
def zones(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_help("cli.option.file"), show_default=False)],
    dimensions: Annotated[str | None, typer.Option("--dimensions", metavar="a,b,…", help=_help("cli.option.dimensions"))] = None,
    metrics: Annotated[str | None, typer.Option("--metrics", metavar="a,b,…", help=_help("cli.option.metrics"))] = None,
    q: Annotated[float, typer.Option("--q", help=_help("cli.option.q"))] = 0.10,
    as_of: AsOf = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="F.json", help=_help("cli.option.out"))] = None,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    if not 0 < q < 1:
        raise UsageError("errors.unknown_name", kind="--q", name=q, nearest="0.05, 0.10, 0.20")
    from audit.workspace import write_json
    from audit.zones import find_zones

    spoken = lang or default_language()
    found = find_zones(file, dimensions=_names(dimensions), metrics=_names(metrics), q=q, as_of=_day(as_of), lang=spoken)
    content = found.to_json()
    if out:
        try:
            write_json(out, content)
        except OSError as problem:
            raise of_disk(UsageError, problem, out) from None
        _say(quiet, spoken, "cli.zones.done", n=len(found.findings), path=out)
    else:
        print(json.dumps(content, ensure_ascii=False, indent=1))


@_command("demo")
def demo(
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help=_help("cli.option.to"))] = None,
    fresh: Fresh = False,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.samples import SAMPLE
    from audit.starter import start_demo

    _run(start_demo(to or Path("demo")), SAMPLE.as_of, None, fresh, lang, quiet)


@_command("pull")
def pull(client: ClientPath, fresh: Fresh = False, lang: Lang = None, quiet: Quiet = False) -> None:
    from audit.intake.live.pull import pull as read_portals
    from audit.intake.live.show import counting, show_pulled

    workspace = _open(client)
    with workspace.lock(), counting(quiet) as told:
        found = read_portals(workspace, fresh=fresh, told=told)
    if not quiet:
        show_pulled(found, Words(lang or workspace.client.language))


@_command("sources")
def sources(client: ClientPath, lang: Lang = None, quiet: Quiet = False) -> None:
    from audit.intake.live.show import show_states
    from audit.intake.live.state import states

    workspace = _open(client)
    found = states(workspace, lang or workspace.client.language)
    if not quiet:
        show_states(found, Words(lang or workspace.client.language))


@_command("preset")
def preset(
    action: Annotated[str, typer.Argument(metavar="list|copy", help=_help("cli.option.preset_action"), show_default=False)],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help=_help("cli.option.preset_name"))] = None,
    client: Annotated[Path | None, typer.Argument(metavar="[CLIENT]", help=_help("cli.option.client"))] = None,
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
    _say(quiet, lang or default_language(), "cli.preset.done", path=own.copy(name, _open(client).presets))


@_command("template")
def template(
    name: Annotated[str | None, typer.Argument(metavar="[NAME|all]", help=_help("cli.option.template_name"))] = None,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help=_help("cli.option.template_to"))] = Path(),
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.starter import copy_templates, templates

    spoken = lang or default_language()
    if name is None:
        for known, title in templates(spoken).items():
            print(f"{known}: {title}")
        return
    for path in copy_templates(name, to, spoken):
        _say(quiet, spoken, "cli.template.done", path=path)


@_command("lab")
def lab(
    client: Annotated[Path | None, typer.Argument(metavar="[CLIENT]", help=_help("cli.option.client"))] = None,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    from audit.starter import lay_out_notebooks

    folder = lay_out_notebooks(_open(client)) if client else lay_out_notebooks(None)
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # in a container
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", *as_root])


def _open(client: Path) -> Workspace:
    from audit.workspace import Workspace

    return Workspace.open(client)


def _names(text: str | None) -> tuple[str, ...] | None:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if text else None


def _run(workspace: Workspace, as_of: dt.date | None, engine: str | None, fresh: bool, lang: str | None, quiet: bool) -> None:
    """Run an audit with a progress bar; the last line of stdout is the path of the report."""
    from audit.runner import run as run_audit
    from audit.runner.progress import progress

    try:
        with progress(Words(lang or workspace.client.language), quiet) as told:
            result = run_audit(workspace, as_of, engine=engine, lang=lang, fresh=fresh, told=told)
    except AuditError as error:
        if error.code == NEEDS_ANSWER:
            error.values = {"path": workspace.mapping}  # what crossed a process has no values of its own
        raise
    print(result.folder / "defence.html")


def _say(quiet: bool, lang: str, key: str, **values: Any) -> None:
    if not quiet:
        print(Words(lang)(key, **values), file=sys.stderr)


def main(arguments: list[str] | None = None) -> None:
    """Entry point: user mistakes become three-part messages and exit codes."""
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (a stream that was closed before the start stays open to the end)
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # consoles with a national code page
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        _check_command(arguments)
        raise SystemExit(app(arguments, standalone_mode=False))
    except AuditError as error:
        _fail(error)
    except _WrongUse as problem:
        if type(problem).__name__ == "NoArgsIsHelpError":
            problem.show()
            raise SystemExit(USAGE) from None
        _fail(of_command(problem))
    except OSError as problem:
        _fail(of_disk(WorkspaceError, problem))
    except (KeyboardInterrupt, typer.Abort):
        raise SystemExit(130) from None


def _fail(error: AuditError) -> NoReturn:
    if error.code == NEEDS_ANSWER:
        show_questions(error, default_language())
    print(visible(error.told(default_language())), file=sys.stderr)
    raise SystemExit(error.code) from None


def _check_command(arguments: list[str]) -> None:
    """An unknown subcommand lists the nearest ones."""
    known = [command.name or "" for command in app.registered_commands]
    if arguments and not arguments[0].startswith("-") and arguments[0] not in known:
        raise UsageError("errors.unknown_name", kind="audit …", name=arguments[0], nearest=nearest(arguments[0], known))


if __name__ == "__main__":
    main()
