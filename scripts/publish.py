"""Copy the marts of the build file to where BI tools read them, all at once or not at all.

What is published::

    target/marts-<time>/             one generation: marts.duckdb, <mart>.parquet each, marts.json
    target/marts-<time>/shared/      what may be passed on: shared.duckdb and so on (scripts/shared)
    target/marts -> marts-<time>     the generation in force: replacing this link is the switch
    target/marts.duckdb -> marts/marts.duckdb
    target/shared -> marts/shared
    target/shared.duckdb -> shared/shared.duckdb

Who opens marts.duckdb sees one generation. Who opens several Parquet files, even in one query,
resolves `target/marts` first, once, or may see two generations.
One that is no longer in force stays for an hour, the last such one always; then it is removed.
"""

from __future__ import annotations

import argparse
import calendar
import contextlib
import datetime
import hashlib
import itertools
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
if __package__ in (None, ""):  # run as a file, not with -m
    sys.path.insert(0, str(ROOT))

from satisfaction.disclosure.rules import RuleError  # noqa: E402
from scripts import messages, record, shared  # noqa: E402
from scripts.catalogue import Mart, quote  # noqa: E402
from scripts.catalogue import marts as read_marts  # noqa: E402

#: a mart that only the whole set has
CUSTOMERS = "dim_customers"
# the oldest DuckDB that reads the published file is 1.4
STORAGE_VERSION = "v1.4.0"
UNFINISHED = ".unfinished"
GENERATION = re.compile(r"marts-(\d{8}T\d{6})\.\d{9}")
# a reader that resolved the link before a switch has so long to read on
KEPT_SECONDS = 3600
#: what the argument --whole of a command means
WHOLE = "all marts, with customers and small cells; default: what may be passed on"
# who may read what is published: the modes of a folder and of a file
MODES = {"owner": (0o700, 0o600), "group": (0o750, 0o640), "everyone": (0o755, 0o644)}


class PublishError(Exception):
    """The marts cannot be published; the message says why and what to do."""


def target_folder(path: str | Path | None = None) -> Path:
    """Return dbt's target folder: the given one, dbt's environment variable, or ./target."""
    named = path or os.environ.get("DBT_TARGET_PATH") or ROOT / "target"
    return Path(os.path.realpath(named))  # Path.resolve() raises where links lead in a circle


def published_file(target: Path, is_whole: bool = False) -> Path:
    """Return the published DuckDB file: of what may be passed on, or of all marts."""
    return target / ("marts.duckdb" if is_whole else "shared.duckdb")


def build_file_of(target: Path) -> Path:
    """Return the file that a build leaves; SATISFACTION_DUCKDB names that of the usual folder.

    Whoever names another folder means what was built there.
    """
    named = os.environ.get("SATISFACTION_DUCKDB")
    return Path(named) if named and target == target_folder() else target / "satisfaction.duckdb"


def compact(build_file: Path) -> None:
    """Copy a build file into a fresh one: DuckDB keeps the space of tables that were replaced.

    Raises
    ------
    PublishError
        If that cannot be done; the build file is as it was.
    """
    fresh = build_file.with_name(f"{build_file.name}{UNFINISHED}")
    # changes that are not in the file itself: a full disk ends neither a commit nor a connection
    # with an error, and leaves a log there
    logs = [path.with_name(f"{path.name}.wal") for path in (fresh, build_file)]
    spill = build_file.with_name(f"{fresh.name}.tmp")
    try:
        with contextlib.ExitStack() as undo:
            undo.callback(shutil.rmtree, spill, ignore_errors=True)
            for path in (fresh, logs[0]):
                path.unlink(missing_ok=True)
                undo.callback(path.unlink, missing_ok=True)
            with contextlib.closing(duckdb.connect()) as con:
                limit(con, spill)
                con.execute(f"attach {text(str(build_file))} as built (read_only)")
                con.execute(f"attach {text(str(fresh))} as fresh")
                con.execute("copy from database built to fresh")
                con.execute("checkpoint fresh")
                lost = contents(con, "built") != contents(con, "fresh")
                con.execute("detach fresh")
            if lost or any(log.exists() for log in logs):
                raise PublishError("the copy is not whole.\nFix: free some space, and try again.")
            shutil.copymode(build_file, fresh)
            sync(fresh)
            fresh.replace(build_file)
            sync(build_file.parent)
    except messages.TROUBLE as error:
        raise PublishError(messages.trouble(error)) from error


def contents(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, int | None]:
    """Return the tables of a database with their rows, and its views with None."""
    sql = "select schema_name, {0}_name from duckdb_{0}s() where database_name = ? and not internal"
    found: dict[str, int | None] = {}
    for schema, name in con.execute(sql.format("view"), [database]).fetchall():
        found[f"{quote(schema)}.{quote(name)}"] = None
    for schema, name in con.execute(sql.format("table"), [database]).fetchall():
        relation = f"{quote(schema)}.{quote(name)}"
        ((found[relation],),) = con.execute(
            f"select count(*) from {database}.{relation}"
        ).fetchall()
    return found


def limit(con: duckdb.DuckDBPyConnection, spill: Path) -> None:
    """Hold a connection to the memory of the build; what does not fit is spilled into a folder."""
    con.execute(f"set temp_directory = {text(str(spill))}")
    if memory := os.environ.get("SATISFACTION_DUCKDB_MEMORY"):  # as in profiles.yml
        con.execute(f"set memory_limit = {text(memory)}")


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
    if not isinstance(manifest, dict) or record.HOME not in manifest.get("nodes", {}):
        raise PublishError(f"{target / 'manifest.json'} is of another dbt project.\n{fix}")
    if says := record.problem(build_file or build_file_of(target), manifest):
        raise PublishError(says if "Fix:" in says else f"{says}\n{fix}")
    return dict(manifest)


def copy_mart(con: duckdb.DuckDBPyConnection, mart: Mart, folder: Path) -> int:
    """Copy one mart and return its rows; ordered by grain, so equal builds give equal files."""
    order = ", ".join([quote(column) for column in mart.grain]) or "all"
    name = f"published.main.{quote(mart.name)}"
    con.execute(f"create table {name} as select * from build.{mart.relation} order by {order}")
    ((rows,),) = con.fetchall()
    finish_mart(con, mart, name, folder)
    return int(rows)


def finish_mart(con: duckdb.DuckDBPyConnection, mart: Mart, name: str, folder: Path) -> None:
    """Describe a table that is published, and write it as Parquet too."""
    con.execute(f"comment on table {name} is {text(mart.description)}")
    there = {row[0] for row in con.execute(f"describe {name}").fetchall()}
    for column in mart.columns.values():
        if column.name in there and column.description:
            says = text(column.description)
            con.execute(f"comment on column {name}.{quote(column.name)} is {says}")
    path = text(str(folder / f"{mart.name}.parquet"))
    con.execute(f"copy {name} to {path} (format parquet, compression zstd)")


def write_shared(
    con: duckdb.DuckDBPyConnection,
    manifest: Mapping[str, Any],
    marts: Sequence[Mart],
    folder: Path,
    least: int,
) -> dict[str, int]:
    """Write what may be passed on, from the marts just copied; return the rows of each file."""
    folder.mkdir(mode=0o700)
    path = folder / "shared.duckdb"
    con.execute(f"attach {text(str(path))} as shared (storage_version {text(STORAGE_VERSION)})")
    rows, passed = shared.write(con, manifest, marts, least)
    for mart in passed:
        finish_mart(con, mart, f"shared.main.{quote(mart.name)}", folder)
    asked = folder / shared.BUILD_NAME
    con.execute(f"attach {text(str(asked))} as metrics (storage_version {text(STORAGE_VERSION)})")
    counts = {f"{name}.parquet": n for name, n in rows.items()}
    counts |= {path.name: sum(rows.values()), asked.name: shared.write_semantic(con, manifest)}
    con.execute("checkpoint shared")
    con.execute("checkpoint metrics")
    return counts


def write_generation(
    build_file: Path, manifest: Mapping[str, Any], marts: Sequence[Mart], folder: Path
) -> None:
    """Write both sets into a folder: marts.duckdb, Parquet files, marts.json; the same as shared.

    Raises
    ------
    PublishError
        If the build file is missing, open elsewhere, or lacks a mart, or the disk is full.
    """
    if not build_file.is_file():
        raise PublishError(f"{build_file}: no such build file.\nFix: make build first.")
    try:
        with contextlib.closing(duckdb.connect()) as con:
            limit(con, folder / "tmp")
            con.execute(f"attach {text(str(build_file))} as build (read_only)")
            con.execute(
                f"attach {text(str(folder / 'marts.duckdb'))} as published "
                f"(storage_version {text(STORAGE_VERSION)})"
            )
            rows = {f"{mart.name}.parquet": copy_mart(con, mart, folder) for mart in marts}
            con.execute("checkpoint published")
            least = record.min_cell(build_file, dict(manifest))
            passed = write_shared(con, manifest, marts, folder / shared.FOLDER, least)
    except RuleError as error:
        raise PublishError(str(error)) from error
    except duckdb.Error as error:
        raise PublishError(f"the marts could not be copied: {messages.trouble(error)}") from error
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    write_contents(folder / "marts.json", rows | {"marts.duckdb": sum(rows.values())})
    write_contents(folder / shared.FOLDER / "shared.json", passed)


def write_contents(path: Path, rows: Mapping[str, int]) -> None:
    """Write marts.json, by which a copy of a generation can be held against what was published."""
    folder = path.parent
    files = {}
    for name in sorted(rows):
        with (folder / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        files[name] = {"rows": rows[name], "sha256": digest}
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    document = {"published_at": now.replace("+00:00", "Z"), "files": files}
    path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def modes(value: object) -> tuple[int, int]:
    """Return the modes of a folder and of a file for a value of the var published_for.

    Raises
    ------
    PublishError
        If the value is none of the known ones.
    """
    if not isinstance(value, str) or value not in MODES:
        known = ", ".join(MODES)
        raise PublishError(f"vars: published_for is {value!r}.\nFix: make it one of {known}.")
    return MODES[value]


def open_to(folder: Path, modes: tuple[int, int]) -> None:
    """Give a folder and what is in it their modes, whatever the umask is."""
    for path in folder.iterdir():
        if path.is_dir():
            open_to(path, modes)
        else:
            path.chmod(modes[1])
    folder.chmod(modes[0])


def modes_of(published: Path) -> tuple[int, int]:
    """Return the modes of a folder and of a file made of published marts: those of the marts."""
    mode = published.stat().st_mode & 0o777
    return mode | (mode & 0o444) >> 2, mode


def let_through(target: Path, mode: int) -> None:
    """Let those who may read what is published pass through a target folder that make made.

    Only what is published can be opened by them: the folder itself cannot be listed. A folder with
    any other mode than the one of `only_one` is the user's, and stays as it is.
    """
    if target.stat().st_mode & 0o777 == 0o700:
        with contextlib.suppress(PermissionError):  # somebody else's
            target.chmod(0o700 | mode & 0o011)


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


def sweep(target: Path, in_force: str, now: float) -> None:
    """Remove what killed runs left behind, and generations out of force for an hour.

    A generation goes out of force when the next one is published; the one in force stays, as it
    is about to be the one before.
    """
    for path in target.glob(f"marts-*{UNFINISHED}"):
        shutil.rmtree(path, ignore_errors=True)
    names = sorted(path.name for path in target.glob("marts-*") if GENERATION.fullmatch(path.name))
    for name, following in itertools.pairwise(names):
        if name != in_force and now - published_at(following) > KEPT_SECONDS:
            shutil.rmtree(target / name, ignore_errors=True)


def published_at(name: str) -> float:
    """Return when a generation was published, in seconds since 1970, from its name."""
    stamp = name.removeprefix("marts-").split(".")[0]
    return calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%S"))


@contextlib.contextmanager
def only_one(target: Path, what: str) -> Iterator[None]:
    """Let one process at a time build or publish in a target folder.

    A folder that is not there yet is made, for its owner alone. The lock is the system's: a killed
    process leaves none behind.

    Raises
    ------
    PublishError
        If another process is at work there, or nothing can be written there.
    """
    try:
        import fcntl
    except ImportError as error:
        says = "Windows alone has not what publishing needs.\nFix: use WSL, or a container."
        raise PublishError(says) from error
    with contextlib.ExitStack() as held:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.mkdir(mode=0o700, exist_ok=True)
            lock = held.enter_context((target / f".{what}.lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            says = f"another {what} is at work in {target}.\nFix: wait until it has ended."
            raise PublishError(says) from error
        except OSError as error:
            raise PublishError(messages.trouble(error)) from error
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
    manifest = check_build(target, source)
    marts = read_marts(manifest)
    for_whom = modes(record.published_for(source, manifest))
    with only_one(target, "publish"):
        seconds, rest = divmod(time.time_ns(), 10**9)
        name = f"marts-{time.strftime('%Y%m%dT%H%M%S', time.gmtime(seconds))}.{rest:09d}"
        in_force = os.readlink(target / "marts") if (target / "marts").is_symlink() else ""
        sweep(target, in_force, seconds)
        folder = target / f"{name}{UNFINISHED}"
        folder.mkdir(mode=0o700)
        try:
            write_generation(source, manifest, marts, folder)
            open_to(folder, for_whom)
            for path in [*folder.rglob("*"), folder]:
                sync(path)
        except BaseException:  # the disk may be full: the room is needed
            shutil.rmtree(folder, ignore_errors=True)
            raise
        folder.rename(target / name)
        let_through(target, for_whom[0])
        sync(target)
        point(target / "marts.duckdb", "marts/marts.duckdb")
        point(target / "shared", f"marts/{shared.FOLDER}")
        point(target / "shared.duckdb", f"{shared.FOLDER}/shared.duckdb")
        point(target / "marts", name)  # the switch
        sync(target)
    return target / "marts.duckdb"


def main(argv: Sequence[str] | None = None) -> int:
    """Publish from the command line; return the exit code of the process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--target-path", help="dbt's target folder; default: target")
    parser.add_argument("--build-file", type=Path, help="the DuckDB file that dbt built")
    parser.add_argument(
        "--check", action="store_true", help="publish nothing, only say whether the build is whole"
    )
    args = parser.parse_args(argv)
    target = target_folder(args.target_path)
    if args.check:
        return messages.told(lambda: check_build(target, args.build_file), PublishError)
    return messages.told(lambda: print(publish(target, args.build_file)), PublishError)


if __name__ == "__main__":
    sys.exit(main())
