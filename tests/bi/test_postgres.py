"""The marts in PostgreSQL: every row, while others read, and nothing half or lost."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgresql
import duckdb
import pytest

from scripts import catalogue, publish, publish_postgres
from tests.python.conftest import Built

FOLDERS = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
PG_CTL = shutil.which("pg_ctl", path=os.pathsep.join([*FOLDERS, os.environ.get("PATH", "")]))
pytestmark = pytest.mark.skipif(PG_CTL is None, reason="no PostgreSQL server is installed")


@dataclass(frozen=True)
class Server:
    """A PostgreSQL of this test's own."""

    port: int

    def address(self, user: str = "satisfaction") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/postgres"

    def ask(self, sql: str, user: str = "satisfaction") -> list[tuple[Any, ...]]:
        with postgresql.connect(self.address(user)) as con, con.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def do(self, *statements: str) -> None:
        with postgresql.connect(self.address(), autocommit=True) as con, con.cursor() as cursor:
            for sql in statements:
                cursor.execute(sql)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Start a server on a free port; it refuses to run as root, so root hands it to `postgres`."""
    assert PG_CTL
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # a short path: sockets have no room for pytest's
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        switch: dict[str, Any] = {}
        if os.geteuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            switch["user"] = "postgres" if "postgres" in names else "nobody"
            switch["extra_groups"] = []
            shutil.chown(folder, switch["user"])
        data = f"{folder}/data"

        def run(*command: str) -> None:
            subprocess.run(
                command, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=120, **switch
            )

        initdb = str(Path(PG_CTL).with_name("initdb"))
        run(initdb, "-D", data, "-A", "trust", "-N", "-U", "satisfaction", "-E", "UTF8")
        settings = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        run(PG_CTL, "-D", data, "-w", "-l", f"{folder}/log", "-o", settings, "start")
        try:
            yield Server(port)
        finally:
            run(PG_CTL, "-D", data, "-m", "immediate", "stop")


@pytest.fixture
def schema(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the name of a schema that no other test uses."""
    name = request.node.name[:40]
    yield name
    for suffix in ("", "_next", "_old"):
        server.do(f"drop schema if exists {name}{suffix} cascade")


def write_target(target: Path, version: int, **more: str) -> Path:
    """Publish a build of two marts, one of which refers to the other; both carry the version."""
    shutil.rmtree(target, ignore_errors=True)
    (target / "marts").mkdir(parents=True)
    sql = {
        "dim_a": f"select range as id, {version} as version, '文' || range as label "
        "from range(2000)",
        "fct_b": f"select range as id, {version} as version, '=1+1' as label from range(1000)",
        **more,
    }
    with duckdb.connect(str(target / "marts" / "marts.duckdb")) as con:
        for name, query in sql.items():
            con.execute(f"create table {name} as {query}")
    publish.point(target / "marts.duckdb", "marts/marts.duckdb")

    def test(mart: str, name: str, **arguments: Any) -> dict[str, Any]:
        return {
            "resource_type": "test",
            "attached_node": mart,
            "test_metadata": {"name": name, "kwargs": {"columns": ["id"], **arguments}},
        }

    nodes: dict[str, Any] = {
        name: {
            "resource_type": "model",
            "name": name,
            "schema": "main",
            "path": f"marts/core/{name}.sql",
            "description": f"Mart {name}: it's one.",
            "columns": {"id": {"name": "id", "description": "The key."}},
        }
        for name in sql
    }
    refers = {"fct_b": [{"columns": ["id"], "to": "ref('dim_a')"}]}
    nodes |= {f"keys_{name}": test(name, "keys", refers_to=refers.get(name, [])) for name in sql}
    (target / "manifest.json").write_text(json.dumps({"nodes": nodes}), "utf-8")
    return target


def test_what_may_be_passed_on_arrives_unless_told_otherwise(
    demo: Built, server: Server, schema: str
) -> None:
    publish_postgres.publish(demo.target, server.address(), schema)
    tables = (
        "select table_name::text from information_schema.tables "
        f"where table_schema = '{schema}' and table_name <> 'published_marts'"
    )
    names = {name for (name,) in server.ask(tables)}
    passed = {path.stem for path in (demo.target / "shared").glob("*.parquet")}
    assert names == passed
    assert "dim_customers" not in names
    sql = (
        f"select count(*), count(n_respondents) from {schema}.fct_segment_satisfaction "
        "where cell_status = 'suppressed'"
    )
    assert server.ask(sql) == [(24, 0)]


def test_every_mart_of_the_demo_arrives_row_for_row(
    demo: Built, marts: duckdb.DuckDBPyConnection, server: Server, schema: str
) -> None:
    said = publish_postgres.publish(demo.target, server.address(), schema, is_whole=True)
    names = [name for (name,) in marts.execute("select table_name from duckdb_tables()").fetchall()]
    assert said == [f"{len(names)} marts are in the schema {schema} of PostgreSQL."]
    kinds = {
        "VARCHAR": "text",
        "BIGINT": "bigint",
        "INTEGER": "integer",
        "DOUBLE": "double precision",
        "BOOLEAN": "boolean",
        "DATE": "date",
        "TIMESTAMP": "timestamp without time zone",
    }
    with postgresql.connect(server.address()) as con, con.cursor() as cursor:
        for name in names:
            cursor.execute(f"select * from {schema}.{name}")
            there = cursor.fetch_arrow_table()
            marts.register("there", there)
            missing = f"(from {name}) except all (from there)"
            assert marts.execute(missing).fetchall() == [], name
            count = f"select count(*) from {name}"
            assert marts.execute(count).fetchall() == [(there.num_rows,)], name
            marts.unregister("there")
    columns = (
        "select table_name::text, column_name::text, data_type::text "
        f"from information_schema.columns where table_schema = '{schema}' "
        "and table_name <> 'published_marts' order by table_name collate \"C\", ordinal_position"
    )
    described = marts.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where not internal order by table_name, column_index"
    ).fetchall()
    assert server.ask(columns) == [(*row[:2], kinds[row[2]]) for row in described]
    constraints = (
        "select contype::text, count(*) from pg_constraint "
        f"where connamespace = '{schema}'::regnamespace group by 1 order by 1"
    )
    # the list has a key, and every mart but the refused rows; every reference is a key too
    described_marts = catalogue.marts(json.loads((demo.target / "manifest.json").read_text()))
    references = sum(len(mart.references) for mart in described_marts)
    assert references > 50
    assert server.ask(constraints) == [("f", references), ("p", len(names))]
    comment = f"obj_description('{schema}.fct_segment_satisfaction'::regclass)"
    ((says,),) = server.ask(f"select {comment}")
    assert "满意度" in says
    assert " — " in says
    bare = (
        "select a.attrelid::regclass::text from pg_attribute a join pg_class c on c.oid = attrelid "
        f"where c.relnamespace = '{schema}'::regnamespace and relkind = 'r' and attnum > 0 "
        "and relname <> 'published_marts' and col_description(c.oid, attnum) is null"
    )
    assert server.ask(bare) == []


def test_readers_see_the_former_marts_or_the_new_ones(
    tmp_path: Path, server: Server, schema: str
) -> None:
    target = write_target(tmp_path / "target", 0)
    publish_postgres.publish(target, server.address(), schema, is_whole=True)
    sql = f"select distinct version from {schema}.dim_a union select version from {schema}.fct_b"
    stop, failures, seen, mixed = threading.Event(), [], [], []

    def read() -> None:
        with postgresql.connect(server.address(), autocommit=True) as con, con.cursor() as cursor:
            while not stop.is_set():
                try:
                    cursor.execute(sql)
                    versions = sorted(row[0] for row in cursor.fetchall())
                    seen.append(versions[0])
                    if len(versions) > 1:
                        mixed.append(versions)
                except Exception as error:
                    failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for version in range(1, 8):
            write_target(target, version)
            publish_postgres.publish(target, server.address(), schema, is_whole=True)
    finally:
        stop.set()
        reader.join()
    assert failures == []
    assert seen == sorted(seen)
    assert len(set(seen)) > 2
    # PostgreSQL looks up one table after the other: the switch may come in between, once in a while
    assert len(mixed) < 3 and all(new == old + 1 for old, new in mixed), mixed


def test_a_reader_that_stays_holds_nothing_up(
    tmp_path: Path, server: Server, schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish_postgres, "PATIENCE", "100ms")
    target = write_target(tmp_path / "target", 1)
    publish_postgres.publish(target, server.address(), schema, is_whole=True)
    with postgresql.connect(server.address()) as con, con.cursor() as cursor:
        cursor.execute(f"select max(version) from {schema}.fct_b")  # and its transaction stays
        write_target(target, 2)
        said = publish_postgres.publish(target, server.address(), schema, is_whole=True)
        assert said[1].startswith(f"The former marts are still in {schema}_old: canceling")
        assert server.ask(f"select max(version) from {schema}.fct_b") == [(2,)]
        with pytest.raises(publish.PublishError, match="somebody still reads the marts before"):
            publish_postgres.publish(target, server.address(), schema, is_whole=True)
    write_target(target, 3)
    assert len(publish_postgres.publish(target, server.address(), schema, is_whole=True)) == 1
    left = f"select nspname::text from pg_namespace where nspname like '{schema}%'"
    assert server.ask(left) == [(schema,)]


def test_a_failure_leaves_the_former_marts(tmp_path: Path, server: Server, schema: str) -> None:
    target = write_target(tmp_path / "target", 1)
    publish_postgres.publish(target, server.address(), schema, is_whole=True)
    # the last of the marts breaks its key, has a text PostgreSQL cannot hold, refers to nothing
    bad = {
        "Key (id)=(7) is duplicated": {"fct_c": "select 7 as id from range(2)"},
        "fct_c: invalid byte sequence": {"fct_c": "select 'a' || chr(0) as id"},
        'not present in table "dim_a"': {"fct_b": "select -1 as id, 2 as version"},
    }
    for says, more in bad.items():
        write_target(target, 2, **more)
        with pytest.raises(publish.PublishError) as caught:
            publish_postgres.publish(target, server.address(), schema, is_whole=True)
        assert says in str(caught.value)
        assert "The former marts stay" in str(caught.value)
        assert server.ask(f"select distinct version from {schema}.fct_b") == [(1,)]
        left = f"select nspname::text from pg_namespace where nspname like '{schema}%'"
        assert server.ask(left) == [(schema,)]


def test_rights_are_carried_over(tmp_path: Path, server: Server, schema: str) -> None:
    target = write_target(tmp_path / "target", 1)
    publish_postgres.publish(target, server.address(), schema, is_whole=True)
    roles = [f"{role}_{server.port}" for role in ("reader", "half", "Über")]
    reader, half, owner = roles
    server.do(
        *[f'create role "{role}" login' for role in roles],
        f"grant usage on schema {schema} to {reader}, {half}",
        f'grant usage on schema {schema} to "{owner}" with grant option',
        f"grant select on all tables in schema {schema} to {reader}",
        f"grant select on {schema}.dim_a to {half}",
        f"grant select (id) on {schema}.fct_b to {half}",
        f'grant select, references on {schema}.fct_b to "{owner}" with grant option',
    )
    write_target(target, 2, fct_c="select 1 as id")
    try:
        publish_postgres.publish(target, server.address(), schema, is_whole=True)
        for mart, version in (("dim_a", 2), ("fct_b", 2)):
            sql = f"select max(version) from {schema}.{mart}"
            assert server.ask(sql, reader) == [(version,)]
        # who could read every mart reads the new one, and nobody else does
        assert server.ask(f"select id from {schema}.fct_c", reader) == [(1,)]
        assert server.ask(f"select max(version) from {schema}.dim_a", half) == [(2,)]
        assert server.ask(f"select max(id) from {schema}.fct_b", half) == [(999,)]
        for sql in (f"select version from {schema}.fct_b", f"select id from {schema}.fct_c"):
            with pytest.raises(postgresql.Error, match="permission denied"):
                server.ask(sql, half)
        kept = (
            f"select has_table_privilege('{owner}', '{schema}.fct_b', 'select with grant option'), "
            f"has_schema_privilege('{owner}', '{schema}', 'usage with grant option')"
        )
        assert server.ask(kept) == [(True, True)]
    finally:
        for role in roles:
            server.do(f'drop owned by "{role}"', f'drop role "{role}"')


@pytest.mark.parametrize(
    ("make", "undo", "named"),
    [
        ("create view public.mine as select * from {}.dim_a", "drop view public.mine", "view mine"),
        ("create table {}.notes (a int)", "drop table {}.notes", "table {}.notes"),
        (
            "create function {}.f() returns int language sql return 1",
            "drop function {}.f",
            "function {}.f()",
        ),
        (
            "create table public.other (id bigint references {}.dim_a)",
            "drop table public.other",
            "constraint other_id_fkey on table other",
        ),
        (
            "alter table {}.fct_b enable row level security",
            "alter table {}.fct_b disable row level security",
            "row level security of table fct_b",
        ),
    ],
    ids=["view", "table", "function", "key", "policy"],
)
def test_nothing_of_others_is_dropped(
    tmp_path: Path, server: Server, make: str, undo: str, named: str
) -> None:
    schema = "shared_marts"
    target = write_target(tmp_path / "target", 1)
    publish_postgres.publish(target, server.address(), schema, is_whole=True)
    server.do(make.format(schema))
    write_target(target, 2)
    with pytest.raises(publish.PublishError) as caught:
        publish_postgres.publish(target, server.address(), schema, is_whole=True)
    assert f"lost with it: {named.format(schema)}.\nFix:" in str(caught.value)
    assert server.ask(f"select max(version) from {schema}.dim_a") == [(1,)]
    server.do(undo.format(schema))
    publish_postgres.publish(target, server.address(), schema, is_whole=True)
    assert server.ask(f"select max(version) from {schema}.dim_a") == [(2,)]


def test_a_schema_of_somebody_else_is_left_alone(
    tmp_path: Path, server: Server, schema: str
) -> None:
    target = write_target(tmp_path / "target", 1)
    server.do(f"create schema {schema}", f"create table {schema}.dim_a (theirs int)")
    with pytest.raises(publish.PublishError, match=rf"lost with it: table {schema}.dim_a"):
        publish_postgres.publish(target, server.address(), schema, is_whole=True)
    with pytest.raises(publish.PublishError, match="a schema of their own"):
        publish_postgres.publish(target, server.address(), "public", is_whole=True)


def test_two_publishers_do_not_collide(tmp_path: Path, server: Server, schema: str) -> None:
    target = write_target(tmp_path / "target", 1)
    lock = f"hashtextextended('dbt-satisfaction {schema}', 0)"
    with postgresql.connect(server.address()) as con, con.cursor() as cursor:
        cursor.execute(f"select pg_advisory_lock({lock})")
        with pytest.raises(publish.PublishError, match="another publisher is at work"):
            publish_postgres.publish(target, server.address(), schema, is_whole=True)
    publish_postgres.publish(target, server.address(), schema, is_whole=True)


def test_what_is_wrong_is_said_plainly(
    tmp_path: Path,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def says(address: str) -> str:
        monkeypatch.setenv("SATISFACTION_POSTGRES", address)
        target = ["--target-path", str(tmp_path / "target")]
        assert publish_postgres.main([*target, "--whole"]) == 1
        return capsys.readouterr().err

    assert "Fix: make build first." in says(server.address())
    write_target(tmp_path / "target", 1)
    with duckdb.connect(str(tmp_path / "target" / "marts" / "marts.duckdb")) as con:
        con.execute("create table fct_more as select 1 as id")
    assert "are not those of the last dbt command" in says(server.address())
    write_target(tmp_path / "target", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"postgresql://x:hush@127.0.0.1:{free.getsockname()[1]}/postgres"
    message = says(nobody)
    assert "PostgreSQL cannot be reached" in message
    assert "Connection refused" in message
    assert "hush" not in message
    # what libpq cannot read it repeats; an @ within the password makes the rest of it a host
    for malformed in (
        "x:hush@nowhere/b",
        "postgresql://x:hu%zzsh@h/b",
        "postgresql://x:p@hush@h/b",
    ):
        message = says(malformed)
        assert "PostgreSQL cannot be reached" in message
        assert "hu" not in message
    assert 'role "stranger" does not exist' in says(server.address("stranger"))
    poor = f"poor_{server.port}"
    server.do(f"create role {poor} login")
    message = says(server.address(poor))
    assert "permission denied for database postgres" in message
    assert "Fix: the user needs CREATE on the database" in message
    server.do(f"drop role {poor}")


def test_libpq_variables_name_the_server(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = write_target(tmp_path / "target", 1)
    for name, value in {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGUSER": "satisfaction",
        "PGDATABASE": "postgres",
        "SATISFACTION_POSTGRES_SCHEMA": "by_variable",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SATISFACTION_POSTGRES", raising=False)
    assert publish_postgres.main(["--target-path", str(target), "--whole"]) == 0
    rows = server.ask("select mart, rows from by_variable.published_marts order by mart")
    assert rows == [("dim_a", 2000), ("fct_b", 1000)]
