"""Workbooks: one sheet of .xlsx, .xls, .xlsb or .ods, written out as text."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import python_calamine as calamine

from satisfaction.imports.problems import problem
from satisfaction.imports.texts import Text

# a formula whose result the program that wrote the file did not keep
_NO_RESULT = re.compile(
    rb"</f>\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>|<f[^>]*/>\s*(?:<v\s*/>|<v></v>)?</c>"
)
_CHUNK = 1 << 22


@dataclass(frozen=True)
class Sheet:
    """A sheet as a text file.

    Attributes
    ----------
    text : Text
    name : str
    merged : frozenset of int
        Rows, from 0, with cells that are merged side by side.
    """

    text: Text
    name: str
    merged: frozenset[int]


def read_workbook(
    path: Path,
    temp: Path,
    *,
    sheet: str | None,
    shown: Path,
    progress: Callable[[str], None],
) -> Sheet:
    """Write the rows of a workbook's sheet to a text file.

    Parameters
    ----------
    path, temp : Path
    sheet : str or None
        Needed where several sheets have rows.
    shown : Path
        The file that messages name.
    progress : callable
    """
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
    except calamine.PasswordError:
        raise problem(
            shown,
            "the workbook is locked with a password",
            "Open it, remove the password (File, Info, Protect Workbook) and save it",
        ) from None
    except (calamine.CalamineError, OSError, ValueError):
        raise _damaged(shown) from None
    try:
        with book:
            name, chosen = _sheet(book, sheet, shown)
            merged = _merged_rows(chosen)
            text = _written(chosen, temp, shown, progress)
    except (calamine.CalamineError, OSError, ValueError):
        raise _damaged(shown) from None
    if zipfile.is_zipfile(path):
        _check_formulas(path, shown)
    return Sheet(text, name, merged)


def _damaged(shown: Path) -> Exception:
    return problem(
        shown,
        "the workbook is cut off or damaged",
        "Download it once more, or open it and save it as .xlsx",
    )


def _sheet(
    book: calamine.CalamineWorkbook, sheet: str | None, shown: Path
) -> tuple[str, calamine.CalamineSheet]:
    """Choose the sheet: the named one, else the only one that has rows."""
    if sheet is not None:
        if sheet not in book.sheet_names:
            raise problem(
                shown,
                f"there is no sheet {sheet!r}",
                "Name one of " + ", ".join(repr(n) for n in book.sheet_names),
            )
        return sheet, book.get_sheet_by_name(sheet)
    filled = []
    for about in book.sheets_metadata:
        if (
            about.typ == calamine.SheetTypeEnum.WorkSheet
            and about.visible == calamine.SheetVisibleEnum.Visible
        ):
            found = book.get_sheet_by_name(about.name)
            if found.height and found.width:
                filled.append((about.name, found))
    if not filled:
        raise problem(shown, "no sheet of the workbook has a row", "Export it once more")
    if len(filled) > 1:
        names = ", ".join(repr(name) for name, _ in filled)
        raise problem(
            shown, f"{len(filled)} sheets have rows: {names}", "Name one: SHEET=… (--sheet)"
        )
    return filled[0]


def _merged_rows(sheet: calamine.CalamineSheet) -> frozenset[int]:
    """Give the first rows, from 0, with cells that are merged side by side."""
    try:
        ranges = sheet.merged_cell_ranges or []
    except calamine.CalamineError:
        return frozenset()
    return frozenset(first[0] for first, last in ranges if last[1] > first[1])


def _written(
    sheet: calamine.CalamineSheet, temp: Path, shown: Path, progress: Callable[[str], None]
) -> Text:
    target = temp / "sheet.csv"
    rows = sheet.total_height
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for number, row in enumerate(sheet.iter_rows(), start=1):
            writer.writerow([c if type(c) is str else as_text(c) for c in row])
            if number % 50_000 == 0:
                progress(f"{shown.name}: {number:,} of {rows:,} rows read")
    return Text(target, "", ",")


def as_text(cell: object) -> str:
    """Give a cell as text: whole numbers without .0, dates as ISO.

    Examples
    --------
    >>> as_text(5.0), as_text(118400000099.0), as_text(0.1), as_text(True)
    ('5', '118400000099', '0.1', 'true')
    >>> as_text(datetime(2025, 3, 3, 9, 6, 46, 999_999)), as_text(date(2025, 3, 3))
    ('2025-03-03 09:06:47', '2025-03-03')
    """
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(cell, ".15g")
    if isinstance(cell, datetime):
        # spreadsheets count days as fractions, which are a little less than the second
        cell = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def _check_formulas(path: Path, shown: Path) -> None:
    """Refuse formulas that were never computed: their cells would be blank."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
                continue
            with archive.open(name) as sheet:
                before = b""
                while block := sheet.read(_CHUNK):
                    if _NO_RESULT.search(before + block):
                        raise problem(
                            shown,
                            "cells hold formulas without a result",
                            "Open it in a spreadsheet program and save it, which computes them",
                        )
                    before = block[-200:]
