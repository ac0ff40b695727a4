"""Forgetting people in the files of a case: who is named where, and the files without them."""

from __future__ import annotations

import contextlib
import csv
import functools
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from satisfaction.imports.personal import names_person
from scripts import areas, cases, messages
from scripts.cases import ROOT, CaseError
from scripts.catalogue import quote
from scripts.forget_people import BLANKS, Person, plain_id
from scripts.publish import text

NOTE = "survey_forgotten"
ID = "customer_id"
#: digits of a token in a column of numbers of this type
DIGITS = {"BIGINT": 15, "UBIGINT": 15, "HUGEINT": 15, "DOUBLE": 15, "INTEGER": 9, "UINTEGER": 9}


@functools.cache
def contract() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the raw tables, their columns and what the contract says of these."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for path in sorted((ROOT / "models" / "base").glob("_raw_*.yml")):
        for source in cases.read_yaml(path)["sources"]:
            for table in source["tables"]:
                found[table["name"]] = {
                    column["name"]: {"type": column["data_type"]}
                    | ((column.get("config") or {}).get("meta") or {})
                    for column in table["columns"]
                }
    return found


def own_columns() -> set[str]:
    """Return the columns of the contract that hold what a person is called."""
    return {
        name
        for columns in contract().values()
        for name, rule in columns.items()
        if rule.get("is_personal")
    }


@dataclass
class Table:
    """A file of a case that may name customers.

    Attributes
    ----------
    folder, path : Path
        The case folder, and the file.
    name : str
        The raw table that it is, or a part of; of expected figures, the mart.
    kept : set of str
        Columns of the user's own that figures may rest on.
    columns : dict of str to str
        Names and types, as they stand in the file.
    rows : dict of str to int
        How many rows each person has in it.
    """

    folder: Path
    path: Path
    name: str
    kept: set[str]
    columns: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def is_csv(self) -> bool:
        """Whether it is text."""
        return self.path.suffix == ".csv"

    @property
    def shown(self) -> str:
        """Its name, from the case folder on."""
        return str(self.path.relative_to(self.folder))

    def column(self, name: str) -> str | None:
        """Return a column as the file spells it."""
        return next((own for own in self.columns if own.lower() == name), None)

    def role(self, column: str) -> str:
        """Say what is to become of a column of a person's row.

        One of ``id``, ``name``, ``blank`` (what tells a person, and no figure reads), ``text``
        (may speak of the person) and ``kept``.
        """
        name = column.lower()
        known = contract().get(self.name)
        if name == ID:
            return "id"
        if name in own_columns():
            return "name"
        rule = (known or {}).get(name)
        if known and rule is None and name not in self.kept and names_person(column):
            return "blank"
        is_text = (
            self.columns[column] == "VARCHAR" and (rule or {}).get("type", "string") == "string"
        )
        is_free = rule is None or not rule.keys() & {"key", "is_id", "codes", "event"}
        return "text" if is_text and is_free else "kept"

    @property
    def blanked(self) -> list[str]:
        """The columns that are blank afterwards in a person's rows."""
        return [column for column in self.columns if self.role(column) == "blank"]

    def source(self, path: Path | None = None) -> str:
        """Return SQL that reads the file as a build does."""
        place = text(re.sub(r"([*?\[])", r"[\1]", str(path or self.path)))
        if not self.is_csv:
            return f"read_parquet({place})"
        columns = ", ".join(f"{text(name)}: 'VARCHAR'" for name in self.columns)
        return (
            f"read_csv({place}, header = true, auto_detect = false, delim = ',', quote = '\"', "
            f"escape = '\"', columns = {{{columns}}})"
        )

    def value(self, column: str) -> str:
        """Return SQL of a cell as the contract types it."""
        name = quote(column)
        if self.columns[column] in ("DOUBLE", "FLOAT"):
            name = f"regexp_replace(cast({name} as varchar), '[.]0$', '')"
        return f"trim(cast({name} as varchar), {text(BLANKS)})"


def kept_columns(table: str, told: dict[str, Any], folder: Path) -> set[str]:
    """Return the columns of the user's own that figures may rest on."""
    extra = told.get("extra_columns")
    own = extra.get(table) if isinstance(extra, dict) else None
    kept = set(map(str, own)) if isinstance(own, dict) else set()
    if table == "survey_wide":
        method = Path(os.path.join(ROOT, str(told.get("method_dir") or folder)))
        found = cases.tables_of(sorted(method.iterdir())) if method.is_dir() else {}
        asked = areas.questions_of(found.get("questions", cases.shipped_method()["questions"]))
        kept |= {question for question, _ in asked or ()}
    return {str(column).lower() for column in kept}


def tables_of(folder: Path, told: dict[str, Any]) -> list[Table]:
    """Return the files of a case that have a column of customers.

    Parameters
    ----------
    folder
        The case folder.
    told
        The vars of the case.

    Raises
    ------
    CaseError
        If a file cannot be read.
    """
    found: list[Table] = []
    places = [(folder, set(contract())), (folder / "expected", None)]
    for home, wanted in places:
        if not home.is_dir():
            continue
        for name, path in cases.tables_of(sorted(home.iterdir())).items():
            if wanted is not None and name not in wanted:
                continue
            kept = kept_columns(name, told, folder)
            for part in sorted(path.glob("*.parquet")) if path.is_dir() else [path]:
                table = Table(folder, part, name, kept)
                with explained(part), duckdb.connect() as con:
                    table.columns = columns_of(con, table)
                if table.column(ID):
                    found.append(table)
    return found


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say in plain words which file cannot be read, and why."""
    try:
        yield
    except (duckdb.Error, UnicodeDecodeError) as error:
        says = messages.plain(str(error))
        fix = "" if "Fix:" in says else "\nFix: make check DATA=folder says more."
        raise CaseError(f"{path}: {says}{fix}") from error


def columns_of(con: duckdb.DuckDBPyConnection, table: Table) -> dict[str, str]:
    """Return the columns of a file and their types; texts, in a CSV."""
    if not table.is_csv:
        return {row[0]: row[1] for row in con.execute(f"describe from {table.source()}").fetchall()}
    with table.path.open("rb") as file:
        head = next(records(file), b"")
    if b"\r" in head.rstrip(b"\r\n"):
        raise CaseError(f"{table.path}: its lines end with CR.\nFix: save it with LF or CR LF.")
    row = next(csv.reader(io.StringIO(head.decode("utf-8-sig"))), [])
    return {name.strip(BLANKS): "VARCHAR" for name in row}


def ask_for(con: duckdb.DuckDBPyConnection, ids: Iterable[str]) -> None:
    """Lay ids down in a table, so that none is written into a query."""
    con.execute("create table wanted (id varchar)")
    con.executemany("insert into wanted values (?)", [[name] for name in ids])


def look(tables: Sequence[Table], people: Sequence[Person], default_survey: str) -> None:
    """Find in which files people are named, what they are called, and which waves they answered."""
    known = {person.id: person for person in people}
    for table in tables:
        column = table.column(ID) or ID
        given = table.value(column)
        with explained(table.path), duckdb.connect() as con:
            ask_for(con, known)
            where = f"where {given} in (select id from wanted)"
            table.rows = dict(
                con.execute(
                    f"select {given}, count(*) from {table.source()} {where} group by 1"
                ).fetchall()
            )
            for own in table.columns if table.rows else ():
                if table.role(own) == "name":
                    for name, called in con.execute(
                        f"select distinct {given}, {table.value(own)} from {table.source()} {where}"
                    ).fetchall():
                        known[name].names += [called] if called else []
            if table.rows and table.name in ("survey_answers", "survey_wide"):
                wave = table.column("survey_id")
                survey = f"nullif({table.value(wave)}, '')" if wave else text(default_survey)
                for name, answered in con.execute(
                    f"select distinct {given}, {survey} from {table.source()} {where}"
                ).fetchall():
                    if answered:
                        known[name].surveys.setdefault(str(table.folder), set()).add(answered)
    called = others_called(tables, known)
    for person in people:
        person.names = sorted(set(person.names))
        person.shared = set(person.names) & called


def others_called(tables: Sequence[Table], known: Iterable[str]) -> set[str]:
    """Return what all others are called."""
    found: set[str] = set()
    for table in tables:
        given = table.value(table.column(ID) or ID)
        for own in table.columns:
            if table.role(own) == "name":
                with explained(table.path), duckdb.connect() as con:
                    ask_for(con, known)
                    found |= {
                        row[0]
                        for row in con.execute(
                            f"select distinct {table.value(own)} from {table.source()} "
                            f"where coalesce({given}, '') not in (select id from wanted)"
                        ).fetchall()
                    }
    return found


def alike(tables: Sequence[Table], people: Sequence[Person]) -> dict[str, set[str]]:
    """Return ids of the case that differ from a person's by zeros, capitals or dashes only."""
    plain = {plain_id(person.id): person.id for person in people}
    named = {person.id for person in people}
    found: dict[str, set[str]] = {}
    for table in tables:
        given = table.value(table.column(ID) or ID)
        form = f"ltrim(regexp_replace(lower({given}), '[-_ ]', '', 'g'), '0')"
        with explained(table.path), duckdb.connect() as con:
            ask_for(con, plain)
            for (other,) in con.execute(
                f"select distinct {given} from {table.source()} "
                f"where {form} in (select id from wanted)"
            ).fetchall():
                if other not in named:
                    found.setdefault(plain[plain_id(other)], set()).add(other)
    return found


def records(file: BinaryIO) -> Iterator[bytes]:
    """Return the rows of a CSV as their bytes; a quoted text may go over several lines."""
    held = b""
    for line in file:
        held += line
        if b'"' not in held or spans(held) is not None:
            yield held
            held = b""
    if held:
        yield held


def spans(row: bytes) -> list[tuple[int, int]] | None:
    r"""Return where the cells of a row begin and end; None where a quote is not closed yet.

    Examples
    --------
    >>> spans(b'a,"b, c",\n')
    [(0, 1), (2, 8), (9, 9)]
    """
    end, at = len(row.rstrip(b"\r\n")), 0
    found: list[tuple[int, int]] = []
    while True:
        start = at
        while row[start : start + 1] in (b" ", b"\t"):
            start += 1
        if row[start : start + 1] == b'"':
            close = row.find(b'"', start + 1)
            while close >= 0 and row[close + 1 : close + 2] == b'"':
                close = row.find(b'"', close + 2)
            if close < 0:
                return None
            stop = row.find(b",", close)
        else:
            stop = row.find(b",", at)
        if stop < 0 or stop > end:
            return [*found, (at, max(at, end))]
        found.append((at, stop))
        at = stop + 1
