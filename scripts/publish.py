"""Copy the marts of the build file to where BI tools read them, all at once or not at all.

What is published::

    target/marts-<time>/             one generation: marts.duckdb and <mart>.parquet each
    target/marts -> marts-<time>     the generation in force: replacing this link is the switch
    target/marts.duckdb -> marts/marts.duckdb

A reader sees the old generation or the new one, never a mixture. The generation before the one in
force stays, as readers may still have it open; older and unfinished ones are removed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
if __package__ in (None, ""):  # run as a file, not with -m
    sys.path.insert(0, str(ROOT))

from scripts import record  # noqa: E402
from scripts.catalogue import Mart, quote  # noqa: E402
from scripts.catalogue import marts as read_marts  # noqa: E402

# the oldest DuckDB that reads the published file is 1.4
STORAGE_VERSION = "v1.4.0"
UNFINISHED = ".unfinished"


class PublishError(Exception):
    """The marts cannot be published; the message says why and what to do."""


def target_folder(path: str | Path | None = None) -> Path:
    """Return dbt's target folder: the given one, dbt's environment variable, or ./target."""
    return Path(path or os.environ.get("DBT_TARGET_PATH") or ROOT / "target").resolve()


def build_file_of(target: Path) -> Path:
    """Return the file that dbt builds into: SATISFACTION_DUCKDB, else one in the folder."""
    named = os.environ.get("SATISFACTION_DUCKDB")
    return Path(named) if named else target / "satisfaction.duckdb"


def compact(build_file: Path) -> None:
    """Copy a build file into a fresh one: DuckDB keeps the space of tables that were replaced.

    Raises
    ------
    PublishError
        If the file cannot be read or copied.
    """
    fresh = build_file.with_name(f"{build_file.name}{UNFINISHED}")
    fresh.unlink(missing_ok=True)
    try:
        with contextlib.closing(duckdb.connect()) as con:
            con.execute(f"attach {text(str(build_file))} as built (read_only)")
            con.execute(f"attach {text(str(fresh))} as fresh")
            con.execute("copy from database built to fresh")
    except duckdb.Error as error:
        fresh.unlink(missing_ok=True)
        raise PublishError(f"{build_file} could not be made smaller: {error}") from error
    fresh.replace(build_file)


def text(value: str) -> str:
    """Quote an SQL text."""
    return "'" + value.replace("'", "''") + "'"


def check_build(target: Path, build_file: Path | None = None) -> dict[str, Any]:
    """Return the manifest of the project after making sure that its build is whole.

    Parameters
    ----------
    target
        dbt's target folder.
    build_file
        The DuckDB file that dbt built; default: that of the target folder.

    Raises
    ------
    PublishError
        If nothing was built, or what was built is not whole.
    """
    fix = "Fix: make build (or dbt build) first."
    try:
        manifest = json.loads((target / "manifest.json").read_text("utf-8"))
    except FileNotFoundError as error:
        raise PublishError(f"nothing was built in {target}.\n{fix}") from error
    except ValueError as error:
        raise PublishError(f"{target / 'manifest.json'} is cut short.\n{fix}") from error
    if says := record.problem(build_file or build_file_of(target), manifest):
        raise PublishError(f"{says}\n{fix}")
    return dict(manifest)


def copy_mart(con: duckdb.DuckDBPyConnection, mart: Mart, folder: Path) -> None:
    """Copy one mart in the order of its grain, so that equal builds give equal files."""
    order = ", ".join([quote(column) for column in mart.grain]) or "all"
    name = f"published.main.{quote(mart.name)}"
    con.execute(f"create table {name} as select * from build.{mart.relation} order by {order}")
    con.execute(f"comment on table {name} is {text(mart.description)}")
    there = {row[0] for row in con.execute(f"describe {name}").fetchall()}
    for column in mart.columns.values():
        if column.name in there and column.description:
            says = text(column.description)
            con.execute(f"comment on column {name}.{quote(column.name)} is {says}")
    path = text(str(folder / f"{mart.name}.parquet"))
    con.execute(f"copy {name} to {path} (format parquet, compression zstd)")


def write_generation(build_file: Path, marts: Sequence[Mart], folder: Path) -> None:
    """Write marts.duckdb and the Parquet files of all marts into a folder.

    Raises
    ------
    PublishError
        If the build file is missing, open elsewhere, or lacks a mart.
    """
    if not build_file.is_file():
        raise PublishError(f"{build_file}: no such build file.\nFix: make build first.")
    try:
        with contextlib.closing(duckdb.connect()) as con:
            con.execute(f"set temp_directory = {text(str(folder / 'tmp'))}")
            if memory := os.environ.get("SATISFACTION_DUCKDB_MEMORY"):  # as in profiles.yml
                con.execute(f"set memory_limit = {text(memory)}")
            con.execute(f"attach {text(str(build_file))} as build (read_only)")
            con.execute(
                f"attach {text(str(folder / 'marts.duckdb'))} as published "
                f"(storage_version {text(STORAGE_VERSION)})"
            )
            for mart in marts:
                copy_mart(con, mart, folder)
            con.execute("checkpoint published")
    except duckdb.Error as error:
        raise PublishError(f"the marts could not be copied: {error}") from error
    shutil.rmtree(folder / "tmp", ignore_errors=True)


def sync(path: Path) -> None:
    """Wait until a file or the entries of a folder are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def point(link: Path, to: str) -> None:
    """Make a relative symbolic link, replacing an older one atomically."""
    if link.exists() and not link.is_symlink():
        raise PublishError(f"{link} is in the way.\nFix: remove it, then make publish.")
    if link.is_symlink() and os.readlink(link) == to:
        return
    aside = link.with_name(f"{link.name}{UNFINISHED}")
    aside.unlink(missing_ok=True)
    aside.symlink_to(to)
    os.replace(aside, link)


def sweep(target: Path, keep: Sequence[str]) -> None:
    """Remove the generations that are not kept, and what killed runs left behind."""
    for path in target.glob("marts-*"):
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def only_one(target: Path, what: str) -> Iterator[None]:
    """Let one process at a time build or publish in a target folder.

    The lock is the system's: a killed process leaves none behind.

    Raises
    ------
    PublishError
        If another process is at work there.
    """
    target.mkdir(parents=True, exist_ok=True)
    with (target / f".{what}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            says = f"another {what} is at work in {target}.\nFix: wait until it has ended."
            raise PublishError(says) from error
        yield


def publish(target: Path, build_file: Path | None = None) -> Path:
    """Publish the marts of the last build.

    Parameters
    ----------
    target
        dbt's target folder: holds the manifest, gets the published marts.
    build_file
        The DuckDB file that dbt built; default: SATISFACTION_DUCKDB or satisfaction.duckdb in
        the target folder.

    Returns
    -------
    pathlib.Path
        The published DuckDB file.

    Raises
    ------
    PublishError
        If the build is not whole, or the marts cannot be copied.
    """
    source = build_file or build_file_of(target)
    marts = read_marts(check_build(target, source))
    seconds, rest = divmod(time.time_ns(), 10**9)
    name = f"marts-{time.strftime('%Y%m%dT%H%M%S', time.gmtime(seconds))}.{rest:09d}"
    with only_one(target, "publish"):
        before = os.readlink(target / "marts") if (target / "marts").is_symlink() else ""
        sweep(target, keep=[before])
        folder = target / f"{name}{UNFINISHED}"
        folder.mkdir()
        write_generation(source, marts, folder)
        for path in [*folder.iterdir(), folder]:
            sync(path)
        folder.rename(target / name)
        sync(target)
        point(target / "marts.duckdb", "marts/marts.duckdb")
        point(target / "marts", name)  # the switch
        sync(target)
    return target / "marts.duckdb"


def main(argv: Sequence[str] | None = None) -> int:
    """Publish from the command line; return the exit code of the process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--target-path", help="dbt's target folder; default: target")
    parser.add_argument("--build-file", type=Path, help="the DuckDB file that dbt built")
    args = parser.parse_args(argv)
    try:
        print(publish(target_folder(args.target_path), args.build_file))
    except PublishError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
