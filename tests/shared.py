"""What all suites share: the demo, built once, and the project, parsed once.

Both lie in target/tests, in a folder of the present state of the code; a changed file that a build
reads makes another. `python -m tests.shared` builds the demo where it is not there yet.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
# a mart that tells one build from another: no two agree in it
BUILD_LOG = "build_log"
#: what a build reads of the project
READ = (
    "dbt_project.yml",
    "requirements.lock",
    *("macros", "models", "profiles.yml", "python_models", "reports", "scripts", "seeds", "src"),
    "tests/integrity",
    *("tests/shared.py", "tests/python/engine.py", "tests/python/memory.py"),
)


class DemoError(Exception):
    """There is no demo to test; the message says why."""


@dataclass(frozen=True)
class Built:
    """What `make build` did: its exit code, what it said, and where its files are."""

    code: int
    out: str
    err: str
    target: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the published marts."""
        with duckdb.connect(str(self.target / "marts.duckdb"), read_only=True) as con:
            return con.execute(sql).fetchall()

    def manifest(self) -> dict[str, Any]:
        """Return the manifest of the build."""
        return dict(json.loads((self.target / "manifest.json").read_text("utf-8")))

    def build_rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the build file, which holds base, staging and intermediate models too."""
        with duckdb.connect(str(self.target / "satisfaction.duckdb"), read_only=True) as con:
            return con.execute(sql).fetchall()


def environment() -> dict[str, str]:
    """Return the variables of this process without those that steer dbt or the project."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "SATISFACTION_"))}


def start(command: Sequence[str], **streams: Any) -> subprocess.Popen[str]:
    """Start a Python command in the project, as the leader of a process group of its own."""
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment(),
        text=True,
        encoding="utf-8",
        start_new_session=True,
        **streams,
    )


def run_dbt(target: Path, command: str, **dbt_vars: Any) -> subprocess.CompletedProcess[str]:
    """Run a dbt command of the project on the build that lies in a target folder."""
    places = ["--profiles-dir", ".", "--target-path", str(target), "--quiet"]
    return subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), *command.split(), *places]
        + ["--vars", json.dumps(dbt_vars)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def run_build(target: Path, *arguments: str, report: bool = False, **dbt_vars: Any) -> Built:
    """Run scripts/build.py as a user would, into a target folder of its own.

    Few bootstrap draws save seconds of every build; what is read of intervals here needs no more.
    """
    arguments += ("--vars", json.dumps({"bootstrap_draws": 50} | dbt_vars))
    arguments += () if report else ("--no-report",)
    done = subprocess.run(
        [sys.executable, "scripts/build.py", "--target-path", str(target), *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    return Built(done.returncode, done.stdout, done.stderr, target)


@cache
def state() -> str:
    """Return a digest of every file that a build reads."""
    digest = hashlib.sha256()
    for name in READ:
        top = ROOT / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts:
                content = path.read_bytes()
                digest.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def home(what: str) -> Iterator[Path]:
    """Enter the folder of the present state to make one thing; those of earlier states are removed.

    The first process makes it, the others wait and read; another thing is made meanwhile.
    """
    above = ROOT / "target" / "tests"
    here = above / state()
    here.mkdir(parents=True, exist_ok=True)
    for older in above.iterdir():
        if older != here:
            shutil.rmtree(older, ignore_errors=True)
    with (here / f".{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield here


def demo(builds: bool = True) -> Built:
    """Return the demo as `make build` leaves it, with every data test and unit test.

    Parameters
    ----------
    builds
        Build it where it is not there yet; an environment that lacks the report's packages cannot.

    Raises
    ------
    DemoError
        If it is not there, or cannot be built.
    """
    with home("demo") as here:
        said = here / "said.json"
        if not said.exists():
            if not builds:
                fix = "Fix: .venv/bin/python -m tests.shared first."
                raise DemoError(f"the demo is not built.\n{fix}")
            built = run_build(here / "target", "--unit-tests", report=True)
            if built.code:
                raise DemoError(f"the demo does not build:\n{built.out}\n{built.err}")
            kept = {"code": built.code, "out": built.out, "err": built.err}
            said.write_text(json.dumps(kept), encoding="utf-8")
        return Built(target=here / "target", **json.loads(said.read_text(encoding="utf-8")))


if __name__ == "__main__":
    try:
        demo()
    except DemoError as error:
        sys.exit(str(error))
