"""A file of any platform as an Export: what it is, what its rows and columns mean."""

from __future__ import annotations

import atexit
import hashlib
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from satisfaction.imports import archives
from satisfaction.imports.export import Column, Export
from satisfaction.imports.headers import folded
from satisfaction.imports.labelled import Variable, load_labelled
from satisfaction.imports.personal import CELL, CELL_OR_NUMBER
from satisfaction.imports.platforms import PLATFORMS, plain, qualtrics, redcap, surveymonkey
from satisfaction.imports.platforms.description import (
    Description,
    Drop,
    Platform,
    Table,
)
from satisfaction.imports.problems import problem
from satisfaction.imports.sql import quoted
from satisfaction.imports.texts import Shape, lines_named, load_text, read_text
from satisfaction.imports.workbooks import read_workbook

_HEAD = 12  # rows that platforms look at
_LOOKED_AT = 20_000  # rows by which the contents of columns are told
_AT_ONCE = 100  # columns that one query looks at: its planning grows with their square
_LABELLED = {".sav": "spss", ".zsav": "spss", ".por": "spss", ".dta": "stata"}
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
#: what files begin with that hold no table, and what to do
_NO_TABLE = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{", "JSON"),
    (b"[{", "JSON"),
    (b"[[", "JSON"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<head", "a web page"),
    (b"<meta", "a web page"),
    (b"<body", "a web page"),
    (b"<div", "a web page"),
    (b"<table", "a web page"),
    (b"<!--", "a web page"),
    (b"<?xml", "XML"),
    (b"{\\rtf", "a text document"),
    (b"Rar!", "an archive of another kind"),
    (b"7z\xbc\xaf", "an archive of another kind"),
)
#: words side by side above the counts of a report
_SUMMARIES = (
    {"answer choices", "responses"},
    {"选项", "小计"},
    {"选项", "比例"},
    {"answer", "%", "count"},
    {"answer", "count", "percentage"},
    {"field", "minimum", "maximum", "mean"},
    {"antwortoptionen", "beantwortungen"},
    {"antwort", "anzahl", "prozent"},
    {"choix de réponses", "réponses"},
    {"opciones de respuesta", "respuestas"},
)
_TOTAL = "|".join(
    (
        r"^(grand )?(totals?|sum)\b[^a-z]*$",
        "^(总计|合计|小计|總計|合計)[:：]?$",
        "^(gesamt|summe|gesamtsumme)$",
    )
)
_DAMAGED = r"^\d([.,]\d+)?[Ee]\+\d+$"
_ZONE = re.compile(r"\b((?:GMT|UTC)(?:[+-]\d{1,2}(?::\d{2})?)?|Z)$|([+-]\d{2}:?\d{2})$")


@dataclass
class _Loaded:
    """What of a file is known before its platform is: its shape and how it was read."""

    shape: Shape
    read: dict[str, str] = field(default_factory=dict)
    variables: Sequence[Variable] = ()
    merged: frozenset[int] = frozenset()
    lead: int = 0

    @property
    def width(self) -> int:
        """Cells of the header."""
        return self.shape.width


def _silent(said: str) -> None:
    """Say nothing."""


def read_export(
    path: Path,
    *,
    platform: str | None = None,
    sheet: str | None = None,
    dictionary: Path | None = None,
    temp: Path | None = None,
    progress: Callable[[str], None] = _silent,
) -> Export:
    """Read an export.

    Parameters
    ----------
    path : Path
        CSV or TSV in any encoding, a workbook, a file of SPSS or Stata, or an archive with one.
    platform : str, optional
        The platform; it is told by the header where none is named.
    sheet : str, optional
        Of a workbook in which several have rows.
    dictionary : Path, optional
        REDCap's data dictionary.
    temp : Path, optional
        A folder for copies and for what does not fit into memory.
    progress : callable
        Is told how far a long file is read.

    Returns
    -------
    Export

    Raises
    ------
    SatisfactionError
        If the file is no table, or cannot be read; the message never shows a cell.
    """
    _check(path)
    folder = temp or Path(tempfile.mkdtemp(prefix="satisfaction-import-"))
    if temp is None:
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    con = duckdb.connect(str(folder / "cells.duckdb"))
    con.execute("set memory_limit = '1GB'")
    con.execute(f"set temp_directory = {quoted(str(folder))}")
    try:
        loaded = _load(con, path, folder, sheet, progress)
        if not loaded.variables:
            _check_width(path, loaded.width)
            loaded.lead = _cut_lead(con, loaded.width)
        described = redcap.read_dictionary(dictionary, folder) if dictionary else {}
        table = Table(path, con, loaded.width, _head(con, loaded.width), described)
        name, description = _described(table, loaded, platform)
        return _export(table, loaded, name, description)
    except BaseException:
        con.close()
        raise


def _check(path: Path) -> None:
    """Refuse what is no file, or an empty one."""
    if not path.exists():
        raise problem(path, "there is no such file", "Correct its name or its folder")
    if not path.is_file():
        raise problem(path, "this is no file", "Name the exported file itself")
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError:
        raise problem(path, "the file may not be read", "Allow yourself to read it") from None
    if not start.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise problem(path, "the file is empty", "Export it once more")
    _check_form(path, path)


def _check_form(path: Path, shown: Path) -> None:
    """Refuse what begins like something else than a table."""
    with path.open("rb") as file:
        start = file.read(512)
    begins = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for sign, kind in _NO_TABLE:
        if begins.startswith(sign.lower()):
            fix = "Export the answers as .csv or .xlsx, a row for each response"
            raise problem(shown, f"this is {kind}, no table", fix)


def _check_width(path: Path, width: int) -> None:
    if width < 2:
        raise problem(
            path,
            "it has one column: no comma, semicolon, tab or | parts its first line",
            "Export the answers as .csv or .xlsx, a column for each question",
        )


def _cut_lead(con: duckdb.DuckDBPyConnection, width: int) -> int:
    """Cut what stands above the header, rows with one cell such as a title, and count them."""
    filled = [sum(map(bool, row)) for row in _head(con, width)]
    lead = next((i for i, n in enumerate(filled) if n > 1), 0)
    if lead:
        con.execute(f"create or replace table loaded as select * from loaded where rowid >= {lead}")
    return lead


def _load(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    folder: Path,
    sheet: str | None,
    progress: Callable[[str], None],
) -> _Loaded:
    """Fill the table `loaded`, whatever kind of file it is."""
    real = path
    names = archives.names_in_zip(path)
    with path.open("rb") as file:
        is_gz = file.read(2) == b"\x1f\x8b"
    if is_gz:
        real = archives.gunzipped(path, folder)
    elif names and not _is_workbook(names):
        real = archives.only_file(path, folder)
    elif path.suffix.lower() == ".zip" and not names:
        archives.check_zip(path, path)
    if real is not path:
        _check_form(real, path)
    ending = real.suffix.lower()
    if ending in _LABELLED:
        variables, kind = load_labelled(con, real, path, progress)
        width = len(variables)
        return _Loaded(Shape(width, width), {"format": kind, "header_rows": "0"}, variables)
    with real.open("rb") as file:
        start = file.read(8)
    is_zip = start.startswith(b"PK\3\4")
    if (
        is_zip
        or start.startswith(_OLD_WORKBOOK)
        or (ending in (".xlsx", ".xls", ".xlsb", ".ods") and b"\0" in start)
    ):
        if is_zip:
            archives.check_zip(real, path)
        found = read_workbook(real, folder, sheet=sheet, shown=path, progress=progress)
        shape = load_text(con, found.text, path, progress)
        return _Loaded(shape, {"sheet": found.name}, merged=found.merged)
    text = read_text(real, folder, path)
    shape = load_text(con, text, path, progress)
    read = {"encoding": text.encoding, "delimiter": text.delimiter}
    for what, lines in (("short_rows", shape.short), ("long_rows", shape.long)):
        if lines:
            read[what] = f"{len(lines):,} ({lines_named(lines)})"
    return _Loaded(shape, read)


def _is_workbook(names: Iterable[str]) -> bool:
    """Tell the workbook among archives by the parts that it always has."""
    return not {"[Content_Types].xml", "content.xml"}.isdisjoint(names)


def _head(con: duckdb.DuckDBPyConnection, width: int) -> tuple[tuple[str, ...], ...]:
    """Give the first rows, blank where a cell is null."""
    cells = ", ".join(f"c{i}" for i in range(width))
    rows = con.execute(f"select {cells} from loaded order by rowid limit {_HEAD}").fetchall()
    return tuple(tuple(cell or "" for cell in row) for row in rows)


def _described(table: Table, loaded: _Loaded, platform: str | None) -> tuple[str, Description]:
    """Let the platform say what rows and columns are."""
    if loaded.variables:
        columns = plain.by_names(
            [variable.name for variable in loaded.variables],
            [variable.label for variable in loaded.variables],
        )
        labelled = [
            replace(
                column,
                key=variable.name,
                question=variable.label or variable.name,
                words=variable.words,
                missing=variable.missing,
            )
            for column, variable in zip(columns, loaded.variables, strict=True)
        ]
        drops: list[Drop] = []
        names = {folded(variable.name) for variable in loaded.variables}
        if {"startdate", "enddate", "finished"} <= names:
            # Qualtrics' own files of SPSS hold previews and unfinished answers too
            labelled = [replace(c, kind=qualtrics.kind_of(c.key) or c.kind) for c in labelled]
            drops = qualtrics.drops_of(labelled)
        kind = _LABELLED.get("." + loaded.read["format"], "spss")
        return kind, Description(0, labelled, drops=drops)
    if not any(table.first):
        raise problem(table.path, "the first row is blank", "Delete what stands above the header")
    _check_is_no_summary(table)
    known = {one.NAME: one for one in PLATFORMS}
    if platform is not None and platform not in known:
        fix = f"Name one of {', '.join(sorted(known))}"
        raise problem(table.path, f"the platform {platform} is not known", fix)
    chosen: Platform = (
        known[platform] if platform else next(one for one in PLATFORMS if one.recognise(table))
    )
    if loaded.lead in loaded.merged and chosen.NAME != surveymonkey.NAME:
        raise problem(
            table.path,
            "cells of the header are merged, so that columns have no name of their own",
            "Undo the merging and give each column a name",
        )
    return chosen.NAME, chosen.describe(table)


def _check_is_no_summary(table: Table) -> None:
    """Refuse reports of counts."""
    for row in table.head:
        words = {folded(cell) for cell in row if cell}
        if any(signs <= words and len(words) <= len(signs) + 4 for signs in _SUMMARIES):
            raise problem(
                table.path,
                "this is a summary of counts, without a row for every response",
                "Export the single responses (raw data)",
            )


def _export(table: Table, loaded: _Loaded, name: str, description: Description) -> Export:
    """Make the tables `cells` and `dropped`."""
    con, start = table.con, description.header_rows
    columns, cells = _merged(table, description)
    columns = _once(_by_contents(table, columns, start))
    names = [f"c{i}" for i in range(table.width)]
    blank = f"coalesce({', '.join(names)}) is null"
    ((rows, filled),) = con.execute(
        f"select count(*), count(*) filter (not ({blank})) from loaded where rowid >= {start}"
    ).fetchall()
    if not filled:
        raise problem(table.path, "there is a header and no row", "Export it with responses")
    total = (
        f"rowid >= {start + rows - 5} and c0 is not null"
        f" and regexp_matches(lower(c0), {quoted(_TOTAL)})"
    )
    cases = [f"when {blank} or {total} then 'not_a_row'"]
    if beyond := [f"c{i}" for i in range(table.width, loaded.shape.widest)]:
        cases.append(f"when coalesce({', '.join(beyond)}) is not null then 'longer_than_header'")
    cases += [f"when {drop.condition} then {quoted(drop.reason)}" for drop in description.drops]
    con.execute(
        f"create or replace table dropped as select rowid - {start} + 1 as row_number, reason from "
        f"(select rowid, case {' '.join(cases)} end as reason from loaded where rowid >= {start}) "
        "where reason is not null"
    )
    kept = [f"{cells.get(column.position, column.name)} as {column.name}" for column in columns]
    # a view, so that no cell is held twice
    con.execute(
        f"create or replace view cells as select rowid - {start} + 1 as row_number, "
        f"{', '.join(kept)} from loaded where rowid >= {start}"
    )
    for column in columns:
        if column.kind in ("response_id", "customer_id"):
            _check_ids(con, table.path, column)
    read = {"header_rows": str(start), **loaded.read, **description.read}
    digest = hashlib.sha256()
    with table.path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return Export(
        path=table.path,
        sha256=digest.hexdigest(),
        platform=name,
        area=description.area,
        con=con,
        columns=tuple(columns),
        has_running_ids=description.has_running_ids,
        read=_zone(con, columns) | read,
    )


def _merged(table: Table, description: Description) -> tuple[list[Column], dict[int, str]]:
    """Make one column of options that exclude each other, as an expanded file has them."""
    columns = {column.position: column for column in description.columns}
    cells = dict(description.cells)
    for group in description.merged:
        names = [f"c{i}" for i in group]
        several = " + ".join(f"({name} is not null)::int" for name in names)
        alike = ", ".join(f"count(distinct {name}) <= 1" for name in names)
        most, *one = table.con.execute(
            f"select max({several}), {alike} from loaded where rowid >= {description.header_rows}"
        ).fetchall()[0]
        if most == 1 and all(one):
            first = columns[group[0]]
            row = first.label.rsplit(" - ", 1)[0] if " - " in first.label else ""
            key = f"{first.question} - {row}" if row else first.question
            columns[first.position] = replace(first, label=row, key=key)
            cells[first.position] = f"coalesce({', '.join(names)})"
            for position in group[1:]:
                del columns[position]
    return [columns[position] for position in sorted(columns)], cells


def _by_contents(table: Table, columns: Iterable[Column], start: int) -> list[Column]:
    """Find columns that name a person, by what most of their cells hold."""
    columns = list(columns)
    kinds = (None, "customer_id", "text", "channel", "status", "response_id", "choices")
    asked = [column for column in columns if column.kind in kinds]
    rows = max(_LOOKED_AT * 100 // max(len(columns), 100), 500)
    personal: set[int] = set()
    for first in range(0, len(asked), _AT_ONCE):
        some = asked[first : first + _AT_ONCE]
        names = ", ".join(column.name for column in some)
        found = _share(
            table.con, some, f"select {names} from loaded where rowid >= {start} limit {rows}"
        )
        for column in some:
            filled, told = found[column.position]
            if not filled:
                # none among the first rows: those that have one
                filled, told = _share(
                    table.con,
                    [column],
                    f"select {column.name} from loaded where rowid >= {start + rows}"
                    f" and {column.name} is not null limit 2000",
                )[column.position]
            if filled and told * 2 > filled:
                personal.add(column.position)
    return [replace(c, kind="personal") if c.position in personal else c for c in columns]


def _share(
    con: duckdb.DuckDBPyConnection, columns: Sequence[Column], source: str
) -> dict[int, tuple[int, int]]:
    """Count the filled cells of columns, and those that name a person."""
    counts = []
    for column in columns:
        sign = CELL if column.kind == "response_id" else CELL_OR_NUMBER
        matches = f"regexp_matches({column.name}, {quoted(sign)})"
        counts += [f"count({column.name})", f"count(*) filter ({matches})"]
    row = con.execute(f"select {', '.join(counts)} from ({source})").fetchall()[0]
    return {c.position: (row[2 * i], row[2 * i + 1]) for i, c in enumerate(columns)}


def _once(columns: Sequence[Column]) -> list[Column]:
    """Tell columns of one key apart by the number of their occurrence."""
    seen: Counter[str] = Counter()
    taken = {column.key for column in columns}
    found = []
    for column in columns:
        seen[column.key] += 1
        key, n = column.key, seen[column.key]
        while n > 1 and (key := f"{column.key} ({n})") in taken:
            n += 1
        taken.add(key)
        found.append(replace(column, key=key))
    return found


def _check_ids(con: duckdb.DuckDBPyConnection, path: Path, column: Column) -> None:
    """Refuse ids that a spreadsheet has rounded."""
    n = con.execute(
        f"select count(*) from cells where regexp_matches({column.name}, {quoted(_DAMAGED)})"
    ).fetchall()[0][0]
    if n:
        raise problem(
            path,
            f"{n} ids are written in powers of ten, such as 1.18E+11, and have lost digits",
            "Export the file again and do not open it in a spreadsheet before it is imported",
            place=f"column {column.header}",
        )


def _zone(con: duckdb.DuckDBPyConnection, columns: Iterable[Column]) -> dict[str, str]:
    """Say which zone the times name, where it is one."""
    zones = set()
    for column in columns:
        if column.kind in ("answered_at", "started_at"):
            sql = f"select distinct {column.name} from cells where {column.name} is not null"
            cells = (row[0] for row in con.execute(f"{sql} limit 5000").fetchall())
            zones |= {zone[1] or zone[2] for cell in cells if (zone := _ZONE.search(cell))}
    return {"time_zone": zones.pop()} if len(zones) == 1 else {}
