"""Text files: which encoding and delimiter they have, and their cells as a table of DuckDB."""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from satisfaction.imports.headers import BLANKS
from satisfaction.imports.problems import problem

_CHUNK = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")
# files of this size are worth reading on all cores, which DuckDB can where all lines end alike
_LARGE = 64 << 20
# the longest row; DuckDB reserves buffers of a multiple of it within its memory
_LONGEST = 8 << 20
_CHINESE = re.compile(
    "序号|编号|满意|您|姓名|时间|问卷|提交|是否|请|推荐|评价|客户|订单|服务|的|产品|答"
)


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


def load_text(con: duckdb.DuckDBPyConnection, text: Text, shown: Path) -> int:
    """Fill the table `loaded` with the cells of a text file, and give its width.

    Cells are trimmed, blank ones null, and apostrophes that keep a spreadsheet from computing are
    gone. Short rows are filled up; a row that is longer than the header and says something there
    is an error.
    """
    csv.field_size_limit(sys.maxsize)
    width = 1
    with text.path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=text.delimiter)
        for row in islice(rows, 200):
            width = max(width, len(row))
    parallel = text.path.stat().st_size > _LARGE
    while True:
        try:
            _load(con, text, width, parallel)
            return width
        except duckdb.Error as error:
            # its message quotes the row, which may name a person: it is never shown
            if parallel:
                parallel = False
                continue
            longest = _longest(text)
            if longest > width:
                width = longest
                continue
            if isinstance(error, duckdb.OutOfMemoryException):
                raise problem(
                    shown, "its rows do not fit into 1 GB of memory", "Export it in parts"
                ) from None
            if "line size" in str(error).casefold().replace("_", " "):
                what = "a row is longer than 8 MB: a quotation mark is opened and not closed"
            else:
                what = "the rows cannot be told apart: quotation marks do not match"
            raise problem(
                shown, what, "Export it once more, as .xlsx if the platform can"
            ) from None


def _longest(text: Text) -> int:
    """Give the number of cells of the longest row."""
    with text.path.open(encoding="utf-8-sig", newline="") as file:
        return max((len(row) for row in csv.reader(file, delimiter=text.delimiter)), default=1)


def _load(con: duckdb.DuckDBPyConnection, text: Text, width: int, parallel: bool) -> None:
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
            strict_mode = {parallel}, null_padding = {not parallel}, parallel = {parallel}
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
