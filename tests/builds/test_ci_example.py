"""examples/ci: the steps of its workflow, run as a runner would, on a copy of the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.shared import ROOT, environment

EXAMPLE = ROOT / "examples" / "ci"
WORKFLOW = yaml.safe_load((EXAMPLE / "workflow.yml").read_text("utf-8"))
STEPS = {step["name"]: step for step in WORKFLOW["jobs"]["figures"]["steps"]}
INSTALL = "Install"
CHECK, BUILD = [name for name, step in STEPS.items() if "run" in step and name != INSTALL]


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what the checkouts leave, and an environment that is installed already."""
    home = tmp_path_factory.mktemp("runner")
    shutil.copytree(EXAMPLE, home / "own")
    project = home / "dbt-satisfaction"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if name.startswith(("tests/", "bench/", "bi/", "adapters/")) and "integrity" not in name:
            continue
        if (ROOT / name).is_file():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, project / name)
    # instead of the step that installs: make finds its stamp newer than what it is made of
    (project / ".venv" / "bin").mkdir(parents=True)
    python = project / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)
    (project / ".venv" / ".installed").touch()
    return home


def perform(home: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Perform a step of the workflow."""
    step: dict[str, Any] = STEPS[name]
    project = home / "dbt-satisfaction"
    given = {"PYTHONPATH": os.pathsep.join(map(str, (project / "src", project)))}
    return subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=home / step["working-directory"],
        env=environment() | WORKFLOW["env"] | given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_workflow_is_one_that_github_runs() -> None:
    assert WORKFLOW[True] == ["push", "pull_request"]  # YAML takes `on` for a boolean
    assert STEPS[INSTALL]["run"] == "make .venv/.installed"
    assert all(("run" in step) != ("uses" in step) for step in STEPS.values())
    for step in STEPS.values():
        assert "run" not in step or step["working-directory"] == "dbt-satisfaction"


def test_the_steps_pass_and_fail_with_the_figures(runner: Path) -> None:
    done = perform(runner, CHECK)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "60 cells, 1 refused" in done.stdout
    done = perform(runner, BUILD)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "figures: as expected in 4 rows of 2 files\n" in done.stdout
    marts = runner / "dbt-satisfaction" / "target" / "marts"
    published = os.readlink(marts)

    page = (EXAMPLE / "README.md").read_text("utf-8")
    expected = runner / "own" / "fixture" / "expected" / "fct_segment_satisfaction.csv"
    expected.write_text(expected.read_text("utf-8").replace("66.7", "66.8"), "utf-8")
    done = perform(runner, BUILD)
    assert done.returncode != 0
    shown = page.split("```text\n")[1].split("```")[0]
    assert shown in done.stderr
    assert "Nothing was published" in done.stderr
    assert "Published: " not in done.stdout
    assert os.readlink(marts) == published

    (runner / "own" / "fixture" / "vars.yml").write_text("min_respondents: few\n", "utf-8")
    done = perform(runner, CHECK)
    assert done.returncode != 0
    said = "../own/fixture/vars.yml, line 1: var min_respondents: 'few' is not allowed."
    assert said in done.stderr
