"""The same input gives the same marts, and a killed build leaves the published ones as they were.

That the order of the input's rows makes no difference is shown in test_raw_modes.py.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import duckdb

from tests import shared
from tests.python.conftest import ROOT, Built, run_build
from tests.shared import BUILD_LOG

OTHER_CASE = ROOT / "examples" / "cafeteria"


def published(target: Path) -> dict[str, str]:
    """Return a digest of every published mart, of its Parquet file and of its table."""
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((target / "marts").glob("*.parquet"))
    }
    with duckdb.connect(str(target / "marts.duckdb"), read_only=True) as con:
        for (name,) in con.execute("select table_name from duckdb_tables()").fetchall():
            rows = con.execute(f'from "{name}" order by all').fetchall()
            digests[name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    assert len(digests) > 20
    return digests


def figures(digests: dict[str, str]) -> dict[str, str]:
    """Leave out the mart that says which build it is of."""
    return {name: digest for name, digest in digests.items() if not name.startswith(BUILD_LOG)}


def start(target: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a build, and hand on line by line what it says."""
    command = ["-u", "scripts/build.py", "--target-path", str(target), *arguments]
    return shared.start(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def kill_at(build: subprocess.Popen[str], line: str, pause: float) -> bool:
    """Kill a build some seconds after it says a line; return whether it was still running."""
    assert build.stdout is not None
    for said in build.stdout:
        if line in said:
            break
    time.sleep(pause)
    was_running = build.poll() is None
    if was_running:
        os.killpg(build.pid, signal.SIGKILL)
    build.stdout.close()
    build.wait()
    return was_running


def test_killed_builds_leave_the_published_marts_and_the_next_build_is_equal(
    demo: Built, tmp_path: Path
):
    """What is killed is a build of another case in the demo's folder: a mixture would show."""
    target = tmp_path / "target"
    shutil.copytree(demo.target, target, symlinks=True)
    before = published(target)
    other = ["--data", str(OTHER_CASE)]
    chance = random.Random(20250331)

    # early, midway and late; kills of the publisher itself are in test_publish.py
    for line, longest in [("reading the project", 4.0), ("method tables", 3.0), ("marts", 2.0)]:
        assert kill_at(start(target, *other), line, chance.uniform(0, longest)), line
        assert published(target) == before

    report = target / "report.html"
    written = report.stat().st_mtime_ns
    again = run_build(target)
    assert again.code == 0, again.err
    assert figures(published(target)) == figures(before)
    assert "Report: " not in again.out and "is of an earlier build" in again.out.splitlines()[-1]
    assert report.stat().st_mtime_ns == written
    assert not [path.name for path in target.iterdir() if "unfinished" in path.name]
