"""Members of a family do not know each other: metric families, sections of the report."""

import ast
from pathlib import Path


def names_assigned(tree: ast.Module) -> set[str]:
    """Names a module gives a value at its top."""
    found = set()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def imports(tree: ast.Module) -> set[str]:
    """Full names of modules, and of names taken from modules, that a file imports anywhere."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def families(folder: Path) -> dict[str, ast.Module]:
    """The files that declare metrics, by their full names; the chapters that join them are none."""
    trees = {".".join(path.relative_to(folder.parents[2]).with_suffix("").parts): ast.parse(path.read_text("utf-8")) for path in folder.rglob("*.py")}
    return {
        name: tree for name, tree in trees.items()
        if "METRICS" in names_assigned(tree)
    }


def test_metric_families_do_not_import_each_other(root):
    found = families(root / "audit" / "metrics" / "families")
    assert len(found) >= 2
    for name, tree in found.items():
        assert imports(tree) & (found.keys() - {name}) == set(), f"{name} leans on another family"


def test_every_metric_family_is_in_the_catalogue(root):
    from audit.metrics.catalogue import _FAMILIES

    assert {family.__name__ for family in _FAMILIES} == families(root / "audit" / "metrics" / "families").keys()
    assert len({family.__name__ for family in _FAMILIES}) == len(_FAMILIES)


def test_sections_of_the_report_do_not_import_each_other(root):
    trees = {
        path.stem: ast.parse(path.read_text("utf-8"))
        for path in (root / "audit" / "report" / "sections").glob("*.py")
        if path.stem != "__init__"
    }
    assert len(trees) >= 5
    for name, tree in trees.items():
        others = {f"audit.report.sections.{other}" for other in trees if other != name}
        assert imports(tree) & others == set(), f"{name} leans on another section"
