"""The two sides: an old commit in an environment of its own lock, and the working tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "target" / "golden"
OURS = ("DBT_", "SATISFACTION_", "SHOP_", "MAKE", "MFLAGS")
SHOWN = 3000  # characters of what a failed command said last


class GoldenError(Exception):
    """The comparison cannot be made; the message says why and what to do."""


@dataclass(frozen=True)
class Side:
    """A checkout of the project and the folder with the programs of its environment."""

    name: str
    root: Path
    programs: Path


def run(command: Sequence[str | Path], cwd: Path, doing: str, **environment: str) -> str:
    """Run a command without the variables of an outer make or dbt; return what it said.

    Raises
    ------
    GoldenError
        If it fails; with the end of what it said.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=inherited | {"NO_COLOR": "1", "PYTHONUTF8": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise GoldenError(f"{doing} failed:\n{done.stdout[-SHOWN:]}")
    return done.stdout


def full_id(commit: str) -> str:
    """Return the whole id of a commit.

    Raises
    ------
    GoldenError
        If git does not know it.
    """
    command = ["git", "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode or not commit:
        raise GoldenError(
            f"BASE={commit}: git knows no such commit here.\n"
            "Fix: name one that `git log` shows; in a shallow clone, git fetch --unshallow first."
        )
    return done.stdout.strip()


def old(commit: str) -> Side:
    """Check out a commit under target/golden, unless it is there, and install what it locks."""
    home = HOME / full_id(commit)[:12]
    root = home / "checkout"
    if not root.is_dir():
        unfinished = home / "checkout.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        archive, doing = home / "checkout.tar", f"reading {commit}"
        run(["git", "archive", "--output", archive, full_id(commit)], ROOT, doing)
        run(["tar", "-xf", archive, "-C", unfinished], ROOT, doing)
        archive.unlink()
        unfinished.rename(root)
    run(["make", ".venv/.installed"], root, f"installing what {commit} locks")
    return Side("base", root, root / ".venv" / "bin")


def new() -> Side:
    """Return the working tree, in the environment that this process runs in."""
    return Side("new", ROOT, Path(sys.executable).parent)
