"""What the documents point at is there."""

import re

import pytest

LINK = re.compile(r"\]\(([^)#\s]+)")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.S)
COMMAND = re.compile(r"(?<![\w./-])audit ([a-z]+)\b")
TARGET = re.compile(r"(?<![\w./-])make ([a-z]+)\b")


@pytest.fixture(scope="module")
def pages(committed) -> dict[str, str]:
    return {path: path.read_text("utf-8") for path in committed if path.suffix == ".md"}


def test_every_relative_link_leads_somewhere(pages, root):
    broken = [
        f"{path.relative_to(root)}: {link}"
        for path, text in pages.items()
        for link in LINK.findall(text)
        if "://" not in link and not link.startswith("mailto:") and not (path.parent / link).exists()
    ]
    assert broken == []


def in_code(pages, pattern: re.Pattern) -> set[str]:
    return {name for text in pages.values() for code in CODE.findall(text) for name in pattern.findall(code)}


def test_every_command_in_the_documents_exists(pages):
    import typer

    from audit.cli import app

    named = in_code(pages, COMMAND)
    assert {"demo", "run"} <= named
    assert named - set(typer.main.get_command(app).commands) == set()


def test_the_readme_lists_every_command(root):
    import typer

    from audit.cli import app

    table = (root / "README.md").read_text("utf-8").partition("\n## Commands\n")[2].partition("\n## ")[0]
    listed = {name for row in table.splitlines() if row.startswith("| `") for name in COMMAND.findall(row.split("|")[1])}
    assert listed == set(typer.main.get_command(app).commands)


def test_every_make_target_in_the_documents_exists(pages, root):
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text("utf-8"), re.M))
    assert {"demo", "test", "lab"} <= targets
    assert in_code(pages, TARGET) - targets == set()


def test_decisions_are_numbered_without_a_gap(root):
    files = sorted((root / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in files] == [f"{number:04d}" for number in range(1, len(files) + 1)]
    for path in files:
        text = path.read_text("utf-8")
        assert text.startswith(f"# {path.name[:4]} · ")
        assert all(part in text for part in ("**Context.**", "**Decision.**", "**Consequence.**"))
