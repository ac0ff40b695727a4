"""Forgetting people in the files of a case: who is named where, and the files without them."""

from __future__ import annotations

import contextlib
import csv
import functools
import io
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from satisfaction.imports.personal import names_person
from scripts import areas, cases, messages
from scripts.cases import ROOT, CaseError
from scripts.catalogue import quote
from scripts.forget_people import BLANKS, Person, pattern_of, plain_id
from scripts.publish import sync, text

#: the end of the name of a file that is about to take another's place
ASIDE = ".forgetting"
#: the list of such files: while it is there, all of them are whole
COMMITTED = ".forgetting"
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


def look(tables: Sequence[Table], people: Sequence[Person], default_survey: str) -> None:
    """Find in which files people are named, what they are called, and which waves they answered."""
    known = {person.id: person for person in people}
    for table in tables:
        column = table.column(ID) or ID
        given = table.value(column)
        with explained(table.path), duckdb.connect() as con:
            con.execute("create table wanted (id varchar)")
            con.executemany("insert into wanted values (?)", [[name] for name in known])
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
                    con.execute("create table wanted (id varchar)")
                    con.executemany("insert into wanted values (?)", [[name] for name in known])
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
            con.execute("create table wanted (id varchar)")
            con.executemany("insert into wanted values (?)", [[name] for name in plain])
            for (other,) in con.execute(
                f"select distinct {given} from {table.source()} "
                f"where {form} in (select id from wanted)"
            ).fetchall():
                if other not in named:
                    found.setdefault(plain[plain_id(other)], set()).add(other)
    return found


def refuse_what_is_not_ours(paths: Iterable[Path]) -> None:
    """Stop before anything is changed where a file may not be replaced.

    Raises
    ------
    CaseError
        With all such files, and why.
    """
    wrong = []
    for path in paths:
        above = next(p for p in (path.parent, *path.parents) if p.exists())
        if path.is_symlink():
            wrong.append(f"{path}: a link to {path.resolve()}, where somebody else keeps the table")
        elif path.exists() and not (path.stat().st_mode & 0o222 and os.access(path, os.W_OK)):
            wrong.append(f"{path}: read-only")
        elif not (above.stat().st_mode & 0o222 and os.access(above, os.W_OK)):
            wrong.append(f"{above}: a folder in which nothing may be written")
    if wrong:
        raise CaseError(
            "\n".join(dict.fromkeys(wrong)) + ".\nNothing was changed, here or anywhere else: the "
            "next build would bring the person back.\nFix: give yourself the right to write, or "
            "let the owner take the person out of the table; then make forget again."
        )


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


def cell(raw: bytes) -> str:
    """Return the text of a cell, as the contract types it."""
    given = raw.decode("utf-8").strip(BLANKS)
    if len(given) > 1 and given[0] == given[-1] == '"':
        given = given[1:-1].replace('""', '"').strip(BLANKS)
    return given


def written(given: str) -> bytes:
    """Return a text as a cell."""
    if re.search('[",\r\n]', given):
        given = '"' + given.replace('"', '""') + '"'
    return given.encode("utf-8")


def changed(role: str, given: str, person: Person) -> str:
    """Return what a cell of a person's row becomes."""
    if role == "id":
        return person.token
    if role == "name":
        return person.name_token(given) if given else ""
    if role == "blank":
        return ""
    if role == "text" and person.words:
        return re.sub(pattern_of(person.words), person.token, given, flags=re.ASCII)
    return given


def rewrite_csv(table: Table, people: dict[str, Person], aside: Path) -> None:
    """Write a CSV without some people; the bytes of all other rows stay as they are."""
    roles = [table.role(column) for column in table.columns]
    place = roles.index("id")
    known = {name.encode(): person for name, person in people.items() if name in table.rows}
    # only rows that hold an id at all are taken to pieces
    few = len(known) <= 50 and not any(b'"' in name for name in known)
    holds: Callable[[bytes], Any] = re.compile(b"|".join(map(re.escape, known))).search
    with table.path.open("rb") as file, aside.open("wb") as out:
        for number, row in enumerate(records(file)):
            cells = spans(row) if number and (not few or holds(row)) else None
            if cells is None or len(cells) <= place:
                out.write(row)
                continue
            person = people.get(cell(row[slice(*cells[place])]))
            if person is None:
                out.write(row)
            elif person.token:
                out.write(rewritten(row, cells, roles, person))


def rewritten(
    row: bytes, cells: Sequence[tuple[int, int]], roles: Sequence[str], person: Person
) -> bytes:
    """Return a person's row with the token in it."""
    parts = []
    for role, (start, stop) in zip(roles, cells, strict=False):
        given = cell(row[start:stop])
        new = changed(role, given, person)
        parts.append(row[start:stop] if new == given else written(new))
    return b",".join(parts) + row[cells[-1][1] :]


def rewrite_parquet(table: Table, people: dict[str, Person], aside: Path) -> None:
    """Write a Parquet file without some people: the same columns and types, in the same order."""
    with explained(table.path), duckdb.connect() as con:
        con.execute("set preserve_insertion_order = true")
        con.execute("create table people (id varchar, token varchar, words varchar)")
        con.execute("create table names (id varchar, name varchar, token varchar)")
        for person in people.values():
            words = pattern_of(person.words)
            con.execute("insert into people values (?, ?, ?)", [person.id, person.token, words])
            for name in person.names:
                con.execute(
                    "insert into names values (?, ?, ?)", [person.id, name, person.name_token(name)]
                )
        given = table.value(table.column(ID) or ID)
        fields = []
        for column, kind in table.columns.items():
            name, token = quote(column), f"token_of({given})"
            new = {
                "id": f"cast({token} as {kind})",
                "name": f"cast(name_of({given}, {table.value(column)}) as {kind})",
                "blank": "null",
                "text": f"regexp_replace({name}, words_of({given}), {token}, 'g')",
            }.get(table.role(column))
            fields.append(
                f"case when {token} is null then {name} else {new} end as {name}" if new else name
            )
        con.execute(
            "create macro token_of(one) as (map_extract_value((select map(list(id), list(token)) "
            "from people), one))"
        )
        con.execute(
            "create macro words_of(one) as (map_extract_value((select map(list(id), list(words)) "
            "from people), one))"
        )
        con.execute(
            "create macro name_of(one, called) as (map_extract_value((select map(list((id, name)), "
            "list(token)) from names), (one, called)))"
        )
        is_gone = not all(person.token for person in people.values())
        where = f"where {given} is null or {given} not in (select id from people)"
        ((codec,),) = con.execute(
            f"select any_value(compression) from parquet_metadata({text(str(table.path))})"
        ).fetchall()
        known = {"SNAPPY", "ZSTD", "GZIP", "BROTLI", "LZ4_RAW", "UNCOMPRESSED"}
        con.execute(
            f"copy (select {', '.join(fields) if not is_gone else '*'} from {table.source()} "
            f"{where if is_gone else ''}) to {text(str(aside))} "
            f"(format parquet, compression {codec if codec in known else 'snappy'})"
        )


def rewrite(table: Table, people: Sequence[Person]) -> Path:
    """Write the file that takes a table's place, look into it, and return it.

    Raises
    ------
    CaseError
        If it is not what it should be; nothing has been changed then.
    """
    aside = table.path.with_name(table.path.name + ASIDE)
    known = {person.id: person for person in people if person.id in table.rows}
    (rewrite_csv if table.is_csv else rewrite_parquet)(table, known, aside)
    shutil.copystat(table.path, aside)
    os.utime(aside)
    with contextlib.suppress(OSError):  # only the administrator gives files away
        os.chown(aside, table.path.stat().st_uid, table.path.stat().st_gid)
    sync(aside)
    given = table.value(table.column(ID) or ID)
    with explained(aside), duckdb.connect() as con:
        counted = dict(
            con.execute(
                f"select coalesce({given}, ''), count(*) from {table.source(aside)} group by 1"
            ).fetchall()
        )
        ((before,),) = con.execute(f"select count(*) from {table.source()}").fetchall()
    gone = sum(table.rows.values()) if not people[0].token else 0
    wanted = {known[name].token: rows for name, rows in table.rows.items() if known[name].token}
    is_whole = sum(counted.values()) == before - gone and not known.keys() & counted.keys()
    if not is_whole or any(counted.get(token) != rows for token, rows in wanted.items()):
        says = f"{table.path}: could not be written without the person"
        raise CaseError(f"{says}.\nNothing was changed.\nFix: make check DATA=folder says more.")
    return aside


def note(folder: Path, surveys: Iterable[str], how: str, today: str) -> Path | None:
    """Write how many people were forgotten of each wave; return the file for its place.

    Raises
    ------
    CaseError
        If the note that is there cannot be read.
    """
    counted: dict[str, int] = {}
    for survey in surveys:
        counted[survey] = counted.get(survey, 0) + 1
    if not counted:
        return None
    path, head = folder / f"{NOTE}.csv", ["survey_id", "forgotten_on", "how", "people"]
    rows: list[list[str]] = []
    if path.exists():
        with path.open(encoding="utf-8-sig", newline="") as file:
            found, *rows = list(csv.reader(file)) or [head]
        if found != head or any(len(row) != 4 or not row[3].isdigit() for row in rows):
            says = f"{path}: not as make forget writes it ({', '.join(head)})"
            raise CaseError(f"{says}.\nFix: put these columns into it, whole numbers in the last.")
    elif (folder / f"{NOTE}.parquet").exists() or (folder / NOTE).exists():
        raise CaseError(f"{folder}/{NOTE}: make forget writes a CSV.\nFix: save it as {NOTE}.csv.")
    for survey in sorted(counted):
        same = [row for row in rows if row[:3] == [survey, today, how]]
        if same:
            same[0][3] = str(int(same[0][3]) + counted[survey])
        else:
            rows.append([survey, today, how, str(counted[survey])])
    aside = path.with_name(path.name + ASIDE)
    with aside.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])
    if path.exists():
        shutil.copymode(path, aside)
    sync(aside)
    return aside


def put_in_place(folder: Path, asides: Sequence[Path]) -> None:
    """Let all new files take their places, whatever happens meanwhile.

    The list of them is what decides: where it is there, `finish` does the rest.
    """
    listed = folder / COMMITTED
    with listed.open("w", encoding="utf-8") as file:
        file.writelines(f"{os.path.relpath(aside, folder)}\n" for aside in asides)
        file.write("whole\n")
        file.flush()
        os.fsync(file.fileno())
    sync(folder)
    finish(folder)


def finish(folder: Path) -> bool:
    """Do what a killed command has left: all of it where it was ready, nothing of it else.

    Returns
    -------
    bool
        Whether files took their places.
    """
    listed = folder / COMMITTED
    lines = listed.read_text("utf-8").splitlines() if listed.exists() else []
    is_ready = lines[-1:] == ["whole"]
    for name in lines[:-1] if is_ready else ():
        aside = Path(os.path.normpath(folder / name))
        if aside.exists():
            os.replace(aside, aside.with_name(aside.name.removesuffix(ASIDE)))
            sync(aside.parent)
    for left in folder.rglob(f"*{ASIDE}"):
        if left != listed:
            left.unlink()
    listed.unlink(missing_ok=True)
    return is_ready
