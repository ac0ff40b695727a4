"""Commands that are killed at random moments, with readers beside."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import zipfile
from pathlib import Path

from tests import shared
from tests.faults.trials import PromiseError
from tests.faults.world import Reader, World, unfinished

#: what is killed, by the seed
TURNS = ("publish", "build", "report", "publish", "build", "export", "publish", "build")
#: in one of so many rounds of turns, a killed build is followed by one that ends, on what is left
REBUILT = 4


class Kills:
    """Kills commands in a world that is built once and kept as long as the code stays."""

    def __init__(self) -> None:
        with shared.home("kills") as here:
            self.world = World(here / "kills")
            self.world.prepare()

    def trial(self, seed: int) -> str:
        """Start a command, kill it, and look at what is left; return what was seen.

        Parameters
        ----------
        seed
            Says which command, and after which share of the time that it usually takes.

        Raises
        ------
        PromiseError
            If a reader saw no whole version, none is published, or what comes next fails.
        """
        rng = random.Random(seed)
        command, share = TURNS[seed % len(TURNS)], rng.uniform(0, 1.05)
        builds_on = seed // len(TURNS) % REBUILT == REBUILT - 1
        world = self.world
        options = self.options(rng, command)
        before = world.look()
        after = "new" if before == "old" else "old"
        if command == "publish":
            world.lay_build(after)
        former = report_of(world.target)
        usual = world.seconds.get(command, 4.0)
        reader = Reader(world)
        with reader.beside():
            killed = kill(world.start(command, *options), share * usual)
        if reader.wrong:
            raise PromiseError(
                f"a reader saw {reader.wrong[0]} ({len(reader.wrong)} of {reader.reads})"
            )
        found = world.look()
        if found != before and command not in ("build", "publish"):
            raise PromiseError(f"{command} changed what is published")
        seen = f"{' '.join([command, *options])} {'killed' if killed else 'ended'} at {share:.0%}: "
        seen += f"the marts {'before' if found == before else 'after'} it, {reader.reads} reads"
        return f"{seen}, {self.after(command, after, former, builds_on)}"

    def options(self, rng: random.Random, command: str) -> list[str]:
        """Publish what a command begins with, where that matters; return the command's options."""
        world = self.world
        if command in ("report", "export"):  # rows that stand twice are in nobody's report
            world.bring("old")
        if command == "build":  # it makes the old version of the new one
            world.bring("new")
            if rng.random() < 0.5:
                world.touch()
            if rng.random() < 0.25:  # the build file, too, is replaced by a smaller one
                return ["--full-refresh"]
        return []

    def after(self, command: str, version: str, former: bytes, builds_on: bool) -> str:
        """Do what a user does next, and see that it works; return what was done."""
        world = self.world
        if command == "build":
            return self.after_build(builds_on)
        if command == "report":
            whole = report_of(world.target)
            if whole != former and not whole.rstrip().endswith(b"</html>"):
                raise PromiseError("the report is cut short")
        if command == "export":
            check_export(world.target)
        world.finish(command)
        if command == "export":
            check_export(world.target)
        if left := unfinished(world.target, command):
            raise PromiseError(f"the next {command} leaves {left}")
        if command == "publish" and world.look() != version:
            raise PromiseError("the next publish is of another version")
        return f"the next {command} is good"

    def after_build(self, builds_on: bool) -> str:
        """See what the record says of a build file, and perhaps build on it."""
        whole = self.world.build_file_version()
        says = "the record refuses it" if whole is None else f"its file is {whole} and whole"
        if builds_on:
            self.world.finish("build")
            if self.world.look() != "old":
                raise PromiseError("the next build is of another version")
            says += ", the next build is good"
        return says


def kill(process: subprocess.Popen[str], seconds: float) -> bool:
    """Kill a process and its children after a while; tell whether it was still at work."""
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    if process.returncode not in (0, -signal.SIGKILL):
        raise PromiseError(f"it ended by itself with exit code {process.returncode}")
    return process.returncode != 0


def report_of(target: Path) -> bytes:
    """Return the report, as far as there is one."""
    path = target / "report.html"
    return path.read_bytes() if path.exists() else b""


def check_export(target: Path) -> None:
    """See that the exported files are whole.

    Raises
    ------
    PromiseError
        If the workbook is broken, or a CSV is empty.
    """
    folder = target / os.readlink(target / "export")
    with zipfile.ZipFile(folder / "satisfaction.xlsx") as book:
        if broken := book.testzip():
            raise PromiseError(f"{broken} in the workbook is broken")
    marts = {path.stem for path in (target / "marts").glob("*.parquet")}
    if missing := marts - {path.stem for path in folder.glob("*.csv")}:
        raise PromiseError(f"the export has no {sorted(missing)}")
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            if not next(csv.reader(file), None):
                raise PromiseError(f"{path.name} is empty")
