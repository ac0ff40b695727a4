"""Load the published marts into PostgreSQL, all at once or not at all.

They are those of what may be passed on (docs/passing-on.md); `--whole` loads all.

Everything happens in one transaction: a schema `<name>_next` is made and filled, and then takes
the place of the schema `<name>` by two renames, which wait for no reader. What reads sees the
former marts until the commit and the new ones after it; a failure leaves the former. Only a
statement whose tables PostgreSQL looks up at the very moment of the commit may find one of each.

SATISFACTION_POSTGRES says where: an address such as postgresql://user@host:5432/database, or
nothing, and libpq's own variables (PGHOST, PGUSER …) count. The password belongs into PGPASSWORD
or ~/.pgpass. SATISFACTION_POSTGRES_SCHEMA names the schema; default: marts.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
if __package__ in (None, ""):  # run as a file, not with -m
    sys.path.insert(0, str(ROOT))

from scripts import catalogue, shared  # noqa: E402
from scripts.catalogue import quote  # noqa: E402
from scripts.publish import (  # noqa: E402
    CUSTOMERS,
    WHOLE,
    PublishError,
    published_file,
    target_folder,
    text,
)

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection, Cursor

BATCH_ROWS = 50_000
# how long dropping the former marts waits for those who still read them
PATIENCE = "10s"
# one row for each mart: what is published, and since when
LIST = "published_marts"

# what dropping a schema of marts would take along although it is not of this project's making
IN_THE_WAY = """
with mine as (
    select oid, relname, relrowsecurity from pg_class
    where relnamespace = to_regnamespace({schema}) and relname in ({names})
)
select pg_describe_object(d.classid, d.objid, 0)
from pg_depend as d
where d.deptype = 'n' and d.refclassid = 'pg_namespace'::regclass
    and d.refobjid = to_regnamespace({schema})
    and not (d.classid = 'pg_class'::regclass and d.objid in (select oid from mine))
union
select pg_describe_object(d.classid, d.objid, 0)
from pg_depend as d
where d.deptype = 'n' and d.refclassid = 'pg_class'::regclass
    and d.refobjid in (select oid from mine)
    and not exists (
        select from pg_constraint as c
        where d.classid = 'pg_constraint'::regclass and c.oid = d.objid
            and c.conrelid in (select oid from mine)
    )
union
select 'row level security of table ' || relname from mine where relrowsecurity
order by 1
"""

# the rights on the former marts, as statements for the new ones; who could read every mart also
# reads those that are new
GRANTS = """
with was as (
    select * from pg_class
    where relnamespace = to_regnamespace({old}) and relkind = 'r'
),
will as (
    select relname from pg_class where relnamespace = to_regnamespace({new}) and relkind = 'r'
),
rights as (
    select format('schema %s', {new_name}) as thing, a.privilege_type as privilege,
        a.grantee, a.is_grantable
    from pg_namespace as n cross join aclexplode(n.nspacl) as a
    where n.oid = to_regnamespace({old}) and a.grantee <> n.nspowner
    union all
    select format('%s.%I', {new_name}, w.relname), a.privilege_type, a.grantee, a.is_grantable
    from was as w cross join aclexplode(w.relacl) as a
    where a.grantee <> w.relowner and w.relname in (select relname from will)
    union all
    select format('%s.%I', {new_name}, w.relname),
        format('%s (%I)', a.privilege_type, c.attname), a.grantee, a.is_grantable
    from was as w
    join pg_attribute as c on c.attrelid = w.oid
    join pg_attribute as d
        on d.attrelid = to_regclass(format('%s.%I', {new_name}, w.relname))
        and d.attname = c.attname
    cross join aclexplode(c.attacl) as a
    where a.grantee <> w.relowner
    union all
    select format('%s.%I', {new_name}, n.relname), 'SELECT', r.grantee, false
    from will as n
    cross join (
        select a.grantee from was as w cross join aclexplode(w.relacl) as a
        where a.privilege_type = 'SELECT' and a.grantee <> w.relowner
        group by a.grantee having count(distinct w.oid) = (select count(*) from was)
    ) as r
    where n.relname not in (select relname from was)
)
select format(
    'grant %s on %s to %s%s', privilege, thing,
    case when grantee = 0 then 'public' else grantee::regrole::text end,
    case when is_grantable then ' with grant option' else '' end
)
from rights
order by 1
"""


@contextlib.contextmanager
def connected(address: str) -> Iterator[Connection]:
    """Connect to PostgreSQL; what goes wrong there is said in one plain message.

    Raises
    ------
    PublishError
        If the driver or the server is not there, or the server refuses something.
    """
    try:
        import adbc_driver_postgresql.dbapi as postgresql
    except ModuleNotFoundError as error:
        fix = 'Fix: pip install "adbc-driver-postgresql", or the extra "postgres".'
        raise PublishError(f"the driver of PostgreSQL is not installed.\n{fix}") from error
    try:
        connection = postgresql.connect(address or "postgresql://")
    except postgresql.Error as error:
        fix = (
            "Fix: SATISFACTION_POSTGRES=postgresql://user@host:5432/database, and the password "
            "in PGPASSWORD or ~/.pgpass."
        )
        says = reason(error)
        if not says.startswith("connection to server"):
            # libpq repeats what it cannot read of an address: it may be a part of the password
            says = re.sub('".*"', '"…"', says)
        raise PublishError(f"PostgreSQL cannot be reached: {says}.\n{fix}") from error
    try:
        with connection:
            yield connection
    except postgresql.Error as error:
        thing = "".join(f" {note}" for note in getattr(error, "__notes__", []))
        says = f"PostgreSQL refused{thing}: {reason(error)}.\nThe former marts stay as they were."
        if error.sqlstate == "42501":  # insufficient_privilege
            says += "\nFix: the user needs CREATE on the database, and to own the schema."
        if error.sqlstate == "55P03":  # lock_not_available
            says += "\nFix: somebody still reads the marts before these; wait, or end that session."
        raise PublishError(says) from error


def reason(error: Exception) -> str:
    """Return what the server said, without the statement and the driver's own words."""
    details = dict(getattr(error, "details", []))
    if primary := details.get(b"PG_DIAG_MESSAGE_PRIMARY"):
        detail = details.get(b"PG_DIAG_MESSAGE_DETAIL", b"").rstrip(b".")
        return b": ".join(filter(None, [primary, detail])).decode(errors="replace")
    return str(error).split("Failed to connect: ")[-1].strip().splitlines()[0]


def rows(cursor: Cursor, sql: str) -> list[Any]:
    """Return the first column of a query."""
    cursor.execute(sql)
    return [row[0] for row in cursor.fetchall()]


def exists(cursor: Cursor, schema: str) -> bool:
    """Return whether a schema is there."""
    sql = f"select nspname::text from pg_namespace where nspname = {text(schema)}"
    return bool(rows(cursor, sql))


def refuse_what_is_in_the_way(cursor: Cursor, schema: str) -> None:
    """Make sure that dropping a schema of marts would take along nothing of somebody else's.

    Raises
    ------
    PublishError
        If there is a table, a view or the like that this project did not make.
    """
    names = [LIST]
    if rows(cursor, f"select to_regclass({text(f'{quote(schema)}.{LIST}')})::text") != [None]:
        names += rows(cursor, f"select mart from {quote(schema)}.{LIST}")
    sql = IN_THE_WAY.format(
        schema=text(quote(schema)), names=", ".join(text(name) for name in names)
    )
    if found := rows(cursor, sql):
        named = ", ".join(name.removeprefix("rule _RETURN on ") for name in found[:10])
        raise PublishError(
            f"the schema {schema} is replaced as a whole, and this would be lost with it: {named}"
            f"{' …' if len(found) > 10 else ''}.\nFix: drop it first and make it again after "
            "publishing, or name another schema: SATISFACTION_POSTGRES_SCHEMA."
        )


def load(
    cursor: Cursor,
    source: duckdb.DuckDBPyConnection,
    marts: Sequence[catalogue.Mart],
    schema: str,
) -> None:
    """Make a schema and fill it: tables with keys, comments and statistics."""
    labels = catalogue.business_terms()

    def comment(thing: str, name: str, description: str) -> None:
        says = " · ".join(labels.get(name, ()))
        says = text(" — ".join(filter(None, [says, description])))
        cursor.execute(f"comment on {thing} is {says}")

    cursor.execute(f"create schema {quote(schema)}")
    cursor.execute(
        f"create table {quote(schema)}.{LIST} "
        "(mart text primary key, rows bigint not null, published_at timestamptz not null)"
    )
    comment(f"table {quote(schema)}.{LIST}", LIST, "One row for each mart that was published.")
    for mart in marts:
        table = f"{quote(schema)}.{quote(mart.name)}"
        relation = source.sql(f"from marts.{quote(mart.name)}")
        columns = relation.columns
        try:
            cursor.adbc_ingest(
                mart.name,
                relation.to_arrow_reader(BATCH_ROWS),
                mode="create",
                db_schema_name=schema,
            )
        except Exception as error:
            error.add_note(mart.name)
            raise
        if mart.grain:
            key = ", ".join(map(quote, mart.grain))
            cursor.execute(f"alter table {table} add primary key ({key})")
        comment(f"table {table}", mart.name, mart.description)
        for name in columns:
            column = mart.columns.get(name)
            comment(f"column {table}.{quote(name)}", name, column.description if column else "")
        cursor.execute(
            f"insert into {quote(schema)}.{LIST} "
            f"select {text(mart.name)}, count(*), current_timestamp from {table}"
        )
    keys = {mart.name: mart.grain for mart in marts}
    for mart in marts:
        for reference in mart.references:
            if set(reference.columns) != set(keys.get(reference.to, ())):
                continue
            columns_of = ", ".join(map(quote, reference.columns))
            cursor.execute(
                f"alter table {quote(schema)}.{quote(mart.name)} add foreign key ({columns_of}) "
                f"references {quote(schema)}.{quote(reference.to)} ({columns_of})"
            )
    for mart in marts:
        cursor.execute(f"analyze {quote(schema)}.{quote(mart.name)}")


def drop(connection: Connection, cursor: Cursor, schema: str) -> None:
    """Drop a schema of former marts, if it is there."""
    if exists(cursor, schema):
        refuse_what_is_in_the_way(cursor, schema)
        cursor.execute(f"set local lock_timeout = {text(PATIENCE)}")
        cursor.execute(f"drop schema {quote(schema)} cascade")
    connection.commit()


def is_whole_there(address: str, schema: str) -> bool:
    """Tell whether the schema holds all marts: those that name customers are among them."""
    with connected(address) as connection:
        tables = "select table_name from information_schema.tables where table_schema = "
        return CUSTOMERS in rows(connection.cursor(), tables + text(schema))


def publish(target: Path, address: str, schema: str, is_whole: bool = False) -> list[str]:
    """Load the published marts of a target folder into a schema of PostgreSQL.

    Parameters
    ----------
    target
        dbt's target folder, which holds what is published and the manifest.
    address
        A connection URI or string of libpq; empty: libpq's environment variables count.
    schema
        The schema that the marts are in afterwards.
    is_whole
        Whether to load all marts, and not what may be passed on.

    Returns
    -------
    list of str
        What was done, in plain words.

    Raises
    ------
    PublishError
        If the marts cannot be read or loaded; the former ones stay.
    """
    published = published_file(target, is_whole)
    if not published.exists():
        raise PublishError(f"nothing is published in {target}.\nFix: make build first.")
    if schema in ("public", "information_schema") or schema.startswith("pg_"):
        raise PublishError(
            f"the schema {schema} cannot be replaced as a whole.\n"
            "Fix: give the marts a schema of their own, SATISFACTION_POSTGRES_SCHEMA=marts."
        )
    manifest = json.loads((target / "manifest.json").read_text("utf-8"))
    marts = catalogue.marts(manifest)
    marts = marts if is_whole else shared.passed_on(manifest, marts)
    new, old = f"{schema}_next", f"{schema}_old"
    with contextlib.closing(duckdb.connect()) as source, connected(address) as connection:
        source.execute(f"attach {text(str(published.resolve()))} as marts (read_only)")
        tables = "select table_name from duckdb_tables() where database_name = 'marts'"
        if {row[0] for row in source.execute(tables).fetchall()} != {mart.name for mart in marts}:
            raise PublishError(
                "the published marts are not those of the last dbt command.\nFix: make build first."
            )
        cursor = connection.cursor()
        cursor.execute("set client_encoding to 'UTF8'")
        lock = f"hashtextextended({text(f'dbt-satisfaction {schema}')}, 0)"
        if rows(cursor, f"select pg_try_advisory_lock({lock})") != [True]:
            raise PublishError(
                f"another publisher is at work on the schema {schema}.\n"
                "Fix: wait until it has ended."
            )
        connection.commit()
        drop(connection, cursor, old)
        refuse_what_is_in_the_way(cursor, schema)
        load(cursor, source, marts, new)
        if exists(cursor, schema):
            refuse_what_is_in_the_way(cursor, schema)
            grants = GRANTS.format(
                old=text(quote(schema)), new=text(quote(new)), new_name=text(quote(new))
            )
            for grant in rows(cursor, grants):
                cursor.execute(grant)
            cursor.execute(f"alter schema {quote(schema)} rename to {quote(old)}")
        cursor.execute(f"alter schema {quote(new)} rename to {quote(schema)}")
        connection.commit()  # the switch
        said = [f"{len(marts)} marts are in the schema {schema} of PostgreSQL."]
        try:
            drop(connection, cursor, old)
        except Exception as error:
            # somebody is still reading: the next run drops it
            said.append(f"The former marts are still in {old}: {reason(error)}.")
        cursor.close()
    return said


def main(argv: Sequence[str] | None = None) -> int:
    """Publish from the command line; return the exit code of the process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--target-path", help="dbt's target folder; default: target")
    parser.add_argument("--whole", action="store_true", help=WHOLE)
    args = parser.parse_args(argv)
    address = os.environ.get("SATISFACTION_POSTGRES", "")
    schema = os.environ.get("SATISFACTION_POSTGRES_SCHEMA") or "marts"
    try:
        said = publish(target_folder(args.target_path), address, schema, args.whole)
        print("\n".join(said))
    except (PublishError, catalogue.CatalogueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
