"""Write the published marts for spreadsheets: CSV that Excel opens rightly, and one workbook.

They are of what may be passed on (docs/passing-on.md); `--whole` writes all marts. What is
written::

    target/export-<time>/            <mart>.csv of every mart and satisfaction.xlsx
    target/export -> export-<time>   replaced at the end, so that a failed export leaves the former

Texts come from customers. One that a spreadsheet would take for a formula gets an apostrophe in
the CSV (as OWASP advises) and is a text cell in the workbook. Parquet has every text as it is.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.utility import xl_rowcol_to_cell

ROOT = Path(__file__).resolve().parents[1]
if __package__ in (None, ""):  # run as a file, not with -m
    sys.path.insert(0, str(ROOT))

from scripts import catalogue, messages, publish, summary  # noqa: E402

# limits of Excel
SHEET_ROWS = 1_048_576
SHEET_NAME = 31
CELL_LETTERS = 32_767
BATCH_ROWS = 10_000
# widths and formats of a sheet are chosen by its first rows
SAMPLE_ROWS = 200
# letters that nobody sees (Unicode's categories Cc, Cf, Zl, Zp, Zs), some of which programs trim
UNSEEN = (
    "\\x00-\\x20\\x7f-\\xa0\\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u1680\u180e"
    "\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u206f\u3000\ufeff\ufff9-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
# what a spreadsheet may take for the start of a formula, also after such letters and in full width
FORMULA = f"^[{UNSEEN}]*[=+\\-@＝＋－＠]|^[\\t\\r\\n]"
TEXT, DATE, TIME, TRUTH = "VARCHAR", "DATE", "TIMESTAMP", "BOOLEAN"
WHOLE = ("INTEGER", "BIGINT")
WIDEST = 48
WHOLE_SET = "全部集市，含客户 All marts, with customers"
SHARED_SET = "可转交，小单元格已隐去 For passing on, small cells suppressed"


class ExportError(Exception):
    """The marts cannot be exported; the message says why and what to do."""


@dataclass(frozen=True)
class Table:
    """One published mart, its columns with type and description, and its labels."""

    name: str
    rows: int
    description: str
    columns: tuple[tuple[str, str, str], ...]
    grain: tuple[str, ...]
    sheet: str
    notices: tuple[str, ...]


def sheet_names(marts: Sequence[str]) -> dict[str, str]:
    """Return a sheet name for every mart: its own, cut to the 31 letters that Excel allows."""
    names: dict[str, str] = {}
    for mart in marts:
        name, number = mart[:SHEET_NAME], 1
        while name.lower() in map(str.lower, names.values()):
            number += 1
            name = f"{mart[: SHEET_NAME - len(str(number)) - 1]}~{number}"
        names[mart] = name
    return names


def cuts(con: duckdb.DuckDBPyConnection, name: str, rows: int, texts: Sequence[str]) -> list[str]:
    """Say what of a mart does not fit into a sheet."""
    notices = []
    if rows > SHEET_ROWS - 1:
        notices.append(
            f"{name}: the sheet holds the first {SHEET_ROWS - 1:,} of {rows:,} rows, which is all "
            f"that Excel takes; {name}.csv holds all of them."
        )
    for column in texts:
        # Excel counts an emoji as two letters; few texts are long enough to be counted so
        text = catalogue.quote(column)
        sql = (
            f"select count(*) from marts.{catalogue.quote(name)} where length({text}) > "
            f"{CELL_LETTERS // 2} and length({text}) + length(regexp_replace({text}, "
            f"'[^\\x{{10000}}-\\x{{10FFFF}}]', '', 'g')) > {CELL_LETTERS}"
        )
        ((count,),) = con.execute(sql).fetchall()
        if count:
            notices.append(
                f"{name}: {count:,} values of {column} are cut to the {CELL_LETTERS:,} letters "
                f"that Excel takes; {name}.csv holds the whole."
            )
    return notices


def read_tables(con: duckdb.DuckDBPyConnection, grains: dict[str, tuple[str, ...]]) -> list[Table]:
    """List the tables of the published DuckDB file, attached as `marts`."""
    rows = con.execute(
        "select table_name, coalesce(comment, '') from duckdb_tables() "
        "where database_name = 'marts' order by table_name"
    ).fetchall()
    sheets = sheet_names([name for name, _ in rows])
    tables = []
    for name, description in rows:
        columns = con.execute(
            "select column_name, data_type, coalesce(comment, '') from duckdb_columns() "
            "where database_name = 'marts' and table_name = ? order by column_index",
            [name],
        ).fetchall()
        ((count,),) = con.execute(f"select count(*) from marts.{catalogue.quote(name)}").fetchall()
        notices = cuts(con, name, count, [column for column, kind, _ in columns if kind == TEXT])
        tables.append(
            Table(
                name=name,
                rows=count,
                description=description,
                columns=tuple(columns),
                grain=grains.get(name, ()),
                sheet=sheets[name],
                notices=tuple(notices),
            )
        )
    return tables


def write_csv(con: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> None:
    """Write one mart as CSV: UTF-8 with a byte order mark, CRLF, texts in quotes, null empty.

    The engine writes the rows, so that memory does not grow with them. Quotes around every text
    keep a separator of another locale inside its cell.
    """
    quoted = [catalogue.quote(name) for name, _, _ in table.columns]
    texts = [catalogue.quote(name) for name, kind, _ in table.columns if kind == TEXT]
    chosen = ", ".join(
        f"case when regexp_matches({name}, {publish.text(FORMULA)}) "
        f"then '''' || {name} else {name} end as {name}"
        if name in texts
        else name
        for name in quoted
    )
    force = f", force_quote ({', '.join(texts)})" if texts else ""
    body = folder / f"{table.name}.body"
    con.execute(
        f"copy (select {chosen} from marts.{catalogue.quote(table.name)}) "
        f"to {publish.text(str(body))} (format csv, header false, new_line '\\r\\n'{force})"
    )
    with (folder / f"{table.name}.csv").open("wb") as whole, body.open("rb") as rows:
        whole.write(b"\xef\xbb\xbf" + ",".join(quoted).encode() + b"\r\n")
        shutil.copyfileobj(rows, whole)
    body.unlink()


def batches(con: duckdb.DuckDBPyConnection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows that fit into a sheet, a batch at a time."""
    con.execute(f"from marts.{catalogue.quote(table.name)} limit {SHEET_ROWS - 1}")
    while rows := con.fetchmany(BATCH_ROWS):
        yield rows


class Workbook:
    """The workbook: a contents sheet, a list of all columns, and one sheet for each mart.

    Rows go to the disk as they come (`constant_memory`). The one header row holds the names of
    the columns, as pivot tables and Power Query want it; labels and descriptions are its notes.
    """

    def __init__(self, path: Path, labels: dict[str, tuple[str, str]]) -> None:
        self.labels = labels
        self.book = xlsxwriter.Workbook(
            str(path),
            {"constant_memory": True, "tmpdir": str(path.parent), "nan_inf_to_errors": True},
        )
        self.bold = self.book.add_format({"bold": True})
        self.title = self.book.add_format({"bold": True, "font_size": 14})
        self.header = self.book.add_format(
            {"bold": True, "bg_color": "#DDEBF7", "bottom": 1, "valign": "top"}
        )
        self.link = self.book.add_format({"font_color": "#0563C1", "underline": 1})
        self.wrap = self.book.add_format({"text_wrap": True, "valign": "top"})
        # shown with an apostrophe in Excel's edit line: editing the cell keeps it a text
        self.guarded = self.book.add_format({"quote_prefix": True})
        self.share = self.book.add_format({"num_format": "0.0000"})
        self.formats = {
            DATE: self.book.add_format({"num_format": "yyyy-mm-dd"}),
            TIME: self.book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "DOUBLE": self.book.add_format({"num_format": "#,##0.00"}),
        } | {kind: self.book.add_format({"num_format": "#,##0"}) for kind in WHOLE}

    def label(self, term: str) -> tuple[str, str]:
        """Return the Chinese and the English label of a mart or column."""
        return self.labels.get(term, ("", ""))

    def write_contents(self, tables: Sequence[Table], published: str, is_whole: bool) -> None:
        """Write the first sheet: every mart with its labels, rows, grain and a link."""
        sheet = self.book.add_worksheet("目录 Contents")
        heads = ["Mart", "名称", "Name", "行数 Rows", "粒度 Grain", "说明 Description"]
        for column, width in enumerate([36, 28, 36, 12, 40, 100]):
            sheet.set_column(column, column, width)
        sheet.write_string(0, 0, "客户满意度与忠诚度 Customer satisfaction and loyalty", self.title)
        whose = WHOLE_SET if is_whole else SHARED_SET
        sheet.write_string(1, 0, f"发布时间 Published: {published} · {whose}")
        row = 2
        for notice in (notice for table in tables for notice in table.notices):
            sheet.write_string(row, 0, f"不完整 Cut: {notice}", self.bold)
            row += 1
        row += 1
        for column, head in enumerate(heads):
            sheet.write_string(row, column, head, self.header)
        sheet.freeze_panes(row + 1, 1)
        sheet.autofilter(row, 0, row + max(1, len(tables)), len(heads) - 1)
        for number, table in enumerate(tables, row + 1):
            chinese, english = self.label(table.name)
            sheet.write_url(number, 0, f"internal:'{table.sheet}'!A1", self.link, string=table.name)
            sheet.write_string(number, 1, chinese)
            sheet.write_string(number, 2, english)
            sheet.write_number(number, 3, table.rows, self.formats["BIGINT"])
            sheet.write_string(number, 4, ", ".join(table.grain))
            sheet.write_string(number, 5, table.description, self.wrap)

    def write_columns(self, tables: Sequence[Table]) -> None:
        """Write the second sheet: every column of every mart."""
        sheet = self.book.add_worksheet("字段 Columns")
        heads = ["Mart", "Column", "名称", "Name", "类型 Type", "说明 Description"]
        for column, (head, width) in enumerate(zip(heads, [34, 30, 28, 34, 12, 100], strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, head, self.header)
        rows = [(table.name, *column) for table in tables for column in table.columns]
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(rows)), len(heads) - 1)
        for number, (mart, name, kind, description) in enumerate(rows, 1):
            for column, text in enumerate([mart, name, *self.label(name), kind]):
                sheet.write_string(number, column, text)
            sheet.write_string(number, 5, description, self.wrap)

    def note(self, name: str, description: str) -> str:
        """Return the note of a header cell: label in both languages, then the description."""
        return "\n".join(filter(None, [*self.label(name), description]))

    def number_format(self, kind: str, values: Sequence[float | None]) -> Any:
        """Return how a number is shown: shares, weights and the like with four digits."""
        known = [abs(value) for value in values if value is not None]
        return self.share if kind == "DOUBLE" and known and max(known) <= 1 else self.formats[kind]

    def writers(
        self, sheet: Any, table: Table, sample: Sequence[tuple[Any, ...]]
    ) -> list[Callable[[int, int, Any], Any]]:
        """Return the function that writes a cell, for every column by its type."""
        shown = {
            column: self.number_format(kind, [row[column] for row in sample])
            for column, (_, kind, _) in enumerate(table.columns)
            if kind in (*WHOLE, "DOUBLE")
        }
        formula = re.compile(FORMULA).match

        def text(row: int, column: int, value: str) -> None:
            # as Excel counts; what is cut here was said by cuts()
            if len(value) > CELL_LETTERS // 2 and len(value.encode("utf-16-le")) > 2 * CELL_LETTERS:
                kept = value.encode("utf-16-le")[: 2 * (CELL_LETTERS - 1)]
                value = f"{kept.decode('utf-16-le', 'ignore')}…"
            sheet.write_string(row, column, value, self.guarded if formula(value) else None)

        def moment(row: int, column: int, value: datetime.date) -> None:
            if value.year < 1900:  # Excel has no such dates
                sheet.write_string(row, column, value.isoformat())
            else:
                sheet.write_datetime(row, column, value, self.formats[table.columns[column][1]])

        def number(row: int, column: int, value: float) -> None:
            sheet.write_number(row, column, value, shown.get(column))

        kinds = {TEXT: text, DATE: moment, TIME: moment, TRUTH: sheet.write_boolean}
        return [kinds.get(kind, number) for _, kind, _ in table.columns]

    def write_mart(self, table: Table, parts: Iterator[list[tuple[Any, ...]]]) -> None:
        """Write the sheet of one mart, batch by batch."""
        sheet = self.book.add_worksheet(table.sheet)
        rows = next(parts, [])
        sample = rows[:SAMPLE_ROWS]
        for column, (name, kind, description) in enumerate(table.columns):
            sheet.write_string(0, column, name, self.header)
            if note := self.note(name, description):
                sheet.write_comment(0, column, note, {"x_scale": 2.5, "y_scale": 1.5})
            texts = [row[column] for row in sample if kind == TEXT and row[column]]
            widths = [summary.width(name) + 4, 12, *map(summary.width, texts)]
            sheet.set_column(column, column, min(max(widths), WIDEST))
        sheet.freeze_panes(1, 0)
        last = max(1, min(table.rows, SHEET_ROWS - 1))
        sheet.autofilter(0, 0, last, len(table.columns) - 1)
        # identifiers are texts on purpose: no green corners
        corner = xl_rowcol_to_cell(last, len(table.columns) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{corner}"})
        writers = self.writers(sheet, table, sample)
        number = 0
        while rows:
            for row in rows:
                number += 1
                for column, value in enumerate(row):
                    if value is not None:
                        writers[column](number, column, value)
            rows = next(parts, [])


def write_files(
    source: Path, folder: Path, grains: dict[str, tuple[str, ...]], is_whole: bool
) -> list[str]:
    """Write the CSV files and the workbook of a published DuckDB file into a folder.

    Returns
    -------
    list of str
        What did not fit into the workbook, in plain words.
    """
    published = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(source.stat().st_mtime))
    with contextlib.closing(duckdb.connect()) as con:
        con.execute(f"set temp_directory = {publish.text(str(folder / 'tmp'))}")
        if memory := os.environ.get("SATISFACTION_DUCKDB_MEMORY"):  # as in profiles.yml
            con.execute(f"set memory_limit = {publish.text(memory)}")
        con.execute(f"attach {publish.text(str(source))} as marts (read_only)")
        tables = read_tables(con, grains)
        workbook = Workbook(folder / "satisfaction.xlsx", catalogue.business_terms())
        workbook.write_contents(tables, published, is_whole)
        workbook.write_columns(tables)
        for table in tables:
            write_csv(con, table, folder)
            workbook.write_mart(table, batches(con, table))
        workbook.book.close()
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    return [notice for table in tables for notice in table.notices]


def is_whole_there(target: Path) -> bool:
    """Tell whether the last export is of all marts: those that name customers are among them."""
    return (target / "export" / f"{publish.CUSTOMERS}.csv").is_file()


def export(target: Path, is_whole: bool = False) -> tuple[Path, list[str]]:
    """Export the published marts of a target folder.

    Parameters
    ----------
    target
        dbt's target folder, which holds what is published and the manifest.
    is_whole
        Whether to export all marts, and not what may be passed on.

    Returns
    -------
    tuple of pathlib.Path and list of str
        The folder that holds the files, and what did not fit into the workbook.

    Raises
    ------
    ExportError
        If nothing is published there or the files cannot be written; the former export stays.
    """
    source = publish.published_file(target, is_whole)
    if not source.exists():
        raise ExportError(f"nothing is published in {target}.\nFix: make build first.")
    manifest = json.loads((target / "manifest.json").read_text("utf-8"))
    grains = {mart.name: mart.grain for mart in catalogue.marts(manifest)}
    with publish.only_one(target, "export"):
        name = f"export-{time.time_ns()}"
        folder = target / f"{name}{publish.UNFINISHED}"
        try:
            sweep(target)
            folder.mkdir(mode=0o700)
            notices = write_files(source.resolve(), folder, grains, is_whole)
            publish.open_to(folder, publish.modes_of(source))
            folder.rename(target / name)
            publish.point(target / "export", name)  # the switch
            sweep(target)
        except duckdb.Error as error:
            raise ExportError(messages.of_file(source, error, messages.PUBLISH_AGAIN)) from error
        except (XlsxWriterException, OSError) as error:
            known = isinstance(error, OSError)
            says = messages.trouble(error) if known else messages.plain(str(error))
            raise ExportError(f"the marts could not be exported: {says}") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return target / "export", notices


def sweep(target: Path) -> None:
    """Remove exports that are not in force: the former one and what killed runs left."""
    link = target / "export"
    kept = os.readlink(link) if link.is_symlink() else ""
    for path in target.glob("export-*"):
        if path.name != kept:
            shutil.rmtree(path, ignore_errors=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Export from the command line; return the exit code of the process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--target-path", help="dbt's target folder; default: target")
    parser.add_argument("--whole", action="store_true", help=publish.WHOLE)
    args = parser.parse_args(argv)

    def run() -> None:
        folder, notices = export(publish.target_folder(args.target_path), args.whole)
        for notice in notices:
            print(notice)
        print(f"{folder}: satisfaction.xlsx and a CSV of every mart")

    family = (ExportError, publish.PublishError, catalogue.CatalogueError)
    return messages.told(run, *family)


if __name__ == "__main__":
    sys.exit(main())
