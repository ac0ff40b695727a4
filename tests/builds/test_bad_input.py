"""Bad input: refused rows with a reason, or one plain message; never a traceback, a loss, a lie.

`tests/cases/bad` is one folder of raw tables whose keys say what is wrong with each row. Broken
files, folders, vars and method tables are small texts below, each run through the models that
read them (see engine.py).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.python.conftest import ROOT
from tests.python.engine import ANSWERS, Engine, Files

CASE = ROOT / "tests" / "cases" / "bad"
LONG = "很长 " * 250_000  # 1.75 MB as UTF-8

# --- rows ----------------------------------------------------------------------------------------


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with the library of Python: another reader than the project's."""
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def dirty(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the dirty folder once, with what no editor shows: BOM, CRLF, NUL, a megabyte."""
    folder = tmp_path_factory.mktemp("dirty") / "O'Brien's [2025]*"
    # expected/ stays: rows are added here
    shutil.copytree(CASE, folder, ignore=shutil.ignore_patterns("expected"))
    surveys = folder / "surveys.csv"
    surveys.write_bytes(b"\xef\xbb\xbf" + surveys.read_bytes().replace(b"\n", b"\r\n"))
    with (folder / "customers.csv").open("a", encoding="utf-8") as file:
        file.write(f"long text,{LONG},,,,,,,\nNUL \0 byte,a\0b,,,,,,,\n")
    with (folder / "transactions.csv").open("a", encoding="utf-8") as file:
        file.write("NUL in an amount,G01,p,voice,2025-03-05,1\x002,1,completed")  # no line end
    code, _, errors = engine.main("--data", str(folder))
    assert code == 0, errors
    return folder


def marts(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    """Ask the marts that the dirty folder was published into."""
    with duckdb.connect(str(engine.target / "marts.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_exactly_the_bad_rows_are_refused_each_for_its_reason(engine: Engine, dirty: Path) -> None:
    expected = Counter(tuple(row.values()) for row in read_csv(CASE / "expected/rejected_rows.csv"))
    expected["transactions", "NUL in an amount", "not_a_number", "amount", "1\x002"] += 1
    found = Counter(
        marts(
            engine,
            "select table_name, record_key, reason, column_name, coalesce(offending_value, '') "
            "from rejected_rows",
        )
    )
    assert found == expected
    assert found.total() == 202


def test_every_raw_row_is_accepted_or_refused(engine: Engine, dirty: Path) -> None:
    accounting = marts(
        engine, "select table_name, raw_rows, accepted_rows, rejected_rows from row_accounting"
    )
    raw = {path.stem: len(read_csv(path)) for path in dirty.glob("*.csv")}
    raw["survey_wide"] *= 12  # each cell is an answer
    assert {name: rows for name, rows, _, _ in accounting} == raw
    assert all(rows == accepted + refused for _, rows, accepted, refused in accounting)


def test_a_refused_row_is_kept_whole(engine: Engine, dirty: Path) -> None:
    blanks = " \t\r\n\u00a0\u3000\ufeff"
    raw = [
        (path.stem, {k: v.strip(blanks) for k, v in row.items() if v.strip(blanks)})
        for path in dirty.glob("*.csv")
        for row in read_csv(path)
    ]
    found = marts(engine, "select table_name, reason, row_json from rejected_rows")
    for table, reason, text in found:
        row = {name: value for name, value in json.loads(text).items() if value is not None}
        # an answer to a question that is not known may be a comment
        left_out = "answer" if reason == "unknown_question" else None
        assert left_out not in row
        kept = [{k: v for k, v in one.items() if k != left_out} for of, one in raw if of == table]
        assert row in kept, row


def test_dirt_moves_no_figure(engine: Engine, dirty: Path) -> None:
    # 8, 6, 3, 2, 1 of 20 at 5, 4, 3, 2, 1 on every factor: D = 0.78 whatever the weights
    index = "select satisfaction_index, n_respondents from fct_segment_satisfaction"
    assert marts(engine, f"{index} where survey_id = 'w1' and segment_type = 'total'") == [
        (pytest.approx(78.0), 20)
    ]
    # the session that was sent again counts once: fives, not ones
    satisfied = "select satisfaction_index, n_valid_answers from fct_customer_satisfaction"
    assert marts(engine, f"{satisfied} where survey_id = 'w2' and customer_id = 'G01'") == [
        (pytest.approx(100.0), 12)
    ]
    # 100.25 + 1,234,567.50 + 1 + 1e2 + 0 + 7 + 6 times 10; the one that was returned is left out
    bought = "select month_start, amount, n_purchases from fct_customer_loyalty"
    assert marts(engine, f"{bought} where n_purchases > 0") == [
        (date(2025, 3, 1), pytest.approx(1_234_835.75), 12)
    ]


def test_of_a_repeated_key_the_last_by_time_counts(engine: Engine, dirty: Path) -> None:
    kept = engine.rows(
        "select response_id, nullif(customer_id, 'anonymous w2 | ' || response_id), level, "
        "last_answered_at from stg_answers "
        "where question_id = 'q_care' and survey_id = 'w2' and level is not null order by 1"
    )
    assert kept == [
        ("a refused newer row", "G08", 4, datetime(2025, 6, 10, 10)),
        ("another customer, later", "G06", 4, datetime(2025, 6, 12)),
        ("answered at the last moment", "G09", 3, datetime(2025, 6, 30, 23, 59, 59, 999_000)),
        ("exact copy", "G03", 3, datetime(2025, 6, 10, 10)),
        ("no time loses", "G05", 4, datetime(2025, 6, 10, 10)),
        ("nobody signed", None, 3, datetime(2025, 6, 10, 10)),
        ("tie in time", "G04", 4, datetime(2025, 6, 10, 10)),
        ("whole session again", "G01", 5, datetime(2025, 6, 10, 11)),
    ]


def test_odd_but_honest_text_arrives_as_it_is(engine: Engine, dirty: Path) -> None:
    named = "from dim_customers where customer_name is not null"
    assert dict(marts(engine, f"select customer_id, customer_name {named}")) == {
        "'; drop table customers; --": "Robert'); drop table dim_customers;--",
        "comma and lines": 'Smith, "Bob"\nsecond line\tand tab',
        "emoji 😀": "微笑 😀👩‍👩‍👧‍👧 Ω",
        "long text": LONG.strip(),
        "NUL \0 byte": "a\0b",
    }
    regions = "select segment_value from dim_segments where segment_type = 'region'"
    assert {value for (value,) in marts(engine, regions)} == {
        '"; select 1; --',
        "O'Brien's",
        "north",
        "south",
        "unknown",
    }


def test_a_wave_without_answers_is_shown_and_has_no_index(engine: Engine, dirty: Path) -> None:
    waves = "select survey_id, n_respondents, n_invited from dim_waves order by wave_number"
    assert marts(engine, waves) == [("nobody answered", 0, 10), ("w1", 20, 1000), ("w2", 9, 20)]
    seen = marts(engine, "select distinct survey_id from fct_segment_satisfaction order by 1")
    assert seen == [("w1",), ("w2",)]


def test_a_column_that_nothing_reads_is_named(engine: Engine, dirty: Path) -> None:
    named = "select ignored_columns from row_accounting where table_name = 'customers'"
    assert marts(engine, named) == [("remark",)]


def test_a_failed_build_publishes_nothing(engine: Engine, dirty: Path, tmp_path: Path) -> None:
    def state() -> dict[str, str]:
        files = [engine.target / "marts.duckdb", *(engine.target / "marts").rglob("*.parquet")]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = state()
    assert len(before) > 15
    folder = tmp_path / "data"
    shutil.copytree(CASE, folder)
    (folder / "factors.csv").write_bytes("factor_id,label_zh\nimage,形象\n".encode("gbk"))
    code, _, errors = engine.main("--data", str(folder))
    assert code == 1
    assert errors.strip().splitlines()[:2] == [
        "factors.csv, line 2: not UTF-8 (often GBK from Excel).",
        "Fix: iconv -f GB18030 -t UTF-8 factors.csv > fixed.csv, or save it as 'CSV UTF-8'.",
    ]
    assert "Nothing was published" in errors
    code, _, errors = engine.main("--data", str(CASE), "--vars", "{as_of_date: yesterday}")
    assert code == 1
    assert "var as_of_date: 'yesterday' is not a day" in errors
    assert state() == before


CASES: dict[str, tuple[Files, list[str], str]] = {
    "no folder": ({}, ["--data", "{home}/nowhere"], "DATA={home}/nowhere: no such folder."),
    "a file": ({"a.csv": "x"}, ["--data", "{home}/a.csv"], "DATA={home}/a.csv: no such folder."),
    "no table": ({"notes.txt": ""}, [], "DATA={home}: none of the tables is there as .csv or"),
    "an unknown var": (
        {"customers.csv": ""},
        ["--vars", "{min_respondent: 3}"],
        "--vars: unknown var min_respondent. min_respondents?",
    ),
    "half a mapping": ({"customers.csv": ""}, ["--vars", "{a: "], "--vars: not valid YAML"),
    "a list": ({"customers.csv": ""}, ["--vars", "[1]"], "--vars: must be a mapping such as"),
    "vars in GBK": (
        {"customers.csv": "", "vars.yml": "segment_by: [地区]".encode("gbk")},
        [],
        "{home}/vars.yml: not UTF-8.\nFix: save it again as UTF-8.",
    ),
    "a tab in vars.yml": (
        {"customers.csv": "", "vars.yml": "a:\n\t- b"},
        [],
        "{home}/vars.yml, line 2: not valid YAML",
    ),
}


@pytest.mark.parametrize(("files", "arguments", "says"), CASES.values(), ids=CASES.keys())
def test_a_case_that_cannot_be_read_is_told_before_dbt_starts(
    engine: Engine, files: Files, arguments: list[str], says: str
) -> None:
    engine.lay(files)
    home = str(engine.data)
    told = [text.replace("{home}", home) for text in arguments]
    if "--data" not in told:
        told += ["--data", home]
    code, said, errors = engine.main(*told)
    assert (code, said) == (1, "")
    assert errors.strip().startswith(says.replace("{home}", home))


def test_a_link_that_leads_nowhere_is_told(engine: Engine) -> None:
    engine.lay({"customers.csv": "customer_id\n"})
    (engine.data / "transactions.csv").symlink_to("gone.csv")
    code, _, errors = engine.main("--data", str(engine.data))
    assert code == 1
    assert f"{engine.data}/transactions.csv: leads to gone.csv, which is not there." in errors


# --- files ---------------------------------------------------------------------------------------

GOOD = "customer_id,customer_name\nC1,Ann\nC2,Bob\n"
NAMES = "Add the column, or rename the one that holds it."


def parquet(tmp_path: Path, sql: str) -> bytes:
    """Return a Parquet file that holds the result of a query."""
    duckdb.sql(f"copy ({sql}) to '{tmp_path}/it.parquet'")
    return (tmp_path / "it.parquet").read_bytes()


BROKEN_FILES: dict[str, tuple[str, str | bytes, str]] = {
    "GBK": (
        "customers.csv",
        GOOD.encode() + "C3,张三\n".encode("gbk"),
        "customers.csv, line 4: not UTF-8 (often GBK from Excel).\n"
        "Fix: iconv -f GB18030 -t UTF-8 customers.csv > fixed.csv, or save it as 'CSV UTF-8'.",
    ),
    "GBK in the header": (
        "customers.csv",
        "customer_id,姓名\nC1,\n".encode("gbk"),
        "customers.csv, line 1: not UTF-8 (often GBK from Excel).",
    ),
    "UTF-16": (
        "customers.csv",
        GOOD.encode("utf-16"),
        "customers.csv, line 1: not UTF-8 (Excel's 'Unicode text').\n"
        "Fix: iconv -f UTF-16 -t UTF-8 customers.csv > fixed.csv, or save it as 'CSV UTF-8'.",
    ),
    "UTF-16 without a mark": (
        "customers.csv",
        GOOD.encode("utf-16-le"),
        "{data}/customers.csv: not text in UTF-8 (an Excel workbook, or UTF-16?). "
        "Save it as 'CSV UTF-8'.",
    ),
    "a Latin-1 byte in the middle": (
        "customers.csv",
        (GOOD * 50 + "C3,José\n" + GOOD).encode("latin-1"),
        "customers.csv, line 151: not UTF-8 (often western text from Excel).\n"
        "Fix: iconv -f WINDOWS-1252 -t UTF-8 customers.csv > fixed.csv, "
        "or save it as 'CSV UTF-8'.",
    ),
    "a character cut in half": (
        "customers.csv",
        (GOOD + "C3,满").encode()[:-1],
        "customers.csv, line 4: not UTF-8",
    ),
    "compressed": (
        "customers.csv",
        gzip.compress(GOOD.encode()),
        "customers.csv, line 1: not UTF-8",
    ),
    "a workbook named .csv": (
        "customers.csv",
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00[Content]\n\x00\x01",
        "{data}/customers.csv: not text in UTF-8 (an Excel workbook, or UTF-16?).",
    ),
    "missing key column": (
        "customers.csv",
        "id,customer_name\nC1,Ann\n",
        "{data}/customers.csv: column customer_id is missing (found: id, customer_name). " + NAMES,
    ),
    "missing needed column": (
        "transactions.csv",
        "transaction_id,customer_id,amount\nT1,C1,5\n",
        "{data}/transactions.csv: column ordered_at is missing "
        f"(found: transaction_id, customer_id, amount). {NAMES}",
    ),
    "semicolons": (
        "customers.csv",
        GOOD.replace(",", ";"),
        "{data}/customers.csv: column customer_id is missing (found: customer_id;customer_name). "
        f"{NAMES} The header looks separated by something else than commas: "
        "save the file with commas.",
    ),
    "tabs": (
        "customers.csv",
        GOOD.replace(",", "\t"),
        "{data}/customers.csv: column customer_id is missing (found: customer_id\tcustomer_name). "
        f"{NAMES} The header looks separated by something else than commas: "
        "save the file with commas.",
    ),
    "empty": (
        "customers.csv",
        b"",
        "{data}/customers.csv: the file is empty. Write its header line, or remove the file if "
        "there is nothing to read.",
    ),
    "a blank line first": (
        "customers.csv",
        "\n" + GOOD,
        "{data}/customers.csv: the first line is blank. Begin the file with its header line.",
    ),
    "nothing but blanks": (
        "customers.csv",
        "  \n",
        "{data}/customers.csv: the first line is blank. Begin the file with its header line.",
    ),
    "a name twice": (
        "customers.csv",
        "customer_id,region,Region\nC1,a,b\n",
        "{data}/customers.csv: two columns of the header are named 'region'. "
        "Give every column a name of its own.",
    ),
    "a blank name": (
        "customers.csv",
        "customer_id,,region\nC1,a,b\n",
        "{data}/customers.csv: a column of the header has no name. "
        "Give every column a name of its own.",
    ),
    "a comma after the last name": (
        "customers.csv",
        "customer_id,region,\nC1,a,\n",
        "{data}/customers.csv: a column of the header has no name.",
    ),
    # DuckDB takes the whole file for the header and finds no row below it
    "an open quote in the header": (
        "customers.csv",
        'customer_id,"region\nC1,a\n',
        "{data}/customers.csv: the header opens a quote that its line does not close. "
        "Write the names on one line, quotes in pairs.",
    ),
    "more fields than names": (
        "customers.csv",
        GOOD + "C3,Smith, John\n",
        "customers.csv, line 4: 3 fields where the header has 2.\n"
        "Fix: quote the text that holds a comma, or remove the extra field.",
    ),
    "more fields in the first row": (
        "customers.csv",
        "customer_id,customer_name\nC1,Ann,x\nC2,Bob,x\n",
        "customers.csv, line 2: 3 fields where the header has 2.",
    ),
    "fewer fields than names": (
        "customers.csv",
        GOOD + "C3\n",
        "customers.csv, line 4: 1 field where the header has 2.\n"
        "Fix: add the missing field (an empty one is fine).",
    ),
    "an open quote": (
        "customers.csv",
        GOOD + 'C3,"Ann\nC4,x\n',
        "customers.csv, line 4: a quoted text is not closed.\n"
        'Fix: end it with ", and write a " inside a quoted text as "".',
    ),
    "text after a quote": (
        "customers.csv",
        GOOD + 'C3,"Ann"x\n',
        "customers.csv, line 4: a quoted text is not closed.",
    ),
    "mixed line ends": (
        "customers.csv",
        "customer_id,customer_name\r\nC1,Ann\nC2,Bob\r\n",
        "customers.csv: its lines end in different ways (Windows and Unix mixed) or a quote "
        "stands in the wrong place.\n"
        "Fix: sed -i 's/\\r$//' customers.csv, or save it again as 'CSV UTF-8'.",
    ),
    "a text of 3 MB": (
        "customers.csv",
        GOOD + "C3," + "x" * 3_000_000 + "\n",
        "customers.csv, line 4: longer than the reader takes (about 2 MB), "
        'most often a " that is never closed.\nFix: close it, or shorten the text.',
    ),
    "text named .parquet": (
        "customers.parquet",
        GOOD,
        "customers.parquet: not a Parquet file.\n"
        "Fix: write it again, or name it .csv if it is text.",
    ),
    "an empty Parquet file": ("customers.parquet", b"", "customers.parquet: not a Parquet file."),
    "a wide survey without questions": (
        "survey_wide.csv",
        "response_id,customer_id\nR1,C1\n",
        "survey_wide: no column of it is a question. "
        "Give every question a column, named by its question_id in the table questions.",
    ),
}


def refusing(table: str) -> str:
    """Name the model that reads every row of a raw table."""
    models = {"survey_answers": "base_survey_answers", "transactions": "base_refused_transactions"}
    return models.get(table, f"base_{table}")


@pytest.mark.parametrize(("name", "content", "says"), BROKEN_FILES.values(), ids=[*BROKEN_FILES])
def test_a_broken_file_stops_the_build(
    engine: Engine, name: str, content: str | bytes, says: str
) -> None:
    engine.lay({name: content})
    table = name.split(".")[0].replace("survey_wide", "survey_answers")
    (said,) = engine.run(refusing(table))
    assert said.startswith(says.replace("{data}", str(engine.data)))
    assert "\nFix: " in said or ". " in said, "a message says what to do"


@pytest.mark.parametrize("harm", ["cut", "cut, with its end", "footer", "page", "page header"])
def test_a_damaged_parquet_file_stops_the_build(engine: Engine, tmp_path: Path, harm: str) -> None:
    whole = parquet(
        tmp_path,
        "select 'C' || i as customer_id, repeat('x', i % 50) as customer_name "
        "from range(20000) as t(i)",
    )
    half = whole[: len(whole) // 2]
    damaged = {
        "cut": half,
        "cut, with its end": half + b"PAR1",
        "footer": whole[:-60] + b"\xff" * 40 + whole[-20:],
        "page": whole[:200] + bytes(200) + whole[400:],
        "page header": whole[:4] + b"\xff" * 50 + whole[54:],
    }[harm]
    engine.lay({"customers.parquet": damaged})
    (said,) = engine.run("base_customers")
    file, says = said.splitlines()[0].split(": ")
    assert file in ("customers.parquet", "customers")  # the table where DuckDB names no file
    assert says == ("not a Parquet file." if harm == "cut" else "the Parquet file is damaged.")


# --- folders -------------------------------------------------------------------------------------

FOLDERS: dict[str, tuple[Files, dict[str, Any], str]] = {
    "no table": (
        {"notes.txt": "x"},
        {},
        "{data}: none of the tables is there as .csv or .parquet. "
        "Put in one or more of customers, surveys, ",
    ),
    "no folder": (
        {},
        {"raw_dir": "/no/such/folder"},
        "/no/such/folder: none of the tables is there",
    ),
    "no method folder": (
        {"customers.csv": GOOD},
        {"method_dir": "/no/such/folder"},
        "/no/such/folder: none of the tables is there as .csv or .parquet. "
        "Put in one or more of questions, ",
    ),
    "the same table as CSV and Parquet": (
        {"customers.csv": GOOD, "customers.parquet": b""},
        {},
        "{data}/customers.csv and {data}/customers.parquet: the same table twice. "
        "Keep one of them.",
    ),
    "a table whose name is in capitals": (
        {"customers.CSV": GOOD, "surveys.csv": "survey_id\nw1\n"},
        {},
        "{data}/customers.CSV: this file is not read. Put the table into customers.csv (UTF-8, "
        "commas), customers.parquet or customers/*.parquet; rename the file if it is something",
    ),
    "a workbook": (
        {"transactions.xlsx": b"PK", "customers.csv": GOOD},
        {},
        "{data}/transactions.xlsx: this file is not read.",
    ),
    "parts that are CSV files": (
        {"transactions/1.csv": "", "customers.csv": GOOD},
        {},
        "{data}/transactions/1.csv: this file is not read.",
    ),
    "partitions below the parts": (
        {"transactions/a.parquet": "", "transactions/year=2024/b.parquet": ""},
        {},
        "{data}/transactions/year=2024/b.parquet: this file is not read.",
    ),
    "a folder named like a file": (
        {"transactions.parquet/part-0.parquet": "", "customers.csv": GOOD},
        {},
        "{data}/transactions.parquet/part-0.parquet: this file is not read.",
    ),
    "a method table that is a workbook": (
        {"questions.xlsx": b"PK", "customers.csv": GOOD},
        {},
        "{data}/questions.xlsx: this file is not read.",
    ),
    "no schema": (
        {},
        {"raw_mode": "tables", "raw_dir": None},
        "raw_mode tables: none of the tables is in the schema",
    ),
    "an identifier without a table": (
        {},
        {"raw_mode": "tables", "raw_dir": None, "raw_identifiers": {"customers": "crm"}},
        "var raw_identifiers: there is no table ",
    ),
    "a method table in GBK": (
        {"customers.csv": GOOD, "factors.csv": "factor_id,label_zh\na,价格\n".encode("gbk")},
        {},
        "factors.csv, line 2: not UTF-8 (often GBK from Excel).",
    ),
    "a method table with a misspelt column": (
        {
            "customers.csv": GOOD,
            "ahp_experts.csv": "expert_id,weights\na,1\n",
        },
        {},
        "{data}/ahp_experts.csv: the column weights is not known. Correct its name or remove it; "
        "known are expert_id, weight, label_zh, label_en.",
    ),
    "a method table without its key": (
        {"customers.csv": GOOD, "ahp_experts.csv": "weight\n1\n"},
        {},
        "{data}/ahp_experts.csv: column expert_id is missing (found: weight).",
    ),
}


@pytest.mark.parametrize(("files", "dbt_vars", "says"), FOLDERS.values(), ids=FOLDERS.keys())
def test_a_folder_that_cannot_be_used_stops_the_build(
    engine: Engine, files: Files, dbt_vars: dict[str, Any], says: str
) -> None:
    engine.lay(files)
    (said,) = engine.run("method_rows", **dbt_vars)
    assert said.startswith(says.replace("{data}", str(engine.data)))


# --- vars ----------------------------------------------------------------------------------------

WRONG_VARS: list[dict[str, tuple[Any, str]]] = [
    {
        "weight_source": (
            "magic",
            "'magic' is not an option. Use one of ahp, importance, derived,",
        ),
        "confidence_level": (0.94, "'0.94' is not an option. Use one of 0.8, 0.9, 0.95, 0.98,"),
        "ahp_aggregation": ("mean", "'mean' is not an option. Use one of aij, aip."),
        "ahp_priority": ("power", "'power' is not an option. Use one of eigenvector, geometric_"),
        "ahp_random_index": (
            "own",
            "'own' is not an option. Use one of alonso-lamata, saaty, saaty-2005.",
        ),
        "min_respondents": (-1, "'-1' is not allowed. Give a whole number from 0 to 1000000000."),
        "min_weight_coverage": (50, "'50' is not allowed. Give a number from 0 to 1."),
        "ahp_cr_threshold": ("10 %", "'10 %' is not allowed. Give a number from 0 to 1."),
        "holding_months": (0, "'0' is not allowed. Give a whole number from 1 to 1200."),
        "baseline_months": (2.5, "'2.5' is not allowed. Give a whole number from 1 to 120."),
        "baseline_min_amount": (True, "'True' is not allowed. Give a number from 0 to 1000000000."),
        "straight_lining_questions": (1, "'1' is not allowed. Give a whole number from 2 to 1000."),
        "longest_duration_hours": (0, "'0' is not allowed. Give a number from 0.01 to 8760."),
        "partial_responses": ("maybe", "'maybe' is not an option. Use one of drop, keep."),
        "decimal_separator": (";", "';' is not an option. Use one of ., ,."),
        "date_order": ("dym", "'dym' is not an option. Use one of ymd, dmy, mdy."),
        "excel_dates": ("yes", "'yes' is not an option. Use one of True, False."),
        "finite_population": (1.5, "'1.5' is not an option. Use one of True, False."),
        "speeder_share_of_median": (1.5, "'1.5' is not allowed. Give a number from 0 to 1."),
        "objective_standard_days": (0, "'0' is not allowed. Give a whole number from 1 to 36500."),
        "objective_standards": (
            {"q_speed": "patience"},
            "q_speed is held against 'patience', which is not measured. Use one of first_response_",
        ),
        "areas": (
            ["survey", "weights", "tiers"],
            "tiers needs loyalty. Add it, or leave",
        ),
        "weight_by_behaviour": (
            ["clicks"],
            "'['clicks']' is not allowed. Give a list of some of recency_days, tenure_months,",
        ),
        "segment_by": (5, "'5' is not a list. Give column names such as [region, gender]."),
        "segment_pairs": ({"gender": "region"}, "'{'gender': 'region'}' is not a list. Give pairs"),
        "extra_columns": (["age"], "'['age']' is not a mapping. Write it as in dbt_project.yml,"),
        "raw_identifiers": ({"clients": "crm"}, "there is no raw table 'clients'. Use one of cust"),
        "raw_models": ({"clients": "crm"}, "there is no raw table 'clients'. Use one of cust"),
        "method_models": (
            ["items"],
            "'['items']' is not a mapping. Write it as in dbt_project.yml",
        ),
        "as_of_date": ("2025-02-30", "'2025-02-30' is not a day between 1900 and a year from now."),
        "thousands_separator": (".", "'.' is not allowed. Give a comma, a blank, an apostrophe,"),
        "default_survey_id": ("", "is blank. Give a name for the wave"),
        "answers_loaded_at": ("loaded", "'loaded' is no declared column of survey_answers. Decl"),
        "raw_dir": (None, "raw_mode is files, and no folder is named. Set raw_dir to it."),
    },
    {
        "raw_mode": ("folder", "'folder' is not an option. Use one of demo, files, tables."),
        "confidence_level": (95, "'95' is not an option."),
        "areas": (["weights"], "neither survey nor behaviour is among them"),
        "finite_population": (
            True,
            "only weighted respondents stand for a number of customers. Set",
        ),
        "weight_by_behaviour": (["recency_days"], "only raking weights by behaviour. Set weigh"),
        "objective_standards": (["q_speed"], "'['q_speed']' is not a mapping. Write it as in"),
        "min_respondents": ("many", "'many' is not allowed."),
        "min_weight_coverage": (float("nan"), "'NaN' is not allowed."),
        "baseline_months": (float("inf"), "'Infinity' is not allowed."),
        "as_of_date": ("2205-03-05", "'2205-03-05' is not a day between 1900 and a year from now."),
    },
    {
        "raw_mode": ("demo", ""),
        "raw_dir": ("somewhere", "'somewhere' would not be read while raw_mode is demo."),
        "as_of_date": ("31.12.2024", "'31.12.2024' is not a day"),
        "raw_models": ({"customers": "crm"}, "would not be read while raw_mode is demo. Set raw_m"),
    },
]


@pytest.mark.parametrize("wrong", WRONG_VARS)
def test_all_wrong_vars_are_told_at_once(
    engine: Engine, wrong: Mapping[str, tuple[Any, str]]
) -> None:
    engine.lay({"customers.csv": GOOD})
    (said,) = engine.run("method_rows", **{name: value for name, (value, _) in wrong.items()})
    told = dict(line.removeprefix("var ").split(": ", 1) for line in said.splitlines())
    expected = {name: says for name, (_, says) in wrong.items() if says}
    assert told.keys() == expected.keys()
    for name, says in expected.items():
        assert told[name].startswith(says)


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        (
            {
                "customers": {"shoe": "size", "travel class": "text", "age": "text"},
                "surveys": ["age"],
                "survey_wide": {"age": "number"},
            },
            [
                "customers.shoe has the type 'size'. Use one of text, number, integer, date,",
                "customers.travel class holds more than letters, digits and _. Rename the column",
                "customers.age makes age bands. Give it the type number.",
                "surveys needs a type for each column, such as {age: number}.",
                "survey_wide.age would get lost. Declare it for survey_answers too",
            ],
        ),
        ({"clients": {"age": "number"}}, ["there is no raw table 'clients'."]),
    ],
)
def test_wrong_extra_columns_are_told_at_once(
    engine: Engine, declared: dict[str, Any], says: list[str]
) -> None:
    engine.lay({"customers.csv": GOOD})
    (said,) = engine.run("method_rows", extra_columns=declared)
    lines = said.splitlines()
    assert len(lines) == len(says)
    for line, start in zip(lines, says, strict=True):
        assert line.startswith(f"var extra_columns: {start}")


def test_a_declared_column_that_is_not_there_stops_the_build(engine: Engine) -> None:
    engine.lay({"customers.csv": GOOD})
    (said,) = engine.run("base_customers", extra_columns={"customers": {"age": "number"}})
    assert said.startswith(f"{engine.data}/customers.csv: column age is missing (found: ")


def test_a_segment_that_customers_do_not_have_stops_the_build(engine: Engine) -> None:
    engine.lay({"customers.csv": GOOD})
    (said,) = engine.run("method_rows", segment_by=["region", "shoe_size"])
    assert said.startswith("var segment_by: customers have no column 'shoe_size'")
    assert "x_… and must be declared in extra_columns" in said


@pytest.mark.parametrize(
    ("pair", "says"),
    [
        ("region", "does not name two segment types. Write it as 'gender x region'."),
        ("region x gender x age_band", "does not name two segment types."),
        (7, "does not name two segment types."),
        ("region x region", "crosses a segment type with itself. Name two of region, gender."),
        ("region x size", "crosses 'size', which is not in segment_by. Add it there, or cross two"),
    ],
)
def test_segments_that_cannot_be_crossed_stop_the_build(
    engine: Engine, pair: Any, says: str
) -> None:
    engine.lay({"customers.csv": GOOD})
    (said,) = engine.run(
        "method_rows", segment_by=["region", "gender"], segment_pairs=["gender x region", pair]
    )
    assert said.startswith(f"var segment_pairs: '{pair}' {says}")


# --- method tables: the pure checks have tests of their own, these go through the gate ----------

EXPERTS = "expert_id,weight\na,0.5\nb,0.4\n"
METHODS: dict[str, tuple[Files, list[str]]] = {
    "experts and judgements": (
        {
            "ahp_experts.csv": EXPERTS,
            "ahp_judgements.csv": "model,expert_id,parent_id,left_id,right_id,judgement\n"
            "satisfaction,a,satisfaction,service_content,service_quality,0\n"
            "satisfaction,a,satisfaction,service_quality,service_content,3\n"
            "satisfaction,b,satisfaction,service_quality,benefit,3\n"
            "satisfaction,b,satisfaction,benefit,service_quality,3\n"
            "satisfaction,zhang,satisfaction,benefit,service_quality,10\n",
        },
        [
            "ahp_experts.weight: The weights of the experts sum to 0.9, not to 1.",
            "ahp_judgements.judgement, satisfaction | a | satisfaction | service_content | "
            "service_quality: ",
            "ahp_judgements.judgement, satisfaction | b | satisfaction | benefit | service_quality",
            "ahp_judgements.expert_id, satisfaction | zhang: The expert_id 'zhang' is not in ahp_",
        ],
    ),
    "a cycle and an orphan": (
        {
            "ahp_hierarchy.csv": "model,node_id,parent_id\nsatisfaction,satisfaction,\n"
            "satisfaction,a,b\nsatisfaction,b,a\nsatisfaction,image,nowhere\n",
        },
        [
            "ahp_hierarchy.parent_id, satisfaction | a: Model satisfaction goes round in a circle",
            "ahp_hierarchy.parent_id, satisfaction | image | nowhere: The parent_id 'nowhere' is",
        ],
    ),
    "one level, two meanings": (
        {
            "scale_levels.csv": "scale_id,level,value,is_satisfied\nsatisfaction5,1,1,true\n",
            "scale_answers.csv": "scale_id,answer,level\nsatisfaction5,yes,1\n"
            "satisfaction5, YES ,\n",
        },
        ["Scale satisfaction5 has one level only", "stands for several levels"],
    ),
    "a rule with an unknown metric": (
        {
            "ladder_rules.csv": "rule_id,metric,comparison,threshold,change,exclusive_group,firing,"
            "enabled,label_zh,label_en,reason_zh,reason_en\n"
            "moon,moon_phase,>=,1,1,,monthly,true,x,x,x,x\n",
        },
        ["ladder_rules.metric, moon: The metric 'moon_phase' is not known."],
    ),
}


@pytest.mark.parametrize(("files", "says"), METHODS.values(), ids=METHODS.keys())
def test_a_wrong_method_table_stops_the_build(
    engine: Engine, files: Files, says: list[str]
) -> None:
    engine.lay({"customers.csv": GOOD, **files})
    (said,) = engine.run("method_rows", "py_method_gate")
    assert said.startswith("The method tables have ")
    for text in says:
        assert text in said


# --- what looks odd and is right -----------------------------------------------------------------


def test_quotes_commas_and_line_ends_in_text_are_read(engine: Engine) -> None:
    # as Excel writes it: lines end in CRLF, a line end within a cell is LF
    text = '\ufeff"Customer_ID ",customer_name\r\n1,"a ""b"", c\nd"\r\n\r\n2,5" pipe'
    engine.lay({"customers.csv": text})
    assert not engine.run("base_customers")
    found = engine.rows("select customer_id, customer_name from base_customers order by 1")
    assert found == [("1", 'a "b", c\nd'), ("2", '5" pipe')]


def test_a_header_alone_is_an_empty_table(engine: Engine) -> None:
    engine.lay({"customers.csv": "customer_id", "surveys.csv": "survey_id,opened_on\n"})
    assert not engine.run(
        *("base_customers", "base_surveys"),
        "base_row_counts",
    )
    assert engine.rows("select count(*) from base_customers") == [(0,)]
    assert engine.rows("select sum(raw_rows) from base_row_counts") == [(0,)]


def test_any_name_of_a_question_column_is_safe(engine: Engine) -> None:
    names = [
        '"quoted"',
        "it's",
        "two words",
        "满意度；--",
        "answer",
        "question_id",
        "select",
        "x,y",
    ]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    cells = "5," * len(names)
    engine.lay({"survey_wide.csv": f"response_id,survey_id,{header},q_care\nR,w,{cells}满意\n"})
    assert not engine.run(*ANSWERS, "base_row_counts")
    rows = engine.rows("select trim(question_id), is_refused, level from base_survey_answers")
    assert rows == [("q_care", False, 4)]
    assert engine.rows("select * from base_refused_answers") == []
    counted = "select raw_rows, ignored_columns from base_row_counts where raw_rows > 0"
    assert engine.rows(counted) == [(1, ", ".join(names))]


TYPED = {
    "customers.parquet": """
        select 7.0::double as customer_id, date '1990-01-31' as birth_date,
            timestamp '2024-02-29 12:00' as joined_on
        union all select 8, null, 'infinity'::timestamp
        union all select null, null, null""",
    "transactions/2024.parquet": """
        select 1::bigint as transaction_id, 7 as customer_id, 12.50::decimal(9, 2) as amount,
            timestamptz '2025-03-01 00:30:00+08' as ordered_at""",
    "transactions/2025.parquet": """
        select i as transaction_id, '7' as customer_id, 3::utinyint as quantity,
            ['nan', 'inf', null, '0.1'][i - 1]::double as amount,
            timestamptz '2025-03-02 00:00:00+00' as ordered_at
        from range(2, 6) as t(i)""",
    "complaints.parquet": """
        select 'K1' as complaint_id, 7::float as customer_id, date '2025-01-01' as opened_at,
            true as reopened""",
    "survey_answers.parquet": """
        select i as response_id, 'q_care' as question_id, 'w1' as survey_id,
            7::double as customer_id, [4.0, 4.5, null][i]::double as answer
        from range(1, 4) as t(i)""",
}


def test_typed_parquet_columns_and_parts_read_like_text(engine: Engine, tmp_path: Path) -> None:
    engine.lay({name: parquet(tmp_path, sql) for name, sql in TYPED.items()})
    tables = {name.split(".")[0].split("/")[0] for name in TYPED}
    assert not engine.run(
        *(refusing(table) for table in tables - {"survey_answers"}),
        *(f"base_{table}" for table in tables - {"survey_answers"}),
        *ANSWERS,
    )
    found = engine.rows(
        "select customer_id, birth_date, joined_on, reject_reason from base_customers order by 1"
    )
    assert found == [
        ("7", date(1990, 1, 31), date(2024, 2, 29), None),
        ("8", None, None, "not_a_date"),
        (None, None, None, "missing_key"),
    ]
    found = engine.rows(
        "select transaction_id, customer_id, amount, ordered_at, quantity, reject_reason "
        "from base_transactions order by 1"
    )
    second = datetime(2025, 3, 2)
    assert found == [
        # an instant is written in UTC, on every machine
        ("1", "7", 12.5, datetime(2025, 2, 28, 16, 30), None, None),
        ("2", "7", None, second, 3.0, "not_a_number"),
        ("3", "7", None, second, 3.0, "not_a_number"),
        ("4", "7", None, second, 3.0, "missing_value"),
        ("5", "7", 0.1, second, 3.0, None),
    ]
    assert engine.rows("select customer_id, reopened from base_complaints") == [("7", True)]
    found = engine.rows("select customer_id, level, is_refused from base_survey_answers")
    assert Counter(found) == Counter([("7", 4, False), ("7", None, True), ("7", None, False)])
    assert engine.rows("select reject_reason, reject_value from base_refused_answers") == [
        ("unknown_answer", "4.5")
    ]


def test_the_same_answer_in_the_long_and_the_wide_table_counts_once(engine: Engine) -> None:
    engine.lay(
        {
            "survey_answers.csv": "response_id,question_id,survey_id,answer\nR1,q_care,w1,4\n",
            "survey_wide.csv": "response_id,survey_id,q_care,q_image\nR1,w1,4,5\n",
        }
    )
    assert not engine.run(*ANSWERS)
    refused = "select source_table, record_key, reject_reason from base_refused_answers"
    assert engine.rows(refused) == [("survey_answers", "R1 | q_care | w1", "superseded")]
    kept = "select source_table, n_answers from stg_responses where n_answers > 0"
    assert engine.rows(kept) == [("survey_wide", 2)]


# --- too little ----------------------------------------------------------------------------------

SHIPPED = read_csv(ROOT / "seeds/method/survey/seed_questions.csv")
ITEMS = [row["question_id"] for row in SHIPPED][:12]


def test_headers_alone_build_empty_marts(engine: Engine) -> None:
    engine.lay(
        {
            "customers.csv": "customer_id\n",
            "surveys.csv": "survey_id\n",
            "survey_answers.csv": "response_id,question_id,survey_id,answer\n",
            "transactions.csv": "transaction_id,customer_id,ordered_at,amount\n",
        }
    )
    assert not engine.run_all()
    for mart in ("dim_customers", "dim_waves", "fct_segment_satisfaction", "fct_segment_loyalty"):
        assert engine.rows(f"select count(*) from {mart}") == [(0,)]
    assert engine.rows("select count(*), sum(raw_rows) from row_accounting") == [(14, 0)]


def test_one_anonymous_answer_sheet_has_an_index_and_no_interval(engine: Engine) -> None:
    engine.lay({"survey_wide.csv": f"response_id,{','.join(ITEMS)}\nR1{',4' * 12}\n"})
    assert not engine.run("+fct_segment_satisfaction", "+dim_customers", "+dim_waves")
    total = "from fct_segment_satisfaction where segment_type = 'total'"
    assert engine.rows(f"select satisfaction_index, index_low, is_reliable {total}") == [
        (pytest.approx(80.0), None, False)
    ]
    found = engine.rows("select customer_id, is_anonymous, is_declared from dim_customers")
    assert found == [("anonymous survey | R1", True, False)]
    # the wave has the name of the var default_survey_id, and no date
    assert engine.rows("select survey_id, wave_date from dim_waves") == [("survey", None)]


def test_transactions_of_one_customer_are_behaviour(engine: Engine) -> None:
    head = "transaction_id,customer_id,ordered_at,amount"
    engine.lay({"transactions.csv": f"{head}\n1,C1,2025-01-10,5\n2,C1,2025-03-31,7\n"})
    assert not engine.run("+fct_customer_loyalty", "+fct_segment_loyalty")
    found = engine.rows("select customer_id, first_seen_on from int_customer_versions")
    assert found == [("C1", date(2025, 1, 10))]
    months = engine.rows("select month_start, amount from fct_customer_loyalty order by 1")
    assert months == [(date(2025, 1, 1), 5.0), (date(2025, 2, 1), 0.0), (date(2025, 3, 1), 7.0)]


def test_a_subscription_alone_is_behaviour(engine: Engine) -> None:
    text = "subscription_id,customer_id,started_on,monthly_fee\n1,C1,2025-01-31,5\n"
    engine.lay({"subscriptions.csv": text})
    assert not engine.run("+fct_loyalty_ladder")
    found = engine.rows(
        "select customer_id, first_seen_on, has_behaviour from int_customer_versions"
    )
    assert found == [("C1", date(2025, 1, 31), True)]
    ladder = engine.rows("select month_start, ladder_level from fct_loyalty_ladder")
    assert ladder == [(date(2025, 1, 1), 3)]
