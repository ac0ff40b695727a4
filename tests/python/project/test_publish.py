"""Publishing: all marts or none, whatever happens, and readers never notice."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from scripts import messages, publish
from tests.recorded import Recorder, manifest

ROOT = Path(publish.__file__).resolve().parents[1]
MODELS = ("method_rows", "dim_a", "fct_b", "stg_c")
BUILT = {f"model.dbt_satisfaction.{name}": "success" for name in MODELS}
BUILT |= {"test.dbt_satisfaction.grain_dim_a": "pass"}


def write_build(target: Path, version: int, rows: int = 5000, shuffled: int = 0) -> None:
    """Write what dbt leaves behind: a build file with two marts and its record, and a manifest.

    Every row of both marts carries the version, so that a mixture of builds shows.
    """
    target.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(target / "satisfaction.duckdb")) as con:
        order = f"hash(i + {shuffled})" if shuffled else "i"
        for name in ("dim_a", "fct_b"):
            con.execute(
                f"create or replace table {name} as select i as id, {version} as version, "
                f"'文' || i as label from range({rows}) t(i) order by {order}"
            )
        con.execute("create or replace table stg_c as select 1 as id")
        Recorder(con, minutes=100 * version).run(BUILT)
    known = manifest({"grain_dim_a": ["dim_a"]}, ["fct_b", "dim_a", "stg_c"])
    for name in MODELS:
        is_mart = name in ("dim_a", "fct_b")
        known["nodes"][f"model.dbt_satisfaction.{name}"] |= {
            "alias": name,
            "path": f"{'marts/core' if is_mart else 'staging'}/{name}.sql",
            "description": f"Mart {name}.",
            "columns": {"id": {"name": "id", "description": "The key: it's unique."}},
            "config": {"meta": {"shared": "as_is" if name == "dim_a" else "never"}},
        }
    known["nodes"]["test.dbt_satisfaction.grain_dim_a"] |= {
        "attached_node": "model.dbt_satisfaction.dim_a",
        "test_metadata": {"name": "keys", "kwargs": {"columns": ["id"]}},
    }
    (target / "manifest.json").write_text(json.dumps(known), "utf-8")


def versions(target: Path) -> set[int]:
    """Return the builds that the published DuckDB file and Parquet files come from."""
    with duckdb.connect(str(target / "marts.duckdb"), read_only=True) as con:
        sql = "select version from dim_a union select version from fct_b"
        found = con.execute(sql).fetchall()
    # the folder of the link is read once: a generation's files belong together
    folder = target / os.readlink(target / "marts")
    for name in ("dim_a", "fct_b"):
        found += duckdb.sql(f"select distinct version from '{folder}/{name}.parquet'").fetchall()
    return {row[0] for row in found}


def run_publish(target: Path) -> subprocess.Popen[bytes]:
    """Start a publisher of its own process."""
    command = [sys.executable, "scripts/publish.py", "--target-path", str(target)]
    env = {k: v for k, v in os.environ.items() if k != "SATISFACTION_DUCKDB"}
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=-1, stderr=-1)


@pytest.fixture(autouse=True)
def _no_build_file_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SATISFACTION_DUCKDB", raising=False)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return a target folder whose first build is published."""
    folder = tmp_path / "target"
    write_build(folder, 1)
    publish.publish(folder)
    return folder


def test_what_is_published(target: Path) -> None:
    assert versions(target) == {1}
    assert os.readlink(target / "marts.duckdb") == "marts/marts.duckdb"
    names = sorted(path.name for path in (target / "marts").iterdir())
    assert names == ["dim_a.parquet", "fct_b.parquet", "marts.duckdb", "marts.json", "shared"]
    with duckdb.connect(str(target / "marts.duckdb"), read_only=True) as con:
        tables = con.execute("select table_name, comment from duckdb_tables() order by 1")
        assert tables.fetchall() == [("dim_a", "Mart dim_a."), ("fct_b", "Mart fct_b.")]
        sql = (
            "select comment from duckdb_columns() where column_name = 'id' and table_name = 'dim_a'"
        )
        assert con.execute(sql).fetchall() == [("The key: it's unique.",)]


def test_both_sets_are_switched_at_once(target: Path) -> None:
    """What may be passed on lies in the generation of the marts: there is one link to replace."""
    assert os.readlink(target / "shared") == "marts/shared"
    assert os.readlink(target / "shared.duckdb") == "shared/shared.duckdb"
    for version in (1, 2):
        write_build(target, version)
        publish.publish(target)
        folder = target / "shared"
        names = sorted(path.name for path in folder.iterdir())
        known = ["dim_a.parquet", "satisfaction.duckdb", "shared.duckdb", "shared.json"]
        assert names == known
        with duckdb.connect(str(target / "shared.duckdb"), read_only=True) as con:
            assert con.execute("select distinct version from dim_a").fetchall() == [(version,)]
            assert con.execute("select comment from duckdb_tables()").fetchall() == [
                ("Mart dim_a.",)
            ]
        assert duckdb.sql(f"select distinct version from '{folder}/dim_a.parquet'").fetchall() == [
            (version,)
        ]


def test_a_mart_that_is_wrong_about_itself_stops(target: Path) -> None:
    known = json.loads((target / "manifest.json").read_text("utf-8"))
    known["nodes"]["model.dbt_satisfaction.dim_a"]["config"] = {"meta": {"shared": {"who": 1}}}
    (target / "manifest.json").write_text(json.dumps(known), "utf-8")
    with pytest.raises(publish.PublishError, match="dim_a: meta.shared is .*\nFix: make it never"):
        publish.publish(target)
    assert versions(target) == {1}


def test_older_duckdb_can_read_it(target: Path) -> None:
    with duckdb.connect() as con:
        con.execute(f"attach '{target}/marts.duckdb' as m (read_only)")
        tags = con.execute("select tags from duckdb_databases() where database_name = 'm'")
        assert "v1.4.0" in str(tags.fetchall())


def test_what_was_published_is_listed_and_nothing_else_is_told(target: Path) -> None:
    told = json.loads((target / "marts" / "marts.json").read_text("utf-8"))
    assert set(told) == {"published_at", "files"}
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["published_at"])
    rows = {"dim_a.parquet": 5000, "fct_b.parquet": 5000, "marts.duckdb": 10000}
    assert {name: file["rows"] for name, file in told["files"].items()} == rows
    for name, file in told["files"].items():
        content = (target / "marts" / name).read_bytes()
        assert file == {"rows": rows[name], "sha256": hashlib.sha256(content).hexdigest()}


def age(target: Path, hours: float) -> None:
    """Let all generations have been published earlier than they were, one an hour after another."""
    paths = sorted(target.glob("marts-2*"))
    for number, path in enumerate(reversed(paths)):
        then = time.gmtime(time.time() - 3600 * (hours + number))
        older = target / f"marts-{time.strftime('%Y%m%dT%H%M%S', then)}.000000000"
        is_in_force = path.name == os.readlink(target / "marts")
        path.rename(older)
        if is_in_force:
            publish.point(target / "marts", older.name)


def test_a_generation_stays_for_an_hour_after_it_was_replaced(target: Path) -> None:
    for version in (2, 3):
        write_build(target, version)
        publish.publish(target)
    assert len(list(target.glob("marts-*"))) == 3  # readers of all three are at work
    age(target, 0.5)  # 2.5, 1.5 and 0.5 hours old: the first was replaced 1.5 hours ago
    first, second, third = sorted(path.name for path in target.glob("marts-*"))
    write_build(target, 4)
    publish.publish(target)
    kept = {path.name for path in target.glob("marts-*")}
    assert kept == {second, third, os.readlink(target / "marts")}
    assert first not in kept


def test_two_generations_stay_however_old_they_are(target: Path) -> None:
    (target / "marts-killed.unfinished").mkdir()
    (target / "marts-backup").mkdir()  # somebody's own
    for version in (2, 3, 4):
        age(target, 100 - 20 * version)
        write_build(target, version)
        publish.publish(target)
        assert versions(target) == {version}
    generations = sorted(path.name for path in target.glob("marts-2*"))
    assert len(generations) == 2
    assert generations[-1] == os.readlink(target / "marts")
    assert (target / "marts-backup").is_dir()
    assert not list(target.glob(f"*{publish.UNFINISHED}"))


def test_equal_builds_give_equal_files_whatever_the_order_of_rows(tmp_path: Path) -> None:
    digests = set()
    for shuffled in (0, 1, 2):
        folder = tmp_path / str(shuffled)
        write_build(folder, 1, rows=300_000, shuffled=shuffled)
        publish.publish(folder)
        paths = sorted((folder / "marts").glob("*.parquet"))
        digests.add(tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths))
    assert len(digests) == 1


@pytest.mark.parametrize("step", ["copy_mart", "sync", "sweep", "point", "write_generation"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_failure_at_any_step_leaves_one_whole_set(
    target: Path, monkeypatch: pytest.MonkeyPatch, step: str, nth: int
) -> None:
    write_build(target, 2)
    real, calls = getattr(publish, step), []

    def fails(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == nth:
            raise RuntimeError("the power went")
        return real(*args, **kwargs)

    monkeypatch.setattr(publish, step, fails)
    try:
        publish.publish(target)
    except RuntimeError:
        assert versions(target) == {1}
    else:
        assert versions(target) == {2}
    monkeypatch.undo()
    publish.publish(target)
    assert versions(target) == {2}
    assert not list(target.glob(f"*{publish.UNFINISHED}"))


def test_a_first_publish_that_fails_leaves_nothing_to_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_build(tmp_path, 1)
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        publish.publish(tmp_path)
    assert not (tmp_path / "marts.duckdb").exists()


def test_kills_at_random_moments(target: Path) -> None:
    """A real SIGKILL, some twenty times in ten seconds, early and late in the publisher's life."""
    rng, version, killed = random.Random(7), 1, 0
    write_build(target, 2)
    started = time.monotonic()
    assert run_publish(target).wait() == 0
    whole = time.monotonic() - started
    deadline, version = time.monotonic() + 8, 2
    while time.monotonic() < deadline:
        write_build(target, version + 1)
        process = run_publish(target)
        time.sleep(rng.uniform(0.3, 1.0) * whole)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        process.communicate()
        found = versions(target)
        assert len(found) == 1 and found <= {version, version + 1}
        version = found.pop()
    assert killed >= 3
    write_build(target, version + 1)
    publish.publish(target)
    assert versions(target) == {version + 1}
    assert not list(target.glob(f"*{publish.UNFINISHED}"))


def test_readers_never_fail_while_publishing(target: Path) -> None:
    stop, failures, seen = threading.Event(), [], set()
    write_build(target, 2)

    def read() -> None:
        while not stop.is_set():
            try:
                # a process of its own would be slower; a fresh instance per read is the same
                with duckdb.connect() as con:
                    con.execute(f"attach '{target}/marts.duckdb' as m (read_only)")
                    sql = "select version from m.dim_a union select version from m.fct_b"
                    rows = con.execute(sql).fetchall()
                assert len(rows) == 1, rows
                seen.add(rows[0][0])
            except Exception as error:
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for version in range(2, 8):
        write_build(target, version)
        assert run_publish(target).wait() == 0
    stop.set()
    reader.join()
    assert not failures
    assert len(seen) > 2


def test_publishing_beside_a_reader_that_stays(target: Path) -> None:
    with duckdb.connect(str(target / "marts.duckdb"), read_only=True) as con:
        write_build(target, 2)
        process = run_publish(target)
        assert process.wait() == 0
        assert con.execute("select max(version) from fct_b").fetchall() == [(1,)]
    assert versions(target) == {2}


def test_a_log_of_a_program_that_wrote_to_the_old_copy_does_no_harm(target: Path) -> None:
    code = (
        f"import duckdb, os; c = duckdb.connect({str(target / 'marts.duckdb')!r}); "
        "c.execute('create table mine as select 1 as x'); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    write_build(target, 2)
    publish.publish(target)
    assert versions(target) == {2}


def test_a_build_that_is_not_whole_is_not_published(target: Path) -> None:
    write_build(target, 2)
    with duckdb.connect(str(target / "satisfaction.duckdb")) as con:
        Recorder(con, minutes=300).run({"model.dbt_satisfaction.dim_a": "success"}, command="run")
    with pytest.raises(publish.PublishError, match=r"grain_dim_a has not passed[\s\S]*Fix: make"):
        publish.publish(target)
    assert versions(target) == {1}
    assert not list(target.glob(f"*{publish.UNFINISHED}"))


@pytest.mark.parametrize("command", ["ls", "show", "docs generate", "parse"])
def test_commands_that_build_nothing_lock_nobody_out(target: Path, command: str) -> None:
    """They rewrite manifest.json under another id, and some run_results.json."""
    told = json.loads((target / "manifest.json").read_text("utf-8"))
    told["metadata"] = {"invocation_id": command}
    (target / "manifest.json").write_text(json.dumps(told), "utf-8")
    (target / "run_results.json").write_text(json.dumps({"args": {"which": command}}), "utf-8")
    publish.publish(target)


def test_one_publisher_at_a_time(target: Path) -> None:
    with (
        publish.only_one(target, "publish"),
        pytest.raises(publish.PublishError, match="another publish is at work"),
    ):
        publish.publish(target)


def test_nothing_built(tmp_path: Path) -> None:
    with pytest.raises(publish.PublishError, match="Fix: make build"):
        publish.publish(tmp_path)


def test_a_missing_mart_stops_all(target: Path) -> None:
    write_build(target, 2)
    with duckdb.connect(str(target / "satisfaction.duckdb")) as con:
        con.execute("drop table fct_b")
    with pytest.raises(publish.PublishError, match="fct_b"):
        publish.publish(target)
    assert versions(target) == {1}


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    write_build(tmp_path, 1)
    (tmp_path / "marts").mkdir()
    with pytest.raises(publish.PublishError, match="is in the way"):
        publish.publish(tmp_path)


def test_a_full_refresh_gives_the_space_back(tmp_path: Path) -> None:
    build_file = tmp_path / "satisfaction.duckdb"
    with duckdb.connect(str(build_file)) as con:
        for _ in range(3):
            con.execute("create or replace table t as select hash(i) as x from range(300000) r(i)")
            con.execute("checkpoint")
        con.execute("create view v as select count(*) as n from satisfaction.main.t")
        con.execute("create or replace table t as select hash(i) as x from range(1000) r(i)")
    bloated = build_file.stat().st_size
    publish.compact(build_file)
    assert build_file.stat().st_size < bloated / 2
    with duckdb.connect(str(build_file), read_only=True) as con:
        assert con.execute("select n from v").fetchall() == [(1000,)]
    assert [path.name for path in tmp_path.iterdir()] == ["satisfaction.duckdb"]


def write_build_file(path: Path, tables: int, rows: int) -> None:
    """Write a build file of many small tables, each of which takes a block of its own."""
    with duckdb.connect(str(path)) as con:
        for number in range(tables):
            sql = f"create table t{number} as select hash(i) as x from range({rows}) r(i)"
            con.execute(sql)
        con.execute("create view v as select count(*) as n from t0")


SMALL_DISK = """
import resource, signal, sys
from pathlib import Path
from scripts import publish
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    publish.compact(Path(sys.argv[1]))
except publish.PublishError as error:
    print(error)
"""


@pytest.mark.parametrize("kilobytes", [200, 500, 1000])
def test_a_disk_too_full_to_make_the_build_file_smaller_leaves_it(
    tmp_path: Path, kilobytes: int
) -> None:
    """No file may grow beyond a limit: the log of the copy fits, what a checkpoint writes does not.

    The copy is then committed, and DuckDB closes it without a word, as on a full disk.
    """
    build_file = tmp_path / "satisfaction.duckdb"
    write_build_file(build_file, tables=20, rows=500)
    before = build_file.read_bytes()
    assert len(before) > kilobytes * 1024
    command = [sys.executable, "-c", SMALL_DISK, str(build_file), str(kilobytes * 1024)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Fix: " in done.stdout, done.stderr
    assert build_file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["satisfaction.duckdb"]


def test_what_an_earlier_run_left_does_no_harm(tmp_path: Path) -> None:
    build_file = tmp_path / "satisfaction.duckdb"
    write_build_file(build_file, tables=3, rows=10)
    for name in ("satisfaction.duckdb.unfinished", "satisfaction.duckdb.unfinished.wal"):
        (tmp_path / name).write_bytes(b"left behind")
    publish.compact(build_file)
    with duckdb.connect(str(build_file), read_only=True) as con:
        assert con.execute("select n from v").fetchall() == [(10,)]
    assert [path.name for path in tmp_path.iterdir()] == ["satisfaction.duckdb"]


def test_a_build_file_with_a_log_beside_it_is_not_replaced(tmp_path: Path) -> None:
    """The log would be read into the copy, whose blocks are others."""
    build_file = tmp_path / "satisfaction.duckdb"
    write_build_file(build_file, tables=1, rows=10)
    code = (
        f"import duckdb, os; c = duckdb.connect({str(build_file)!r}); "
        "c.execute('create table mine as select 1 as x'); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    with pytest.raises(publish.PublishError, match="the copy is not whole"):
        publish.compact(build_file)
    with duckdb.connect(str(build_file), read_only=True) as con:
        assert con.execute("select x from mine").fetchall() == [(1,)]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("value", "folder", "file", "target_mode"),
    [
        ("owner", 0o700, 0o600, 0o700),
        ("group", 0o750, 0o640, 0o710),
        ("everyone", 0o755, 0o644, 0o711),
    ],
)
def test_who_may_read_what_is_published(
    tmp_path: Path, value: str, folder: int, file: int, target_mode: int
) -> None:
    for umask in (0o022, 0o077):
        target = tmp_path / oct(umask)
        with publish.only_one(target, "build"):  # makes the folder, as a build does
            write_build(target, 1)
        say_for_whom(target, value)
        before = os.umask(umask)
        try:
            publish.publish(target)
        finally:
            os.umask(before)
        assert mode(target) == target_mode
        for place in ("marts", "shared"):
            assert mode(target / place) == folder
            files = [path for path in (target / place).iterdir() if path.is_file()]
            assert {mode(path) for path in files} == {file}


def say_for_whom(target: Path, value: str) -> None:
    """Record a command that was told for whom the marts are."""
    with duckdb.connect(str(target / "satisfaction.duckdb")) as con:
        con.execute("insert into build_readers values ('later', '2030-01-01', ?)", [value])


def test_a_folder_of_the_users_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir(mode=0o750)
    write_build(target, 1)
    say_for_whom(target, "everyone")
    publish.publish(target)
    assert mode(target) == 0o750


@pytest.mark.parametrize("value", ["all", "420", "['owner']", "None"])
def test_nobody_knows_for_whom(target: Path, value: str) -> None:
    write_build(target, 2)
    say_for_whom(target, value)
    with pytest.raises(
        publish.PublishError, match="published_for is .*\nFix: make it one of owner"
    ):
        publish.publish(target)
    assert versions(target) == {1}


def test_a_full_disk_is_told_plainly_and_gets_its_room_back(tmp_path: Path) -> None:
    write_build(tmp_path, 1, rows=300_000)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limit[1]))
    try:
        with pytest.raises(publish.PublishError, match="could not be copied: .*\nFix: "):
            publish.publish(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, before)
    assert not list(tmp_path.glob("marts*"))


@pytest.mark.parametrize("letters", [0, 40])
def test_a_manifest_that_is_cut_short(
    target: Path, letters: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = target / "manifest.json"
    path.write_text(path.read_text("utf-8")[:letters], "utf-8")
    assert publish.main(["--target-path", str(target)]) == 1
    assert "cut short.\nFix: make build" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["[]", '{"nodes": {}}'])
def test_the_target_of_another_project(
    target: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (target / "manifest.json").write_text(text, "utf-8")
    assert publish.main(["--target-path", str(target)]) == 1
    assert "is of another dbt project.\nFix: make build" in capsys.readouterr().err


def test_who_names_a_folder_publishes_what_was_built_there(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SATISFACTION_DUCKDB", str(tmp_path / "elsewhere.duckdb"))
    assert publish.build_file_of(target) == target / "satisfaction.duckdb"
    usual = publish.target_folder()
    assert publish.build_file_of(usual) == tmp_path / "elsewhere.duckdb"


def test_garbage_is_told_plainly(target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (target / "satisfaction.duckdb").write_bytes(b"not a database" * 1000)
    assert publish.main(["--target-path", str(target)]) == 1
    assert "broken, or of another DuckDB version.\nFix: " in capsys.readouterr().err
    assert versions(target) == {1}


@pytest.mark.parametrize("name", ["file", "file/target", "x" * 300, "loop"])
def test_a_target_folder_that_cannot_be(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    target = tmp_path / name
    with pytest.raises(publish.PublishError, match="Fix: "), publish.only_one(target, "build"):
        pass
    assert publish.main(["--target-path", str(target)]) == 1
    assert "Fix: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "fix"), [(13, "--target-path"), (30, "--target-path"), (28, "the disk is full")]
)
def test_what_the_system_says_has_a_fix(number: int, fix: str) -> None:
    said = messages.trouble(OSError(number, os.strerror(number), "target/.build.lock"))
    assert fix in said and "Fix: " in said and "Errno" not in said


def test_a_system_without_file_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with (
        pytest.raises(publish.PublishError, match="Fix: use WSL, or a container"),
        publish.only_one(tmp_path, "build"),
    ):
        pass
