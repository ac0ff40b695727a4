"""Text files: which encoding and delimiter they have, and their cells as a table of DuckDB."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import duckdb

from satisfaction.imports.headers import BLANKS
from satisfaction.imports.problems import problem
from satisfaction.imports.progress import told

_CHUNK = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")
# files of this size are worth reading on all cores, which DuckDB can where all lines end alike
_LARGE = 64 << 20
# the longest row; DuckDB reserves buffers of a multiple of it within its memory
_LONGEST = 8 << 20
#: share of rows that may be longer than the header: such rows are left out
MOST_LONG = 0.05
_CHINESE = re.compile(
    "序号|编号|满意|您|姓名|时间|问卷|提交|是否|请|推荐|评价|客户|订单|服务|的|产品|答"
)


class _Rows(Protocol):
    """What csv.reader gives."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


@dataclass(frozen=True)
class Text:
    """A text file in UTF-8.

    Attributes
    ----------
    path : Path
        The file itself, or its copy in UTF-8.
    encoding : str
        The encoding of the file itself.
    delimiter : str
    """

    path: Path
    encoding: str
    delimiter: str


def read_text(path: Path, temp: Path, shown: Path | None = None) -> Text:
    """Find encoding and delimiter of a text file, and copy it where it is not in UTF-8.

    Parameters
    ----------
    path : Path
    temp : Path
        Where a copy is put.
    shown : Path, optional
        The file that messages name, where `path` came out of an archive.
    """
    shown = shown or path
    encoding = _encoding(path, shown)
    readable = path
    if encoding not in ("utf-8", "utf-8-sig"):
        readable = temp / "utf8.csv"
        with (
            path.open(encoding=encoding, errors="replace", newline="") as source,
            readable.open("w", encoding="utf-8", newline="") as copy,
        ):
            while block := source.read(_CHUNK):
                copy.write(block.replace("\0", ""))
    with readable.open(encoding="utf-8-sig", newline="") as file:
        start = file.read(8 << 20)
    return Text(readable, encoding, _delimiter(start))


def _encoding(path: Path, shown: Path) -> str:
    """Find the encoding: a byte order mark, UTF-8, Chinese, else Western Europe."""
    with path.open("rb") as file:
        start = file.read(_CHUNK)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if guessed := _utf_16(start):
            return guessed
        if b"\0" in start[:4096]:
            raise problem(
                shown,
                "the file is no table of texts: it holds bytes that no text has",
                "Export it once more as .csv or .xlsx",
            )
        file.seek(0)
        bad, seen = _first_bad_byte(file)
    if bad is None:
        return "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
    head = start[: 64 << 10]
    chinese = head.decode("gb18030", errors="ignore").split("\n", 1)
    if _decodes(path, "gb18030") and _CHINESE.search("".join(chinese)[:4000]):
        return "gb18030"
    if seen >= 20 or start.startswith(codecs.BOM_UTF8):
        raise problem(
            shown,
            f"byte {bad + 1} is no UTF-8, which the rest of the file before it is",
            "Export it once more, or save it as CSV UTF-8",
        )
    return "cp1252"


def _utf_16(start: bytes) -> str | None:
    """Tell UTF-16 without a byte order mark by the zeros beside Western letters."""
    sample = start[:2000]
    if len(sample) >= 8 and b"\0" in sample:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        if odd > len(sample) // 5 and even == 0:
            return "utf-16-le"
        if even > len(sample) // 5 and odd == 0:
            return "utf-16-be"
    return None


def _first_bad_byte(file: io.BufferedReader) -> tuple[int | None, int]:
    """Find the first byte that is no UTF-8, and how many other letters than ASCII stand before."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    place, other = 0, 0
    while block := file.read(_CHUNK):
        if block.isascii() and not decoder.getstate()[0]:
            place += len(block)
            continue
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode("utf-8", errors="ignore")
            return place - pending + error.start, other + sum(c > "\x7f" for c in before)
        other = other or sum(b >= 0xC2 for b in block[:65536])
        place += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return place, other
    return None, other


def _decodes(path: Path, encoding: str) -> bool:
    """Tell whether a whole file is in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(_CHUNK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _records(text: str) -> Iterator[str]:
    """Yield the records of a text: lines, but for line breaks inside quotes."""
    begin, quoted = 0, False
    for found in re.finditer(r'"|\r\n|\n|\r', text):
        if found.group() == '"':
            quoted = not quoted
        elif not quoted:
            yield text[begin : found.start()]
            begin = found.end()
    if begin < len(text):
        yield text[begin:]


def _delimiter(start: str) -> str:
    """Find the delimiter outside quotes by the first record that has one: titles have none."""
    for number, record in enumerate(islice(_records(start), 30)):
        if number == 0 and (said := re.fullmatch(r'"?sep=(.)"?', record.strip("\r\n "))):
            return said.group(1)
        outside = re.sub(r'"(?:[^"]|"")*"', "", record)
        counts = Counter(c for c in outside if c in _DELIMITERS)
        if counts:
            return max(_DELIMITERS, key=lambda d: counts[d])
    return ","


@dataclass(frozen=True)
class Shape:
    """How the rows of a text file lie under its header.

    Attributes
    ----------
    width : int
        Cells of the header.
    widest : int
        Cells of the longest row.
    short, long : tuple of int
        Lines of rows that end before the header does, and of those that say something beyond it.
    """

    width: int
    widest: int
    short: tuple[int, ...] = ()
    long: tuple[int, ...] = ()


def load_text(
    con: duckdb.DuckDBPyConnection, text: Text, shown: Path, progress: Callable[[str], None]
) -> Shape:
    """Fill the table `loaded` with the cells of a text file.

    Cells are trimmed, blank ones null, and apostrophes that keep a spreadsheet from computing are
    gone. Short rows are filled up; the cells of longer ones than the header are in further columns.

    Parameters
    ----------
    con : DuckDBPyConnection
    text : Text
    shown : Path
        The file that messages name.
    progress : callable
        Is told how far a long file is read.

    Returns
    -------
    Shape
    """
    csv.field_size_limit(_LONGEST)
    with _reader(text) as rows:
        width = _header_width(rows)
    # most files are sound: then DuckDB says so, but for a mark that is open at the end of the file
    with contextlib.suppress(duckdb.Error):
        with told(con, progress, f"{shown.name} is read"):
            _load(con, text, width, is_sound=True)
        if _marks(text.path) % 2 == 0:
            return Shape(width, width)
    shape = _shape(text, shown)
    try:
        with told(con, progress, f"{shown.name} is read row by row"):
            _load(con, text, shape.widest, is_sound=False)
    except duckdb.OutOfMemoryException:
        raise problem(
            shown, "its rows do not fit into 1 GB of memory", "Export it in parts"
        ) from None
    except duckdb.Error:
        # its message quotes the row, which may name a person: it is never shown
        raise problem(
            shown,
            "the rows cannot be told apart: quotation marks do not match",
            "Export it once more, as .xlsx if the platform can",
        ) from None
    return shape


def _marks(path: Path) -> int:
    """Count the quotation marks of a file."""
    with path.open("rb") as file:
        return sum(block.count(b'"') for block in iter(lambda: file.read(_CHUNK), b""))


@contextlib.contextmanager
def _reader(text: Text, *, strict: bool = False) -> Iterator[_Rows]:
    """Open a file for Python's reader; it says in which line a row ends."""
    with text.path.open(encoding="utf-8-sig", newline="") as file:
        yield csv.reader(file, delimiter=text.delimiter, strict=strict)


def _header_width(rows: Iterable[list[str]]) -> int:
    """Give the cells of the header: the first row with two that say something.

    Where a second row goes on below it, with a blank first cell, the longer of both counts.
    """
    try:
        for row in rows:
            if sum(map(bool, row)) > 1:
                below = next(iter(rows), ["-"])
                return len(row) if not below or below[0] else max(len(row), len(below))
    except csv.Error:
        return 1
    return 1


def _shape(text: Text, shown: Path) -> Shape:
    """Look at every row of a file that is not sound.

    Raises
    ------
    SatisfactionError
        If a quotation mark is opened and not closed, or many rows are longer than the header.
    """
    try:
        return _measured(text, shown, strict=True)
    except csv.Error:
        line = _unclosed(text)
        if line is not None:
            raise problem(
                shown,
                "a quotation mark is opened and not closed in its cell",
                "Close it or delete it (a mark within a cell is written twice), or export as .xlsx",
                f"line {line}",
            ) from None
    try:
        return _measured(text, shown, strict=False)
    except csv.Error:
        raise problem(
            shown, "a row is longer than 8 MB", "Export it once more, as .xlsx if the platform can"
        ) from None


def _measured(text: Text, shown: Path, *, strict: bool) -> Shape:
    """Compare the length of all rows with the header's."""
    with _reader(text) as rows:
        width = _header_width(rows)
    widest, n, began = width, 0, False
    short: list[int] = []
    long: list[int] = []
    with _reader(text, strict=strict) as rows:
        last = 0
        for row in rows:
            line, last = last + 1, rows.line_num
            widest = max(widest, len(row))
            n_filled = sum(map(bool, row))
            if n_filled < 2:
                continue
            n += began
            if began and len(row) < width:
                short.append(line)
            elif began and any(cell.strip(BLANKS) for cell in row[width:]):
                long.append(line)
            began = True
    if len(long) > MOST_LONG * n:
        raise problem(
            shown,
            f"{len(long):,} of {n:,} rows have more cells than the header",
            "Give every column a name; a cell that holds the delimiter stands in quotation marks",
            lines_named(long),
        )
    return Shape(width, widest, tuple(short), tuple(long))


def lines_named(lines: Sequence[int]) -> str:
    """Name the first of some lines.

    Examples
    --------
    >>> lines_named([3]), lines_named([3, 5, 8, 9])
    ('line 3', 'lines 3, 5, 8 …')
    """
    first = ", ".join(map(str, lines[:3]))
    return f"line{'s' * (len(lines) > 1)} {first}{' …' * (len(lines) > 3)}"


def _unclosed(text: Text) -> int | None:
    """Find the line where a quotation mark opens that no mark closes at the end of its cell.

    Marks within a cell that are not written twice do no harm as long as the line goes on.
    """
    opening = re.compile(f'(?:^|{re.escape(text.delimiter)})"')
    opened = 0
    with text.path.open(encoding="utf-8-sig", newline="") as file:
        for number, line in enumerate(file, 1):
            place = 0
            while place < len(line):
                if not opened:
                    if (found := opening.search(line, place)) is None:
                        break
                    opened, place = number, found.end()
                    continue
                end = line.find('"', place)
                if end < 0:
                    break
                after = line[end + 1 : end + 2]
                place = end + 1 + (after == '"')
                if after in (text.delimiter, "\r", "\n", ""):
                    opened = 0
                elif after != '"':
                    if opened < number:
                        return opened
                    opened = 0
    return opened or None


def _load(con: duckdb.DuckDBPyConnection, text: Text, width: int, *, is_sound: bool) -> None:
    """Let DuckDB read a file: strictly and on all cores, or whatever its rows are like."""
    parallel = is_sound and text.path.stat().st_size > _LARGE
    columns = ", ".join(f"'c{i}': 'varchar'" for i in range(width))
    cells = ", ".join(f"{cleaned(f'c{i}')} as c{i}" for i in range(width))
    # looking for parts that expressions share takes minutes for thousands of columns
    if width > 200:
        con.execute("set disabled_optimizers = 'common_subexpressions'")
    con.execute(
        f"""
        create or replace table loaded as
        select {cells}
        from read_csv(
            ?, delim = ?, quote = '"', escape = '"', header = false, auto_detect = false,
            columns = {{{columns}}}, max_line_size = {_LONGEST}, buffer_size = {2 * _LONGEST},
            strict_mode = {is_sound}, null_padding = {not is_sound}, parallel = {parallel}
        )
        """,
        [str(text.path), text.delimiter],
    )
    con.execute("reset disabled_optimizers")


def cleaned(cell: str) -> str:
    """Give the SQL of a trimmed cell, null where blank, without the guard of spreadsheets.

    Few cells need it, and trimming is slow: one expression tells them by both ends. It is short
    because the time to plan a query of thousands of columns grows with its square.
    """
    bare = f"trim({cell}, '{BLANKS}')"
    guarded = f"regexp_replace({bare}, '^''([-+=@0-9(].*?)''?$', '\\1', 's')"
    return (
        f"nullif(case when regexp_matches({cell}, '^[{BLANKS}'']|[{BLANKS}]$')"
        f" then {guarded} else {cell} end, '')"
    )
