"""The figures that a case expects: expected/<mart>.csv beside its tables, held against a build.

Columns that a file names are compared, others are not. A row is found by the mart's key, as far as
the file names it, and in a mart without one by all that is no float. Blank is null.
"""

from __future__ import annotations

import csv
import datetime
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import duckdb

from scripts import messages, publish
from scripts.catalogue import Mart, quote
from scripts.catalogue import marts as read_marts
from scripts.publish import text

FOLDER = "expected"
NINE_DIGITS = 5e-10
"""Floats are the same that differ by no more than this share: half of the ninth digit."""
NOTHING = 1e-12
"""What a sum that should be 0 may be off by: it has no digits of its own."""
SHOWN = 20
FLOATS = ("DOUBLE", "FLOAT", "DECIMAL")
BOOLEANS = {"true": True, "false": False}

Key = tuple[Any, ...]
Row = dict[str, Any]


@dataclass(frozen=True)
class Number:
    """A float as it was written: what it is, and how far another one may be from it."""

    value: float
    within: float

    def is_near(self, other: object) -> bool:
        """Tell whether a figure of the build is this one."""
        if not isinstance(other, float | Decimal):
            return False
        return abs(float(other) - self.value) <= self.within


@dataclass
class Compared:
    """What came of it.

    Attributes
    ----------
    files : int
        Files that were compared.
    rows : int
        Rows in them.
    differences : list of str
        A line each.
    """

    files: int = 0
    rows: int = 0
    differences: list[str] = field(default_factory=list)

    def message(self) -> str:
        """Return the differences as one message, empty where there are none."""
        if not self.differences:
            return ""
        n = len(self.differences)
        more = [f"… and {n - SHOWN:,} more"] if n > SHOWN else []
        head = f"figures: {n:,} {'differs' if n == 1 else 'differ'} from what {FOLDER}/ holds"
        fix = (
            f"Fix: where the build is wrong, correct the data or the method; where it is right, "
            f"write what it found into {FOLDER}/."
        )
        return "\n".join([f"{head}:", *self.differences[:SHOWN], *more, fix])


def files(folder: str | Path | None) -> list[Path]:
    """Return the files with expected figures of a case, by name."""
    return sorted((Path(folder) / FOLDER).glob("*.csv")) if folder else []


def problems(path: Path, marts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Say what is wrong in a file before anything is built: its name, and those of its columns.

    Parameters
    ----------
    path
        The file.
    marts
        Columns by mart.
    """
    if path.stem not in marts:
        return [f"there is no mart {path.stem}.{_near(path.stem, marts)}\nFix: name a mart."]
    try:
        header, _ = read(path)
    except ValueError as error:
        return [str(error)]
    known = marts[path.stem]
    return [
        f"{path.stem} has no column {name}.{_near(name, known)}\nFix: correct or remove it."
        for name in header
        if name not in known
    ]


def read(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Read a file: its header, and its rows with the line that each begins on.

    Raises
    ------
    ValueError
        If it is not UTF-8, empty, or a row has more or fewer fields than the header.
    """
    csv.field_size_limit(10_000_000)
    rows = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            line = reader.line_num + 1
            for row in reader:
                if row and len(row) != len(header):
                    raise ValueError(
                        f"line {line}: {len(row)} fields where the header has {len(header)}.\n"
                        "Fix: quote the text that holds a comma, or add the missing field."
                    )
                if row:
                    rows.append((line, row))
                line = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8.\nFix: save it as 'CSV UTF-8'.") from error
    if not header:
        raise ValueError("the file is empty.\nFix: write its header line, or remove it.")
    return header, rows


def compare(build_file: Path, marts: list[Mart], expected: list[Path]) -> Compared:
    """Hold the marts of a build file against files.

    Parameters
    ----------
    build_file
        What dbt built.
    marts
        Its marts.
    expected
        What `files` returned.
    """
    done = Compared()
    by_name = {mart.name: mart for mart in marts}
    with duckdb.connect() as con:
        con.execute(f"attach {text(str(build_file))} as build (read_only)")
        for path in expected:
            columns = {name: mart.columns for name, mart in by_name.items()}
            wrong = problems(path, columns)
            if wrong:
                done.differences += [f"  {FOLDER}/{path.name}: {says}" for says in wrong]
                continue
            header, rows = read(path)
            done.files += 1
            done.rows += len(rows)
            done.differences += _differences(con, by_name[path.stem], header, rows)
    return done


def _differences(
    con: duckdb.DuckDBPyConnection,
    mart: Mart,
    header: list[str],
    written: list[tuple[int, list[str]]],
) -> Iterator[str]:
    """Compare one mart, a line per difference."""
    named = ", ".join(map(quote, header))
    relation = f"build.{mart.relation}"
    kinds = [row[1] for row in con.execute(f"describe select {named} from {relation}").fetchall()]
    kind_of = dict(zip(header, kinds, strict=True))
    is_float = {name: kind.startswith(FLOATS) for name, kind in kind_of.items()}
    grain = [name for name in mart.grain if name in header]
    keys = grain or [name for name in header if not is_float[name]]
    others = [name for name in header if name not in keys]
    found: dict[Key, list[Row]] = {}
    for values in con.execute(f"select {named} from {relation} order by all").fetchall():
        # texts stay as they are: a blank one is no null, but a CSV file cannot tell
        row = {name: _plain(value) for name, value in zip(header, values, strict=True)}
        found.setdefault(tuple(row[name] for name in keys), []).append(row)
    lacking = [name for name in mart.grain if name not in header]
    if grain and any(len(rows) > 1 for rows in found.values()):
        yield (
            f"  {mart.name}: {', '.join(grain)} do not tell its rows apart.\n"
            f"  Fix: add {', '.join(lacking)} to {FOLDER}/{mart.name}.csv."
        )
        return
    for line, cells in written:
        place = f"  {mart.name}, line {line}"
        row, wrong = {}, ""
        for name, cell in zip(header, cells, strict=True):
            try:
                row[name] = _written(cell, kind_of[name])
            except ValueError:
                wrong = f"{place}: {name} {cell!r} is no {kind_of[name].lower()}"
        if wrong:
            yield wrong
            continue
        key = tuple(row[name] for name in keys)
        same_key = found.get(key, [])
        if not same_key:
            yield f"{place}: {_named(keys, key)}: the build has no such row"
            continue
        # rows without a key: the first that is the same, else the first
        best = next((one for one in same_key if not _unlike(row, one, others)), same_key[0])
        same_key.remove(best)
        for name in _unlike(row, best, others):
            cell = cells[header.index(name)]
            says = f"expected {cell or 'nothing'}, found {_shown(best[name])}"
            yield f"{place}: {_named(keys, key)}: {name}: {says}"
    for key, rows in found.items():
        for _ in rows:
            yield f"  {mart.name}: {_named(keys, key)}: is in the build and not in the file"


def _unlike(row: Row, other: Row, names: list[str]) -> list[str]:
    """Return the columns in which a written row and one of the build differ."""
    return [name for name in names if not _is_same(row[name], other[name])]


def _is_same(written: object, found: object) -> bool:
    """Tell whether a value of the build is the one that was written."""
    return written.is_near(found) if isinstance(written, Number) else written == found


def _plain(value: Any) -> Any:
    """Return a value of the build as it is compared: days and lists as text, blank as null."""
    if isinstance(value, datetime.date | datetime.datetime | datetime.time | list | dict):
        return str(value)
    return None if value == "" else value


def _written(cell: str, kind: str) -> Any:
    """Return a cell of a file as a value of the mart's type.

    Raises
    ------
    ValueError
        If it is none.
    """
    if cell == "":
        return None
    if kind.startswith(FLOATS):
        return number(cell)
    if kind.endswith("INT") or kind == "INTEGER":
        return int(cell)
    if kind == "BOOLEAN":
        if cell.lower() not in BOOLEANS:
            raise ValueError(cell)
        return BOOLEANS[cell.lower()]
    return cell


def number(cell: str) -> Number:
    """Read a float with the digits that were written.

    Raises
    ------
    ValueError
        If it is no number.

    Examples
    --------
    >>> number("70.5").is_near(70.46), number("70.5").is_near(70.4)
    (True, False)
    >>> number("0.123456789").is_near(0.12345678901), number("0.123456789").is_near(0.12345678)
    (True, False)
    """
    try:
        written = Decimal(cell)
        digits, exponent = written.as_tuple().digits, written.as_tuple().exponent
        assert isinstance(exponent, int)
    except (InvalidOperation, AssertionError) as error:
        raise ValueError(cell) from error
    value = float(written)
    nine = max(NINE_DIGITS * abs(value), NOTHING)
    # half of the last digit; that a half itself is the same must not depend on how floats are kept
    half = float(Decimal((0, (5,), exponent - 1))) * (1 + 1e-9)
    return Number(value, nine if len(digits) > 9 else max(half, nine))


def _near(name: str, known: Mapping[str, Any]) -> str:
    """Say which name may be meant."""
    near = difflib.get_close_matches(name, known, 1)
    return f" {near[0]}?" if near else ""


def _named(names: list[str], key: Key) -> str:
    """Return a row's key for people."""
    return ", ".join(f"{n}={_shown(v)}" for n, v in zip(names, key, strict=True)) or "the only row"


def _shown(value: Any) -> str:
    """Return a value for people, as a CSV file would hold it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, float) else str(value)


def of_build(target: Path, folder: str | Path | None) -> Compared:
    """Hold what was just built against the expected figures of a case; none where it has none."""
    expected = files(folder)
    if not expected:
        return Compared()
    build_file = publish.build_file_of(target)
    manifest = publish.check_build(target, build_file)
    try:
        return compare(build_file, read_marts(manifest), expected)
    except duckdb.Error as error:
        raise publish.PublishError(messages.trouble(error)) from error
