"""Starts workspaces: a new client, the sample client of the demo, and a folder of notebooks for JupyterLab."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from audit.client import Client
from audit.errors import Phrase, UsageError, nearest
from audit.settings import said
from audit.share import share
from audit.words import Words
from audit.workspace import Workspace, made, replacing, sha256, write_text

_ZONES = {"RU": "Europe/Moscow", "BG": "Europe/Sofia", "KZ": "Asia/Almaty", "BY": "Europe/Minsk", "US": "America/New_York",
          "GB": "Europe/London", "DE": "Europe/Berlin", "BR": "America/Sao_Paulo", "UA": "Europe/Kyiv"}


def start(folder: Path, *, name: str, language: str = "ru", currency: str = "RUB", country: str = "RU") -> Workspace:
    """A new client workspace with a commented client.yml; settings are checked before anything is written."""
    import yaml
    from pydantic import ValidationError

    head = {"name": name, "language": language, "currency": currency, "country": country,
            "time_zone": _ZONES.get(country, "UTC")}
    try:
        Client.model_validate(head)
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
        told = tuple(Phrase("errors.setting.option", {"key": error["loc"][0], "said": said(error)}) for error in errors)
        raise UsageError("errors.new_client", field=errors[0]["loc"][0], problems=told) from None
    template = "client.yml" if language == "ru" else "client.en.yml"
    text = (share("templates") / template).read_text(encoding="utf-8")
    for key, value in head.items():
        line = yaml.safe_dump({key: value}, allow_unicode=True, default_flow_style=False, width=1000).strip()
        found = re.search(rf"(?m)^{key}:.*?(#.*)?$", text)
        if found:
            text = text[:found.start()] + (f"{line:<30}  {found[1]}" if found[1] else line) + text[found.end():]
    return Workspace.create(folder, text)


def start_demo(folder: Path, language: str | None = None) -> Workspace:
    """The workspace of the sample client in `folder`, its reports in `language` (None: as the sample has it); one that is already there is used again as it is."""
    samples = share("data_samples")
    root = folder.expanduser().resolve()
    text = (samples / "client.yml").read_text(encoding="utf-8")
    text = re.sub("(?m)^language: .*$", f"language: {language}", text) if language else text
    if (root / "client.yml").is_file():
        if not (root / ".audit" / "demo").is_file():
            raise UsageError("errors.workspace_exists", path=folder)
        workspace = Workspace.open(root)
    else:
        workspace = Workspace.create(root, text)
        write_text(made(root / ".audit") / "demo", "sample client\n")
    for file in sorted(samples.iterdir()):
        target = (made(workspace.talks) if file.suffix == ".jsonl" else workspace.inbox) / file.name
        if file.suffix in (".csv", ".xlsx", ".jsonl") and not (target.is_file() and sha256(target) == sha256(file)):
            shutil.copyfile(file, target)
    return workspace


def templates(language: str) -> dict[str, str]:
    """Name of every starter table → what it is for."""
    words = Words(language)
    return {path.stem: words(f"starters.title.{path.stem}") for path in sorted((share("templates") / "starters" / language).glob("*.xlsx"))}


def copy_templates(name: str, folder: Path, language: str) -> list[Path]:
    """Copies of the starter `name` (or of `all`) in `folder`: the workbook, and the csv where there is one.

    Raises UsageError when there is no such starter, or when a file is already there: nothing is copied then.
    """
    known = templates(language)
    if name != "all" and name not in known:
        raise UsageError("errors.unknown_name", kind="template", name=name, nearest=nearest(name, [*known, "all"]))
    sources = [path for path in sorted((share("templates") / "starters" / language).iterdir()) if name in ("all", path.stem)]
    for source in sources:
        if (folder / source.name).exists():
            raise UsageError("intake.template_there", path=folder / source.name, name=source.name)
    copies = []
    for source in sources:
        with replacing(made(folder.expanduser()) / source.name) as part:
            shutil.copyfile(source, part)
        copies.append(folder / source.name)
    return copies


def lay_out_notebooks(workspace: Workspace | None) -> Path:
    """A folder with copies of the notebooks that already name the client; a changed copy is left alone."""
    import nbformat

    folder = made((workspace.root if workspace else Path(os.getcwd())) / "notebooks")
    for source in sorted(share("notebooks").glob("*.ipynb")):
        target = folder / source.name
        if target.exists():
            continue
        notebook = nbformat.read(source, as_version=4)
        for cell in notebook.cells:
            if workspace and "parameters" in cell.metadata.get("tags", []):
                cell.source = re.sub(r'(?m)^client(: str)? = ".*?"', lambda m: f"client{m[1] or ''} = {str(workspace.root)!r}", cell.source)
        nbformat.write(notebook, target)
    return folder
