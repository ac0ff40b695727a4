"""What make hands on arrives as it was typed, and what it needs is in every clone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared import ROOT, environment


def make(stamp: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the real make, with this Python for its own and nothing to install."""
    stamp.touch()
    return subprocess.run(
        ["make", f"STAMP={stamp}", f"PY={sys.executable}", *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


ODD = '/no where/O\'Brien & "Söhne"; echo INJECTED #1 $b $$ `id` \\ *\nline two 满意'


def test_a_folder_is_named_as_it_was_typed(tmp_path: Path) -> None:
    done = make(tmp_path / "stamp", "build", f"DATA={ODD}")
    assert f"DATA={ODD}: no such folder." in done.stderr
    assert "INJECTED" not in done.stdout
    done = make(tmp_path / "stamp", "build", f"METHOD={ODD}")
    assert f"METHOD={ODD}: no such folder." in done.stderr
    done = make(tmp_path / "stamp", "check", f"DATA={ODD}")
    assert f"DATA={ODD}: no such folder." in done.stderr
    assert "INJECTED" not in done.stdout


def test_make_runs_nothing_that_a_name_holds(tmp_path: Path) -> None:
    name = f"$(shell touch {tmp_path}/made)"
    done = make(tmp_path / "stamp", "build", f"DATA={name}")
    assert f"DATA={name}: no such folder." in done.stderr
    assert not (tmp_path / "made").exists()


def test_vars_are_read_as_they_were_typed(tmp_path: Path) -> None:
    given = """{thousands_separator: "'", "a$b; echo INJECTED": 1}"""
    done = make(tmp_path / "stamp", "build", f"VARS={given}")
    assert "unknown var a$b; echo INJECTED." in done.stderr
    assert "INJECTED" not in done.stdout


def test_arguments_are_a_list(tmp_path: Path) -> None:
    given = """--nothing="O'Brien; echo INJECTED" '$b c'"""
    done = make(tmp_path / "stamp", "build", f"ARGS={given}")
    assert "unrecognized arguments: --nothing=O'Brien; echo INJECTED $b c" in done.stderr
    assert "INJECTED" not in done.stdout


@pytest.mark.parametrize(
    "target",
    ["build", "import", "check", "publish", "report", "docs", "export", "demo", "superset-bundle"],
)
def test_every_command_takes_arguments(tmp_path: Path, target: str) -> None:
    done = make(tmp_path / "stamp", target, "ARGS=--nothing")
    assert "--nothing" in done.stderr and "unrecognized arguments" in done.stderr


def test_an_open_quote_is_told(tmp_path: Path) -> None:
    done = make(tmp_path / "stamp", "report", "ARGS=--target-path 'x")
    assert "a quote is not closed.\nFix:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("target", ["query", "metrics"])
def test_metrics_before_a_build(tmp_path: Path, target: str) -> None:
    done = make(tmp_path / "stamp", target, f"DBT_TARGET_PATH={tmp_path}", "METRICS=x")
    assert done.stderr.startswith(f"nothing was built in {tmp_path}.\nFix: make build")


def test_no_file_of_the_project_is_a_link() -> None:
    """A zip, and git on Windows, turn links into texts of one line."""
    listed = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, check=True)
    assert not [line for line in listed.stdout.splitlines() if line.startswith(b"120000")]


def test_scripts_can_be_imported_where_fcntl_is_missing() -> None:
    code = "import sys; sys.modules['fcntl'] = None\nfrom scripts import build, export, publish"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
