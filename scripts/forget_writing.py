"""Writing the files of a case without some people, and putting them in place: all or none."""

from __future__ import annotations

import contextlib
import csv
import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from scripts.cases import CaseError
from scripts.catalogue import quote
from scripts.forget_files import ID, NOTE, Table, explained, records, spans
from scripts.forget_people import BLANKS, Person, pattern_of
from scripts.publish import sync, text

#: the end of the name of a file that is about to take another's place
ASIDE = ".forgetting"
#: the list of such files: while it is there, all of them are whole
COMMITTED = ".forgetting"


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
