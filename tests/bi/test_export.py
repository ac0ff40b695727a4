"""What a spreadsheet gets: every mart, every row, no text that runs, and never half an export."""

from __future__ import annotations

import csv
import datetime
import json
import os
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from scripts import catalogue, export, publish
from tests.python.conftest import Built

# a text as it came, and as a CSV shows it
TEXTS = {
    "=1+1": "'=1+1",
    '=HYPERLINK("http://x","y")': '\'=HYPERLINK("http://x","y")',
    "-1": "'-1",
    "+86 10 8888": "'+86 10 8888",
    "@SUM(A1)": "'@SUM(A1)",
    "\t=1": "'\t=1",
    "\rtext": "'\rtext",
    "  =1+1": "'  =1+1",
    "\u3000＝1+1": "'\u3000＝1+1",
    "＋1": "'＋1",
    "－1": "'－1",
    "＠x": "'＠x",
    "\u2060=1": "'\u2060=1",
    "\u00ad＝1": "'\u00ad＝1",
    "\u202e\u2003 @x": "'\u202e\u2003 @x",
    "\u200c\u200d\u200e\u200f-1": "'\u200c\u200d\u200e\u200f-1",
    "\u200f١": "\u200f١",
    "{=1}": "{=1}",
    "a=1": "a=1",
    "<script>alert(1)</script>": "<script>alert(1)</script>",
    'say "yes", or\nno': 'say "yes", or\nno',
    "a;=1+1": "a;=1+1",
    "非常满意 😀": "非常满意 😀",
    "00123": "00123",
    "310101199001011234": "310101199001011234",
    "http://example.com": "http://example.com",
    "_x0041_ & <b>": "_x0041_ & <b>",
    " blanks ": " blanks ",
    "bell \x07": "bell \x07",
    "NULL": "NULL",
    "": "",
}


def write_target(target: Path, sql: dict[str, str]) -> Path:
    """Write what a build publishes, as far as the export reads it."""
    (target / "marts").mkdir(parents=True)
    with duckdb.connect(str(target / "marts" / "marts.duckdb")) as con:
        for name, query in sql.items():
            con.execute(f"create table {name} as {query}")
            con.execute(f"comment on table {name} is 'Mart {name}.'")
    for name in ("marts", "shared"):  # nothing here is a small cell
        publish.point(target / f"{name}.duckdb", "marts/marts.duckdb")
    (target / "manifest.json").write_text(json.dumps({"nodes": {}}), "utf-8")
    return target


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    """Return the export of a mart of texts, and one of every other type."""
    rows = ", ".join(f"({number}, {publish.text(text)})" for number, text in enumerate(TEXTS))
    other = """select * from (values
        (1::bigint, -1.5::double, true, date '2025-03-01', timestamp '2025-03-01 09:30:00', 7),
        (null, null, null, null, null, null),
        (2, 1e-9, false, date '1899-12-31', timestamp '1850-01-01 00:00:00', -8)
    ) as v(big, number, truth, day, moment, small)"""
    target = write_target(
        tmp_path / "target",
        {
            "fct_texts": f"select * from (values {rows}) as v(number, answer)",
            "fct_types": other,
            "fct_customer_factor_satisfaction": "select 1 as a",
            "fct_customer_factor_satisfactions": "select 2 as a where false",
        },
    )
    assert export.main(["--target-path", str(target)]) == 0
    return target / "export"


def test_a_csv_has_every_text_and_none_that_runs(dirty: Path) -> None:
    raw = (dirty / "fct_texts.csv").read_bytes()
    assert raw.startswith('\ufeff"number","answer"\r\n0,"\'=1+1"\r\n'.encode())
    rows = read_csv(dirty / "fct_texts.csv")
    assert [row[1] for row in rows[1:]] == list(TEXTS.values())
    for _, value in rows[1:]:
        assert not value.lstrip("\u3000 \t\r\n").startswith(tuple("=+-@＝＋－＠"))


def test_a_csv_has_numbers_dates_and_nulls_plain(dirty: Path) -> None:
    head, first, empty, _ = (
        (dirty / "fct_types.csv").read_bytes().decode("utf-8-sig").split("\r\n")[:4]
    )
    assert head == '"big","number","truth","day","moment","small"'
    assert first == "1,-1.5,true,2025-03-01,2025-03-01 09:30:00,7"
    assert empty == ",,,,,"


def test_the_workbook_has_every_text_as_a_text(dirty: Path) -> None:
    book = openpyxl.load_workbook(dirty / "satisfaction.xlsx")
    cells = [row[1] for row in book["fct_texts"].iter_rows(min_row=2)]
    # an empty text is an empty cell; Excel writes control characters as _x000D_
    assert [unescape(cell.value or "") for cell in cells] == list(TEXTS)
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    assert not any(cell.hyperlink for cell in cells)
    assert [bool(cell.quotePrefix) for cell in cells] == [a != b for a, b in TEXTS.items()]


def test_the_workbook_has_types_a_frozen_header_and_filters(dirty: Path) -> None:
    book = openpyxl.load_workbook(dirty / "satisfaction.xlsx")
    sheet = book["fct_types"]
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    moment = datetime.datetime(2025, 3, 1, 9, 30)
    assert values[0] == ["big", "number", "truth", "day", "moment", "small"]
    assert values[1] == [1, -1.5, True, datetime.datetime(2025, 3, 1), moment, 7]
    assert values[2] == [None] * 6
    assert values[3] == [2, 1e-9, False, "1899-12-31", "1850-01-01T00:00:00", -8]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:F4"
    assert sheet["D2"].number_format == "yyyy-mm-dd"
    assert sheet["B2"].number_format == "#,##0.00"  # a share would have four digits


def test_the_contents_lead_to_every_sheet(dirty: Path) -> None:
    book = openpyxl.load_workbook(dirty / "satisfaction.xlsx")
    assert book.sheetnames[:2] == ["目录 Contents", "字段 Columns"]
    # two names that are alike in their first 31 letters
    sheets = {"fct_customer_factor_satisfactio", "fct_customer_factor_satisfact~2"}
    assert set(book.sheetnames[2:]) == sheets | {"fct_texts", "fct_types"}
    rows = list(book["目录 Contents"].iter_rows(min_row=5))
    assert [(row[0].value, row[3].value) for row in rows] == [
        ("fct_customer_factor_satisfaction", 1),
        ("fct_customer_factor_satisfactions", 0),
        ("fct_texts", len(TEXTS)),
        ("fct_types", 3),
    ]
    leads = [row[0].hyperlink.location.split("!")[0].strip("'") for row in rows]
    assert leads == book.sheetnames[2:]
    assert rows[2][5].value == "Mart fct_texts."


def test_what_excel_cannot_hold_is_cut_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(export, "SHEET_ROWS", 6)
    monkeypatch.setattr(export, "BATCH_ROWS", 2)
    target = write_target(
        tmp_path / "target",
        {
            "fct_five": "select range as n from range(5)",
            "fct_six": "select range as n from range(6)",
            "fct_long": "select repeat('长', 40000) as words",
            "fct_wide": "select repeat('😀', 16384) as words, repeat('长', 32767) as full",
        },
    )
    assert export.main(["--target-path", str(target)]) == 0
    said = capsys.readouterr().out
    assert "fct_six: the sheet holds the first 5 of 6 rows" in said
    assert "fct_long: 1 values of words are cut to the 32,767 letters" in said
    assert "fct_wide: 1 values of words are cut" in said
    assert "fct_wide: 1 values of full" not in said
    assert "fct_five:" not in said
    book = openpyxl.load_workbook(target / "export" / "satisfaction.xlsx")
    assert [row[0].value for row in book["fct_five"].iter_rows(min_row=2)] == list(range(5))
    assert [row[0].value for row in book["fct_six"].iter_rows(min_row=2)] == list(range(5))
    assert len(str(book["fct_long"]["A2"].value)) == 32767
    wide = [str(cell.value) for cell in book["fct_wide"][2]]
    assert [len(text.encode("utf-16-le")) // 2 for text in wide] == [32767, 32767]
    assert wide[0].endswith("😀…")
    cut = [str(row[0].value).split(":")[1] for row in book["目录 Contents"].iter_rows(3, 5)]
    assert cut == [" fct_long", " fct_six", " fct_wide"]
    assert len(read_csv(target / "export" / "fct_six.csv")) == 7
    assert len(read_csv(target / "export" / "fct_long.csv")[1][0]) == 40000


def test_a_failed_export_leaves_the_former(
    dirty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target, before = dirty.parent, os.readlink(dirty)

    def full_disk(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, "write_csv", full_disk)
    assert export.main(["--target-path", str(target)]) == 1
    assert "could not be exported: the disk is full.\nFix: " in capsys.readouterr().err
    assert os.readlink(dirty) == before
    assert len(read_csv(dirty / "fct_texts.csv")) == len(TEXTS) + 1
    monkeypatch.undo()
    assert export.main(["--target-path", str(target)]) == 0
    assert os.readlink(dirty) != before
    assert [path.name for path in target.glob("export-*")] == [os.readlink(dirty)]


def test_every_letter_that_nobody_sees_is_looked_through() -> None:
    codes = (code for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    unseen = [
        chr(c) for c in codes if unicodedata.category(chr(c)) in ("Cc", "Cf", "Zl", "Zp", "Zs")
    ]
    told = re.compile(export.FORMULA)
    assert not [letter for letter in unseen if not told.match(f"{letter}=1")]
    with duckdb.connect() as con:
        con.execute("create table t (x varchar)")
        con.executemany("insert into t values (?)", [[f"{letter}=1"] for letter in unseen])
        sql = f"select x from t where not regexp_matches(x, {publish.text(export.FORMULA)})"
        assert con.execute(sql).fetchall() == []
        assert con.execute(f"select regexp_matches('a=1', '{export.FORMULA}')").fetchall() == [
            (False,)
        ]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_an_export_is_read_by_who_reads_the_marts(tmp_path: Path, mode: int) -> None:
    target = write_target(tmp_path / "target", {"fct_a": "select 1 as a"})
    (target / "marts" / "marts.duckdb").chmod(mode)
    assert export.main(["--target-path", str(target)]) == 0
    files = [target / "export" / name for name in ("fct_a.csv", "satisfaction.xlsx")]
    assert {path.stat().st_mode & 0o777 for path in files} == {mode}
    folder = (target / "export").stat().st_mode & 0o777
    assert folder == {0o600: 0o700, 0o640: 0o750, 0o644: 0o755}[mode]


def test_garbage_is_told_plainly(dirty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = dirty.parent
    (target / "marts" / "marts.duckdb").write_bytes(b"not a database" * 1000)
    assert export.main(["--target-path", str(target), "--whole"]) == 1
    assert "marts.duckdb: broken, or of another DuckDB version.\nFix: " in capsys.readouterr().err
    (target / "manifest.json").write_text('{"nodes":', "utf-8")
    assert export.main(["--target-path", str(target)]) == 1
    assert "cut short.\nFix: make build." in capsys.readouterr().err


def test_nothing_published_is_said_plainly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export.main(["--target-path", str(tmp_path)]) == 1
    assert capsys.readouterr().err.endswith("Fix: make build first.\n")


def test_the_demo_is_exported_whole(demo: Built, marts: duckdb.DuckDBPyConnection) -> None:
    assert export.main(["--target-path", str(demo.target), "--whole"]) == 0
    folder = demo.target / "export"
    manifest = json.loads((demo.target / "manifest.json").read_text("utf-8"))
    grains = {mart.name: ", ".join(mart.grain) for mart in catalogue.marts(manifest)}
    assert {path.stem for path in folder.glob("*.csv")} == set(grains)
    kinds = "'VARCHAR', 'BOOLEAN', 'DATE', 'TIMESTAMP', 'DOUBLE', 'INTEGER', 'BIGINT'"
    for mart in grains:
        # CSV: every value, but for the apostrophe before what looks like a formula
        options = "header=true, all_varchar=true, allow_quoted_nulls=false"
        read = f"read_csv('{folder}/{mart}.csv', {options})"
        texts = marts.execute(
            "select column_name from duckdb_columns() "
            "where table_name = ? and data_type = 'VARCHAR'",
            [mart],
        ).fetchall()
        plain = ", ".join(
            f"regexp_replace(\"{name}\", '^''([\\s]*[=+\\-@＝＋－＠])', '\\1') as \"{name}\""
            for (name,) in texts
        )
        replaced = f"* replace ({plain})" if plain else "*"
        ours, theirs = f"select columns(*)::varchar from {mart}", f"select {replaced} from {read}"
        assert marts.execute(f"({ours}) except all ({theirs})").fetchall() == [], mart
        # Parquet: the same rows, in types that every tool reads
        parquet = f"select * from '{demo.target}/marts/{mart}.parquet'"
        assert marts.execute(f"(from {mart}) except all ({parquet})").fetchall() == [], mart
        odd = f"select column_name from (describe {parquet}) where column_type not in ({kinds})"
        assert marts.execute(odd).fetchall() == [], mart
        # and no row more
        counted = (f"select count(*) from ({rows})" for rows in (f"from {mart}", theirs, parquet))
        assert len({marts.execute(sql).fetchall()[0] for sql in counted}) == 1, mart
    book = openpyxl.load_workbook(folder / "satisfaction.xlsx", read_only=True)
    listed = {row[0]: row for row in book["目录 Contents"].iter_rows(min_row=5, values_only=True)}
    assert {name: row[4] or "" for name, row in listed.items()} == grains
    assert all(row[1] and row[2] and row[5] for row in listed.values())
    ((columns,),) = marts.execute(
        "select count(*) from duckdb_columns() "
        "where database_name = current_database() and not internal"
    ).fetchall()
    described = list(book["字段 Columns"].iter_rows(min_row=2, values_only=True))
    assert len(described) == columns
    assert all(all(row) for row in described)
    shown = list(book["fct_segment_satisfaction"].iter_rows(min_row=2, values_only=True))
    ((rows, total),) = marts.execute(
        "select count(*), sum(satisfaction_index) from fct_segment_satisfaction"
    ).fetchall()
    names = [cell.value for cell in next(iter(book["fct_segment_satisfaction"].iter_rows()))]
    index = names.index("satisfaction_index")
    assert len(shown) == rows
    assert sum(row[index] or 0 for row in shown) == pytest.approx(total)
