"""A small case in two versions, and what is published of it: what kills are tried on.

The old version is what a build makes of the case. The new one is the same build file with a row
more in every mart, so that a read tells them apart; a build makes the old one of it again, since
marts are rebuilt from what lies below them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import duckdb

from satisfaction.core.threads import meanwhile
from scripts import publish
from scripts.catalogue import Mart
from scripts.catalogue import marts as read_marts
from scripts.publish import text
from tests import shared
from tests.faults.trials import PromiseError
from tests.golden.comparing import compare
from tests.shared import ROOT

CASE = ROOT / "examples" / "cafeteria"
VERSIONS = ("old", "new")
COMMANDS = {
    "build": ["scripts/build.py", "--no-report", "--vars", "{bootstrap_draws: 50}", "--data"],
    "publish": ["scripts/publish.py"],
    "report": ["-m", "reports"],
    "export": ["scripts/export.py", "--whole"],
}


class World:
    """A target folder, the two versions that a build can leave there, and commands that work in it.

    Parameters
    ----------
    home
        A folder for all of it; versions that lie there are not made again.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data, self.target = home / "data", home / "target"

    def prepare(self) -> None:
        """Make the versions that are missing, and begin with the old one published."""
        if not self.kept("new").is_dir():
            self._build_old()
            self._edit_new()
        shutil.rmtree(self.target, ignore_errors=True)
        shutil.copytree(self.kept("old"), self.target, symlinks=True)
        # a report and an export, too, that a kill could spoil
        for command in ("publish", "report", "export"):
            self.finish(command)

    def kept(self, version: str) -> Path:
        """Return where a version is kept: a target folder as a whole build leaves it."""
        return self.home / version

    def _build_old(self) -> None:
        """Build the case and keep the target folder."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(CASE, self.data)
        self.finish("build")
        shutil.copytree(self.target, self.kept("old"), symlinks=True)

    def _edit_new(self) -> None:
        """Repeat a row in every mart of a copy of the old version, and publish it."""
        aside = self.home / "unfinished"
        shutil.copytree(self.kept("old"), aside, symlinks=True)
        with duckdb.connect(str(aside / "satisfaction.duckdb")) as con:
            tables = {
                name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()
            }
            for mart in {mart.name for mart in self.marts()} & tables:
                con.execute(f"insert into {mart} from {mart} limit 1")
        publish.publish(aside, aside / "satisfaction.duckdb")
        aside.rename(self.kept("new"))

    def marts(self) -> list[Mart]:
        """Return the marts of the case."""
        manifest = json.loads((self.kept("old") / "manifest.json").read_text("utf-8"))
        return list(read_marts(manifest))

    def touch(self) -> None:
        """Let the raw files be written again, with the same rows."""
        for path in self.data.iterdir():
            path.touch()

    def lay_build(self, version: str) -> None:
        """Put the build file of a version in its place, as if it had just been built."""
        for name in ("satisfaction.duckdb", "manifest.json"):
            shutil.copy2(self.kept(version) / name, self.target / name)
        (self.target / "satisfaction.duckdb.wal").unlink(missing_ok=True)

    def bring(self, version: str) -> None:
        """Let a version be what was built and published last."""
        self.lay_build(version)
        if self.look() != version:
            self.finish("publish")

    @cached_property
    def seconds(self) -> dict[str, float]:
        """Return how long each command takes when nobody kills it; builds are the longest."""
        path = self.home / "seconds.json"
        return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}

    def start(self, command: str, *options: str) -> subprocess.Popen[str]:
        """Start a command as a user would, as the leader of a process group."""
        arguments = COMMANDS[command] + ([str(self.data)] if command == "build" else [])
        places = ["--target-path", str(self.target)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        return shared.start([*arguments, *places, *options], **quiet)

    def finish(self, command: str) -> None:
        """Run a command to its end, which has to be a good one.

        Raises
        ------
        PromiseError
            If it ends with another exit code than 0.
        """
        started = time.monotonic()
        process = self.start(command)
        _, said = process.communicate()
        if process.returncode:
            raise PromiseError(f"{command} fails: {said}")
        self.seconds[command] = time.monotonic() - started
        (self.home / "seconds.json").write_text(json.dumps(self.seconds), "utf-8")

    @cached_property
    def counts(self) -> dict[str, dict[str, int]]:
        """Return the rows of every mart in each version."""
        found = {}
        for version in VERSIONS:
            told = json.loads((self.kept(version) / "marts" / "marts.json").read_text("utf-8"))
            found[version] = {
                name.removesuffix(".parquet"): file["rows"]
                for name, file in told["files"].items()
                if name != "marts.duckdb"
            }
        return found

    def version_of(self, counts: dict[str, int]) -> str:
        """Name the version that has these rows.

        Raises
        ------
        PromiseError
            If it is neither.
        """
        for version in VERSIONS:
            if counts == self.counts[version]:
                return version
        nearest = self.counts[VERSIONS[0]].items() ^ counts.items()
        raise PromiseError(f"a mixture of versions: {sorted(nearest)[:6]}")

    def look(self) -> str:
        """Compare what is published with both versions, every row of every mart; name the one.

        Raises
        ------
        PromiseError
            If it is neither of them, or its files are not what marts.json says.
        """
        version = self.version_of(duckdb_rows(self.target))
        grains = {mart.name: mart.grain for mart in self.marts()}
        kept = self.kept(version) / "marts.duckdb"
        if wrong := compare(kept, self.target / "marts.duckdb", grains).differences:
            raise PromiseError(f"published is nearly {version}: {wrong[0]}")
        check_files(self.target / os.readlink(self.target / "marts"))
        return version

    def build_file_version(self) -> str | None:
        """Publish the build file if its record calls it whole, and name its version; else none.

        Raises
        ------
        PromiseError
            If the record calls whole what is neither version.
        """
        try:
            publish.publish(self.target, self.target / "satisfaction.duckdb")
        except publish.PublishError as error:
            if "Fix: " not in str(error):
                raise PromiseError(f"no fix is told: {error}") from error
            return None
        return self.look()


def duckdb_rows(target: Path) -> dict[str, int]:
    """Count the rows of every mart through one connection to the published file."""
    with duckdb.connect() as con:
        con.execute(f"attach {text(str(target / 'marts.duckdb'))} as m (read_only)")
        names = con.execute("select table_name from duckdb_tables() where database_name = 'm'")
        counts = [f"select '{name}', count(*) from m.main.{name}" for (name,) in names.fetchall()]
        return dict(con.execute(" union all ".join(counts)).fetchall())


def parquet_rows(target: Path) -> dict[str, int]:
    """Count the rows of every Parquet file in the folder that the link leads to, resolved once."""
    folder = target / os.readlink(target / "marts")
    with duckdb.connect() as con:
        files = text(str(folder / "*.parquet"))
        rows = con.execute(f"select file_name, num_rows from parquet_file_metadata({files})")
        return {Path(name).stem: count for name, count in rows.fetchall()}


def check_files(folder: Path) -> None:
    """Hold the files of a generation, of both its sets, against its lists.

    Raises
    ------
    PromiseError
        If a file is missing, is too many or has another content.
    """
    for place, listed in ((folder, "marts.json"), (folder / "shared", "shared.json")):
        told = json.loads((place / listed).read_text("utf-8"))["files"]
        there = {path.name for path in place.iterdir() if path.is_file()} - {listed}
        if there != told.keys():
            raise PromiseError(
                f"{folder.name} holds other files than {listed} says: {there ^ told.keys()}"
            )
        for name, file in told.items():
            if hashlib.sha256((place / name).read_bytes()).hexdigest() != file["sha256"]:
                raise PromiseError(f"{folder.name}/{name} is another file than {listed} says")


class Reader:
    """Reads what is published again and again, and keeps what it found wrong.

    Attributes
    ----------
    reads : int
        How many reads there were.
    wrong : list of str
        Reads that failed, or were of no one version.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.reads = 0
        self.wrong: list[str] = []
        self._stop = threading.Event()

    def _read(self) -> None:
        while not self._stop.is_set():
            for ask in (duckdb_rows, parquet_rows):
                try:
                    self.world.version_of(ask(self.world.target))
                except Exception as error:  # whatever a reader meets is a broken promise
                    self.wrong.append(f"{ask.__name__}: {type(error).__name__}: {error}")
                self.reads += 1
            self._stop.wait(0.02)  # the two cores are the builder's, too

    @contextlib.contextmanager
    def beside(self) -> Iterator[None]:
        """Read while something else goes on."""
        with meanwhile(self._read, self._stop):
            yield


def unfinished(target: Path, command: str) -> list[str]:
    """Name what is still there of a killed command after the next one has swept."""
    made = {"publish": "marts", "export": "export"}.get(command)
    return sorted(p.name for p in target.glob(f"{made}*{publish.UNFINISHED}")) if made else []
