"""The command of the base of techniques: add, tag, learn, effects, search, export, mask."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from audit.cli.app import AsOf, ClientPath, Lang, Quiet, command, day_of, help_text, names, open_workspace, say, spoken
from audit.cli.console import show_read, show_search, show_taught, show_techniques, visible
from audit.errors import Phrase, UnreadableError, UsageError, nearest
from audit.words import Words

ACTIONS = ("add", "tag", "learn", "effects", "search", "export", "mask")
FILTERS = ("technique", "owner", "outcome", "speaker", "stage", "segment", "language", "kind", "since", "until")
SAID = {"outcome": ("won", "lost", "open"), "speaker": ("seller", "client")}  # what a filter can be


@command("knowledge", "audit")
def knowledge(
    action: Annotated[str, typer.Argument(metavar="|".join(ACTIONS), help=help_text("cli.option.knowledge_action"), show_default=False)],
    client: ClientPath,
    what: Annotated[list[str] | None, typer.Argument(metavar="[FILE…|QUERY]", help=help_text("cli.option.knowledge_what"))] = None,
    manifest: Annotated[Path | None, typer.Option("--manifest", metavar="FILE", help=help_text("cli.option.manifest"))] = None,
    as_of: AsOf = None,
    landmark: Annotated[float | None, typer.Option("--landmark-days", metavar="N", help=help_text("cli.option.landmark"))] = None,
    to: Annotated[Path | None, typer.Option("--to", metavar="PATH", help=help_text("cli.option.knowledge_to"))] = None,
    formats: Annotated[str, typer.Option("--format", metavar="html,obsidian,xlsx", help=help_text("cli.option.knowledge_format"))] = "html,obsidian,xlsx",
    where: Annotated[list[str] | None, typer.Option("--where", metavar="NAME=VALUE", help=help_text("cli.option.where"))] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help=help_text("cli.option.limit"))] = 20,
    lang: Lang = None,
    quiet: Quiet = False,
) -> None:
    if action not in ACTIONS:
        raise UsageError("errors.unknown_name", kind="audit knowledge …", name=action, nearest=nearest(action, ACTIONS))
    workspace = open_workspace(client)
    given = [*(what or ())]
    if action == "search":
        _search(workspace, " ".join(given), where, limit)
        return
    with workspace.lock():
        if action == "add":
            _add(workspace, given, manifest, lang, quiet)
        elif action == "tag":
            _tag(workspace, quiet)
        elif action == "learn":
            _learn(workspace, given, to, lang, quiet)
        elif action == "effects":
            _effects(workspace, day_of(as_of), landmark, lang, quiet)
        elif action == "export":
            _export(workspace, formats, to, lang, quiet)
        else:
            _mask(workspace, quiet)


def _add(workspace: Any, files: list[str], manifest: Path | None, lang: str | None, quiet: bool) -> None:
    from audit.knowledge.desk.take import REFUSED, take
    from audit.runner.progress import working

    with working(Words(spoken()), "knowledge", quiet):
        taken = take(workspace, files, manifest=manifest, lang=lang)
    if not quiet:
        print(visible(taken.told(spoken())))
        show_read(taken.read, Words(spoken()), f"quarantine/{REFUSED}")
    refused = taken.unread(files)
    if refused:
        raise UnreadableError("desk.nothing_read", n=len(refused), names=visible(", ".join(refused[:5])), file=f"quarantine/{REFUSED}")
    say(quiet, spoken(), "desk.next.add", client=workspace.root)


def _tag(workspace: Any, quiet: bool) -> None:
    from audit.knowledge.desk import hear
    from audit.runner.progress import working

    with working(Words(spoken()), "knowledge", quiet):
        n = hear(workspace)
    if not quiet:
        print(Words(spoken())("desk.heard", n=n))


def _learn(workspace: Any, files: list[str], to: Path | None, lang: str | None, quiet: bool) -> None:
    from audit.knowledge.deck import read_cards, title
    from audit.knowledge.desk import learn_from, review
    from audit.runner.progress import working

    if files or (not to and _has_labels(workspace)):
        with working(Words(spoken()), "knowledge", quiet):
            taught = learn_from(workspace, files, lang=lang)
        if quiet:
            return
        print(visible(taught.told(spoken())))
        show_taught(taught.learned.shown(spoken()), {card.id: title(card, spoken()) for card in read_cards(workspace.root)}, Words(spoken()))
        return
    path = review(workspace, to, lang=lang)
    say(quiet, spoken(), "desk.next.learn", client=workspace.root, path=path)
    print(path)


def _has_labels(workspace: Any) -> bool:
    from audit.knowledge.base import Base

    with Base.open(workspace) as base:
        return len(base.labels()) > 0


def _effects(workspace: Any, day: Any, landmark: float | None, lang: str | None, quiet: bool) -> None:
    from audit.knowledge.desk import judge
    from audit.runner.progress import working

    with working(Words(spoken()), "knowledge", quiet):
        judged = judge(workspace, day, lang=lang, landmark_days=landmark)
    path = judged.keep(workspace.report_dir(judged.as_of))
    if not quiet:
        show_techniques(judged.techniques, Words(spoken()))
    print(path)


def _search(workspace: Any, query: str, where: list[str] | None, limit: int) -> None:
    from audit.knowledge.base import Base
    from audit.knowledge.deck import read_cards

    filters = _filters(where)
    with Base.open(workspace) as base:
        known = SAID | {"technique": [card.id for card in (*base.cards(), *read_cards(workspace.root))]}
        for name, possible in known.items():
            if wrong := [one for one in filters.get(name, ()) if one not in possible]:
                raise UsageError("errors.unknown_name", kind=f"--where {name}=", name=wrong[0], nearest=nearest(wrong[0], [*possible]))
        found = base.search(query, limit=limit, **filters)
    show_search(found, Words(spoken()))


def _filters(where: list[str] | None) -> dict[str, Any]:
    """owner=…, outcome=won,lost … of --where; UsageError for another name."""
    made: dict[str, Any] = {}
    for one in where or ():
        name, sign, value = one.partition("=")
        if not sign or name.strip() not in FILTERS:
            raise UsageError("errors.unknown_name", kind="--where", name=one, nearest=nearest(name, FILTERS))
        made[name.strip()] = value.strip() if name.strip() in ("since", "until") else list(names([value]) or ())
    return made


def _export(workspace: Any, formats: str, to: Path | None, lang: str | None, quiet: bool) -> None:
    from audit.knowledge.desk import hand_out
    from audit.report.privacy import Names
    from audit.runner.progress import working

    wanted = [part.strip() for part in formats.split(",") if part.strip()]
    if not wanted:
        raise UsageError("errors.command_line", problem=Phrase("errors.command.no_value", {"name": "--format"}), command="audit knowledge export")
    names = Names.of(workspace, workspace.client.privacy, _sellers(workspace), Words(lang or workspace.client.language)("report.pseudonym"))
    with working(Words(spoken()), "knowledge", quiet):
        done = hand_out(workspace, wanted, to, lang=lang, seller=lambda name: names.label("owner", name))
    if not quiet:
        print(visible(done.masked.said(spoken())))
    for path in done.paths:
        print(path)


def _sellers(workspace: Any) -> list[str]:
    from audit.knowledge.base import Base

    with Base.open(workspace) as base:
        return sorted(base.cases()["owner"].dropna().unique())


def _mask(workspace: Any, quiet: bool) -> None:
    from audit.knowledge.desk import queue

    path, done = queue(workspace)
    if quiet:
        print(path)
        return
    print(visible(done.said(spoken())))
    print(Words(spoken())("desk.queued", path=path))
