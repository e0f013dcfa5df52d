"""`audit plan export` and `audit plan import`: paths, messages, exit codes."""

import pytest

from audit.cli import main


@pytest.fixture
def run(monkeypatch, capsys):
    """(exit code, stdout, stderr) of a command whose console speaks English."""
    monkeypatch.setenv("AUDIT_LANG", "en")

    def call(*arguments):
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return left.value.code or 0, said.out, said.err

    return call


def test_export_prints_the_path_and_the_next_step(desk, run, tmp_path):
    code, out, err = run("plan", "export", desk.root)
    assert (code, out.strip()) == (0, str(desk.root / "reports" / "2026-10-31" / "plan.xlsx"))
    assert "audit plan import" in err
    code, out, err = run("plan", "export", desk.root, tmp_path / "for the client.xlsx", "--lang", "bg", "--as-of", "2026-10-31", "--quiet")
    assert (code, out.strip(), err) == (0, str(tmp_path / "for the client.xlsx"), "")


def test_import_prints_differences_and_what_can_be_seen(desk, run, agreed):
    path = desk.edited(*agreed)
    code, out, _ = run("plan", "import", desk.root, path, "--dry-run")
    assert code == 0 and "Nothing is stored yet" in out and desk.versions() == []
    code, out, _ = run("plan", "import", desk.root, path)
    assert code == 0
    assert "Version 1 of the plan is in the ledger; 3 differences:" in out
    assert "Decision: – → agree" in out and "shows from" in out and "not within two years" in out
    code, out, _ = run("plan", "import", desk.root, path)
    assert code == 0 and "imported already" in out


def test_mistakes_have_their_codes(desk, run, tmp_path):
    assert run("plan", "send", desk.root)[0] == 2
    assert run("plan", "import", desk.root)[0] == 2
    assert run("plan", "export", desk.root, "--as-of", "2020-01-01")[0] == 2
    assert run("plan", "export", tmp_path / "nowhere")[0] == 13
    code, out, err = run("plan", "import", desk.root, desk.edited(("w", "client_priority", "\x9b31m9")))
    assert (code, out) == (10, "")
    assert "L6" in err and "Next: " in err and "\x9b" not in err and "Traceback" not in err
    with desk.workspace.lock():
        assert run("plan", "export", desk.root)[0] == 13
        assert run("plan", "import", desk.root, desk.export(file=tmp_path / "p.xlsx"))[0] == 13


def test_the_verbs_are_public():
    import audit
    from audit.plan import PlanChanges

    assert {"plan_export", "plan_import"} <= set(audit.__all__)
    assert audit.plan_import.__doc__ and PlanChanges.__doc__
