"""Reading exports: every form of file, every platform, and what is refused in one plain line."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import pyreadstat
import pytest
import yaml

from satisfaction.core.errors import SatisfactionError
from satisfaction.imports import showing
from satisfaction.imports.export import Export
from satisfaction.imports.progress import told
from satisfaction.imports.reading import read_export
from tests.python.imports.office_files import compound, ods, xls

GIVEN = Path(__file__).parents[2] / "cases" / "imports"
SMALL = "id,Q1,Q2\n1,Satisfied,5\n2,Dissatisfied,3\n"
Read = Callable[..., Export]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a file of some bytes."""

    def reader(data: str | bytes, name: str = "wave.csv", **options: Any) -> Export:
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return read_export(path, **options)

    return reader


def lines(*rows: Sequence[str], delimiter: str = ",") -> str:
    return "".join(delimiter.join(f'"{cell}"' for cell in row) + "\n" for row in rows)


def cells(export: Export) -> list[tuple[Any, ...]]:
    return export.con.execute("select * from cells order by row_number").fetchall()


def dropped(export: Export) -> list[tuple[int, str]]:
    return export.con.execute("select * from dropped order by row_number").fetchall()


def kinds(export: Export) -> dict[str, str | None]:
    return {column.header: column.kind for column in export.columns}


def book(*rows: Sequence[Any], merged: str = "", more: bool = False) -> bytes:
    workbook = openpyxl.Workbook()
    sheet: Any = workbook.active
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    if more:
        workbook.create_sheet("Second").append(["id", "Q1"])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def zipped(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(f"{name}.csv", data)
    return file.getvalue()


@pytest.mark.parametrize(
    "expected", sorted(GIVEN.glob("*/*.expected.yml")), ids=lambda path: path.parent.name
)
def test_given_exports_have_their_columns_rows_and_personal_columns(expected: Path) -> None:
    told = yaml.safe_load(expected.read_text(encoding="utf-8"))
    export = read_export(expected.with_name(told["file"]))
    assert export.platform == told["platform"]
    assert len(cells(export)) == told["rows"]["in_file"]
    found = kinds(export)
    for kind in ("response_id", "answered_at", "customer_id", "started_at", "duration_seconds"):
        header = told["columns"].get(kind)
        if header in found:
            assert found[header] == kind
    for header in told["personal_columns"]:
        matching = [h for h in found if h == header or h.startswith(header.split(" *")[0] + " ")]
        if "*" not in header:
            assert found[header] == "personal"
        else:
            assert all(found[h] == "personal" for h in matching if h != "Shipping Method")
    scored = [*told.get("questions", []), *([told["nps"]] if "nps" in told else [])]
    for question in scored:
        column = next(c for c in export.columns if c.position == question["position"])
        assert column.kind is None
    for key in ("encoding", "delimiter", "sheet"):
        if key in told.get("read", {}):
            assert export.read[key] == told["read"][key]


@pytest.mark.parametrize(
    ("data", "encoding", "delimiter"),
    [
        (SMALL.encode(), "utf-8", ","),
        (b"\xef\xbb\xbf" + SMALL.encode(), "utf-8-sig", ","),
        (SMALL.encode("utf-16"), "utf-16", ","),
        (SMALL.encode("utf-16-le"), "utf-16-le", ","),
        (SMALL.replace(",", ";").encode(), "utf-8", ";"),
        (SMALL.replace(",", "|").encode(), "utf-8", "|"),
        (SMALL.replace("\n", "\r").encode(), "utf-8", ","),
        (SMALL.replace("\n", "\r\n", 1).encode(), "utf-8", ","),
        (("sep=;\n" + SMALL.replace(",", ";")).encode(), "utf-8", ";"),
        (("A report\n\n" + SMALL).encode(), "utf-8", ","),
        (("A report,,\n" + SMALL).encode(), "utf-8", ","),
        (SMALL.replace("Satisfied", "zufriedengestellt für", 1).encode("cp1252"), "cp1252", ","),
    ],
)
def test_texts_of_any_encoding_delimiter_and_lead(
    read: Read, data: bytes, encoding: str, delimiter: str
) -> None:
    export = read(data)
    assert (export.read["encoding"], export.read["delimiter"]) == (encoding, delimiter)
    assert [column.header for column in export.columns] == ["id", "Q1", "Q2"]
    assert [(row[1], row[3]) for row in cells(export)] == [("1", "5"), ("2", "3")]


def test_chinese_of_gb18030(read: Read) -> None:
    export = read("序号,您满意吗\n1,满意\n2,不满意\n".encode("gb18030"))
    assert export.read["encoding"] == "gb18030"
    assert cells(export)[1][2] == "不满意"


def test_cells_are_trimmed_and_lose_the_guard_of_spreadsheets(read: Read) -> None:
    export = read(lines(["id", "Q1", "Q2"], [" 1\u00a0", "\u3000", "'+4912"], ["2", "a\nb", "'s"]))
    assert cells(export) == [(1, "1", None, "+4912"), (2, "2", "a\nb", "'s")]


def test_rows_that_are_none_are_listed(read: Read) -> None:
    export = read("id,Q1,Q2\n1,a,b\n,,\n2,c,d\nTotal,,9\n")
    assert dropped(export) == [(2, "not_a_row"), (4, "not_a_row")]


def test_rows_that_are_not_as_long_as_the_header(read: Read) -> None:
    """Blank cells beyond the header are nothing; what stands there makes the row a damaged one."""
    rows = [f"{i},a,5" for i in range(40)]
    rows[10], rows[20], rows[30] = "10,a,5,,", "20,a, or b,5", "30,a"
    export = read("id,Q1,Q2\n" + "\n".join(rows) + "\nFooter\n")
    assert [column.header for column in export.columns] == ["id", "Q1", "Q2"]
    assert dropped(export) == [(21, "longer_than_header")]
    assert cells(export)[30] == (31, "30", "a", None)
    assert showing.platform(export)[1:] == [
        "note: rows that end before the header does: what is missing counts as blank: 1 (line 32)",
        "note: rows that have more cells than the header and are left out: 1 (line 22)",
    ]


def test_marks_within_a_cell_do_no_harm(read: Read) -> None:
    export = read('id,Q1,Q2\n1,5" screen,5\n2,"say "yes" or","a\nb"\n3,"""x""",4\n')
    assert [row[2:] for row in cells(export)] == [
        ('5" screen', "5"),
        ("say yes or", "a\nb"),
        ('"x"', "4"),
    ]


def test_a_long_file_says_how_far_it_is() -> None:
    said: list[str] = []
    with duckdb.connect() as con, told(con, said.append, "wave.csv is read", every=0.02):
        con.execute("select max(hash(a.range, b.range)) from range(20000) a, range(20000) b")
    assert said and all(re.fullmatch(r"wave.csv is read: \d+ %", line) for line in said)


def test_one_of_several_sheets(read: Read) -> None:
    data = book(["id", "Q1"], [1, "a"], more=True)
    assert [row[2] for row in cells(read(data, "wave.xlsx", sheet="Sheet"))] == ["a"]
    with pytest.raises(SatisfactionError, match="Name one of 'Sheet', 'Second'"):
        read(data, "wave.xlsx", sheet="Third")


def test_thousands_of_columns(read: Read) -> None:
    width = 600
    export = read(",".join(f"Q{i}" for i in range(width)) + "\n" + ",".join("5" * width) + "\n")
    assert len(export.columns) == width


def test_workbooks_give_whole_numbers_and_iso_dates(read: Read) -> None:
    from datetime import datetime

    data = book(["id", "Time", "Q1"], [118400000099, datetime(2025, 3, 3, 9, 6, 47), True])
    export = read(data, "wave.xlsx")
    assert cells(export) == [(1, "118400000099", "2025-03-03 09:06:47", "true")]
    # what counts is what a file is, not what it is called
    assert cells(read(data, "wave.csv")) == cells(export)


@pytest.mark.parametrize(("ending", "make"), [("xls", xls), ("ods", ods)])
def test_older_workbooks_and_those_of_libreoffice(read: Read, ending: str, make: Any) -> None:
    data = make(["id", "Q1", "Q2"], [1, "Satisfied", 5], [2, "不满意", None], [3, "a & b", 3.5])
    assert cells(read(data, f"wave.{ending}")) == [
        (1, "1", "Satisfied", "5"),
        (2, "2", "不满意", None),
        (3, "3", "a & b", "3.5"),
    ]


def test_portable_files_of_spss(tmp_path: Path) -> None:
    path = tmp_path / "wave.por"
    frame = pd.DataFrame({"ID": [1.0, 2.0], "Q1": [5.0, 1.5], "SAYS": ["a", "b"]})
    labels = ["Respondent", "How satisfied are you?", "Why?"]
    pyreadstat.write_por(frame, str(path), column_labels=labels)
    export = read_export(path)
    assert cells(export) == [(1, "1", "5", "a"), (2, "2", "1.5", "b")]
    assert [(column.key, column.question) for column in export.columns] == list(
        zip(frame.columns, labels, strict=True)
    )


def test_a_title_of_merged_cells_stands_above_the_header(read: Read) -> None:
    data = book(["Report", None, None], ["id", "Q1", "Q2"], [1, "a", "b"], merged="A1:C1")
    assert [c.header for c in read(data, "wave.xlsx").columns] == ["id", "Q1", "Q2"]


def test_archives_with_one_file(read: Read) -> None:
    for name, data in (
        ("wave.zip", zipped(a=SMALL.encode())),
        ("wave.csv.gz", gzip.compress(SMALL.encode())),
        ("wave.csv", gzip.compress(SMALL.encode())),
    ):
        assert len(cells(read(data, name))) == 2


#: file name, what makes its contents when a test asks, what is said of it
BAD: list[tuple[str, Callable[[], bytes], str]] = [
    ("a.csv", lambda: b"", "empty"),
    ("a.csv", lambda: b"id,Q1\n", "no row"),
    ("a.csv", lambda: b"id,Q1\n,\n,\n", "no row"),
    ("a.csv", lambda: b"hello\nworld\n", "one column"),
    ("a.csv", lambda: b"%PDF-1.7", "a PDF"),
    ("a.csv", lambda: b'[{"a": 1}]', "JSON"),
    ("a.xls", lambda: b"<table><tr><td>1</td></tr></table>", "a web page"),
    ("a.csv", lambda: bytes(range(256)) * 9, "no table of texts"),
    ("a.zip", lambda: zipped(a=b"%PDF-1.7"), "a PDF"),
    ("a.zip", lambda: zipped(a=b"x", b=b"y"), "holds 2 files"),
    ("a.zip", lambda: zipped(a=SMALL.encode())[:50], "damaged"),
    ("a.zip", lambda: zipped(a=b"0" * (110 << 20)), "far larger"),
    ("a.csv.gz", lambda: gzip.compress(b"0" * (110 << 20), 1), "far larger"),
    ("a.csv.gz", lambda: gzip.compress(SMALL.encode())[:20], "damaged"),
    ("a.xlsx", lambda: book(["id", "Q1"], [1, "a"])[:2000], "damaged"),
    ("a.xlsx", lambda: book(), "no sheet"),
    ("a.xlsx", lambda: book(["id", "Q1"], more=True), "2 sheets"),
    ("a.xlsx", lambda: book(["id", "Q1"], [1, "=1+1"]), "formulas"),
    ("a.xlsx", lambda: book(["id", "Q", None], [1, 2, 3], merged="B1:C1"), "merged"),
    ("a.xlsx", lambda: compound("EncryptedPackage", b"x"), "locked with a password"),
    ("a.ods", lambda: ods(["id", "Q1"], is_locked=True), "locked with a password"),
    ("a.ods", lambda: ods(["id", "Q1"], [1, "a"])[:500], "damaged"),
    ("a.xls", lambda: xls(["id", "Q1"], [1, "a"])[:2000], "damaged"),
    ("a.por", lambda: b"ASCII SPSS PORT FILE cut off", "damaged"),
    ("a.sav", lambda: b"$FL2 cut off", "damaged"),
    ("a.csv", lambda: b"Respondent ID,Q1\n1.18E+11,a\n1.18E+11,b\n", "2 ids"),
    ("a.csv", lambda: b"Q1. How?\nAnswer Choices,Responses,\nVery,10%,4\n", "summary"),
    ("a.csv", lambda: (SMALL + '3,"open,5\n4,c,5\n').encode(), "line 4: a quotation mark"),
    ("a.csv", lambda: (SMALL + '3,"open,5\n4,"c",5\n').encode(), "line 4: a quotation mark"),
    ("a.csv", lambda: (SMALL + "3,a,b,c\n").encode(), "line 4: 1 of 3 rows have more cells"),
    ("a.csv", lambda: "第1题,,\n选项,小计,比例\n满意,3,30%\n".encode(), "summary"),
]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    BAD,
    ids=[f"{name}-{number}" for number, (name, _, _) in enumerate(BAD)],
)
def test_bad_files_have_one_plain_line(
    read: Read, name: str, data: Callable[[], bytes], said: str
) -> None:
    with pytest.raises(SatisfactionError, match=re.escape(said)) as caught:
        read(data(), name)
    assert str(caught.value).startswith(name)
    assert "\n" not in str(caught.value)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(SatisfactionError):
            read_export(path)


def test_damaged_bytes_never_show_a_cell(read: Read) -> None:
    data = ("id;Größe für ÄÖÜ äöü ßßß äää öööö üüü\n" + "1;Zylla\n" * 9).encode() + b"\xff\n"
    with pytest.raises(SatisfactionError) as caught:
        read(data)
    assert "Zylla" not in str(caught.value)


def test_contents_tell_a_person_whatever_the_name(read: Read) -> None:
    rows = [
        ["id", "A", "B", "C", "D", "Custom Data 1", "Q"],
        ["1", "a@b.de", "203.0.113.4", "+49 30 1234567", "0049 30 123456", "x@y.org", "5"],
        ["2", "c@b.de", "203.0.113.5", "19900000001", "(030) 123-4567", "z@y.org", "4"],
    ]
    found = kinds(read(lines(*rows)))
    assert [found[name] for name in "ABCD"] == ["personal"] * 4
    assert found["Custom Data 1"] == "personal"
    assert found["Q"] is None


@pytest.mark.parametrize(
    "header",
    ["微信满意度", "您对电话客服满意吗", "Phone support", "メールの対応", "邮箱服务满意度"],
)
def test_a_channel_is_no_person(read: Read, header: str) -> None:
    export = read(lines(["id", header, "您的微信"], ["1", "5", "a"], ["2", "4", "b"]))
    assert kinds(export) == {"id": "response_id", header: None, "您的微信": "personal"}


def test_ids_that_look_like_phones_stay_ids(read: Read) -> None:
    rows = [
        ["Respondent ID", "Collector ID", "Start Date", "End Date", "How?"],
        ["", "", "", "", "Response"],
        ["13840000001", "43", "03/13/2025 01:00:00 PM", "03/13/2025 01:01:00 PM", "Good"],
    ]
    export = read(lines(*rows))
    assert kinds(export)["Respondent ID"] == "response_id"


def test_qualtrics_in_german_and_its_legacy_export(read: Read) -> None:
    tags = ["StartDate", "EndDate", "Status", "Finished", "RecordedDate", "ResponseId", "Q1"]
    texts = ["Anfangsdatum", "Enddatum", "Antworttyp", "Beendet", "Erfasst", "Antwort-ID", "Wie?"]
    ids = ["startDate", "endDate", "status", "finished", "recordedDate", "_recordId", "QID1"]
    time = "2025-03-03 09:00:00"
    rows = [
        [time, time, "Umfragevorschau", "Wahr", time, "R_1", "gut"],
        [time, time, "IP-Adresse", "Falsch", time, "R_2", "gut"],
        [time, time, "Spam", "Wahr", time, "R_3", "gut"],
        [time, time, "IP-Adresse", "Wahr", time, "R_4", "gut"],
    ]
    json = ['{""ImportId"":""' + i + '"",""timeZone"":""Europe/Berlin""}' for i in ids]
    export = read(lines(tags, texts, json, *rows))
    assert dropped(export) == [(1, "preview"), (2, "partial"), (3, "spam")]
    assert export.read["time_zone"] == "Europe/Berlin"
    assert [c.key for c in export.columns] == ids
    legacy = read(
        lines(
            ["V1", "V2", "V7", "V8", "V9", "V10", "Q1"],
            ["ResponseID", "Name", "Status", "StartDate", "EndDate", "Finished", "How?"],
            ["R_1", "Anna", "0", time, time, "1", "5"],
            ["R_2", "Anna", "0", time, time, "0", "5"],
        )
    )
    assert dropped(legacy) == [(2, "partial")]


def test_surveymonkey_expanded_is_one_column_for_one_answer(read: Read) -> None:
    head = ["Respondent ID", "Collector ID", "Start Date", "End Date"]
    rows = [
        [*head, "Satisfied?", "", "How with?", "", "", ""],
        ["", "", "", "", "Yes", "No", "Price - Low", "Price - High", "Staff - Low", "Staff - High"],
        ["1", "4", "1/2/25", "1/2/25", "Yes", "", "Low", "", "", "High"],
        ["2", "4", "1/2/25", "1/2/25", "", "No", "", "High", "Low", ""],
    ]
    export = read(lines(*rows))
    assert [(c.question, c.label) for c in export.columns[4:]] == [
        ("Satisfied?", ""),
        ("How with?", "Price"),
        ("How with?", "Staff"),
    ]
    assert [row[5:] for row in cells(export)] == [("Yes", "Low", "High"), ("No", "High", "Low")]


def test_redcap_with_its_dictionary(read: Read, tmp_path: Path) -> None:
    dictionary = tmp_path / "dictionary.csv"
    dictionary.write_text(
        lines(
            [
                "Variable / Field Name",
                "Field Type",
                "Field Label",
                "Choices, Calculations, OR Slider Labels",
                "Identifier?",
            ],
            [
                "q1",
                "radio",
                "<b>How satisfied?</b>",
                "1, Good | 2, Fine, mostly",
                "",
            ],
            ["ch", "checkbox", "Channels", "1, Web | 2, App", ""],
            ["who", "text", "Who are you?", "", "y"],
        )
    )
    rows = [
        ["record_id", "redcap_event_name", "q1", "ch___1", "ch___2", "who", "sat_complete"],
        ["1", "wave_1", "1", "1", "0", "Zylla", "2"],
        ["1", "wave_2", "2", "1", "0", "Zylla", "0"],
    ]
    export = read(lines(*rows), dictionary=dictionary)
    by_key = {c.key: c for c in export.columns}
    assert by_key["q1"].words == {"1": "Good", "2": "Fine, mostly"}
    assert by_key["q1"].question == "How satisfied?"
    assert (by_key["ch___2"].kind, by_key["ch___2"].label) == ("choices", "App")
    assert by_key["who"].kind == "personal"
    assert [row[1] for row in cells(export)] == ["1-wave_1", "1-wave_2"]
    assert dropped(export) == [(2, "partial")]


def test_places_in_the_list_of_options_are_told(read: Read) -> None:
    rows = [
        [
            "序号",
            "提交答卷时间",
            "所用时间",
            "来源",
            "1、满意吗",
            "第2题(产品)",
            "5、(网站)",
            "5、(门店)",
        ],
        ["1", "2025/3/3 9:06:47", "2分3秒", "微信", "1", "-3", "1", "0"],
        ["2", "2025/3/3 9:08:47", "1:23", "微信", "2", "2", "1", "1"],
    ]
    export = read(lines(*rows))
    assert (export.platform, export.read["answers"]) == ("wenjuanxing", "选项序号")
    assert export.columns[5].missing == {"-2", "-3"}
    assert [(c.question, c.label) for c in export.columns[5:]] == [
        ("第2题", "产品"),
        ("第5题", "网站"),
        ("第5题", "门店"),
    ]


def test_limesurvey_that_keeps_no_times(read: Read) -> None:
    head = ["id. Antwort ID", "submitdate. Datum Abgeschickt", "lastpage. Letzte Seite"]
    rows = [
        [*head, "startlanguage. Start-Sprache", "Q1[S1]. Wie? [Preis]", "Q1[S2]. Wie? [Ware]"],
        ["1", "1980-01-01 00:00:00", "3", "de", "gut", "gut"],
        ["2", "", "1", "de", "gut", ""],
    ]
    export = read(lines(*rows, delimiter=";"))
    assert export.platform == "limesurvey"
    assert dropped(export) == [(2, "partial")]
    assert cells(export)[0][2] is None
    assert [(c.key, c.label) for c in export.columns[4:]] == [
        ("Q1[S1]", "Preis"),
        ("Q1[S2]", "Ware"),
    ]


def test_footers_of_salesforce_are_no_cases(read: Read) -> None:
    export = read(
        "Case Number,Contact Name,Date/Time Closed,CSAT\n00001001,A,3/14/2025 9:00,5\n"
        "Grand Totals (1 records)\nConfidential Information - Do Not Distribute\n"
    )
    assert export.area == "tickets"
    assert [reason for _, reason in dropped(export)] == ["not_a_row", "not_a_row"]
    assert cells(export)[0][1] == "00001001"


def test_qualtrics_own_spss_file_leaves_out_previews(tmp_path: Path) -> None:
    path = tmp_path / "wave.sav"
    frame = pd.DataFrame(
        {
            "StartDate": ["2025-03-03 09:00:00"] * 3,
            "EndDate": ["2025-03-03 09:01:00"] * 3,
            "Status": [0.0, 1.0, 0.0],
            "Finished": [1.0, 1.0, 0.0],
            "ResponseId": ["R_1", "R_2", "R_3"],
            "Q1": [5.0, 4.0, 3.0],
        }
    )
    pyreadstat.write_sav(frame, str(path), variable_value_labels={"Q1": {1: "Bad", 5: "Good"}})
    export = read_export(path)
    assert dropped(export) == [(2, "preview"), (3, "partial")]
    assert {c.key: dict(c.words) for c in export.columns}["Q1"] == {"1": "Bad", "5": "Good"}
