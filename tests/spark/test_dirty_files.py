"""A folder of dirty files: Spark refuses the rows that DuckDB refuses, and stops where it stops."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.cases import case_vars
from tests.spark.compare import differences, marts, report
from tests.spark.conftest import ONLY_BUILD, ROOT, Dbt, OnSpark, fresh

QUALITY = ("rejected_rows", "row_accounting")


GOOD = b"customer_id,customer_name\nC1,Ann\nC2,Bob\n"
BROKEN = {
    "GBK": (GOOD + "C3,张三\n".encode("gbk"), "not UTF-8"),
    "a quote that stays open": (GOOD + b'C3,"Ann\nC4,Bob\n', "a quote is opened and never closed"),
    "a quote in the middle": (GOOD + b'C3,"Ann"x\nC4,Bob\n', "csv"),
    "too many fields": (GOOD + b"C3,Ann,1\nC4,Bob\n", "customers.csv"),
    "too few fields": (GOOD + b"C3\nC4,Bob\n", "customers.csv"),
    "lines that end with CR": (GOOD.replace(b"\n", b"\r"), "its lines end with CR alone"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "not UTF-8"),
}
Read = Callable[[bytes], str]


@pytest.fixture(scope="module")
def read(spark: OnSpark) -> Read:
    """Return a function that reads a file on Spark, and says how that went."""
    path = fresh("broken") / "customers.csv"
    sql = (
        "{% if execute %}"
        f"{{% do dbt_satisfaction.check_file('{path}') %}}"
        f"select * from {{{{ dbt_satisfaction.read_file('{path}') }}}} order by 1"
        "{% endif %}"
    )

    def read(content: bytes) -> str:
        path.write_bytes(content)
        done = spark.invoke("show", "--inline", sql)
        if done.success:
            return str([tuple(row) for row in done.result.results[0].agate_table.rows])
        return str(done.exception or done.result.results[0].message)

    return read


def test_a_sound_file_is_read(read: Read) -> None:
    assert read(GOOD + b'C3,5" pipe\nC4,"""Ann"", the\nfirst"\n') == str(
        [("C1", "Ann"), ("C2", "Bob"), ("C3", '5" pipe'), ("C4", '"Ann", the\nfirst')]
    )


@pytest.mark.parametrize(("content", "says"), BROKEN.values(), ids=BROKEN.keys())
def test_no_row_of_a_broken_file_is_lost_in_silence(read: Read, content: bytes, says: str) -> None:
    assert says in read(content)


@pytest.fixture(scope="module")
def folder() -> Path:
    """Copy the case into a folder with an odd name, and add what no editor shows."""
    folder = fresh("dirty-data") / "O'Brien's `2025`* 数据"
    shutil.copytree(ROOT / "tests" / "cases" / "bad", folder)
    surveys = folder / "surveys.csv"
    surveys.write_bytes(b"\xef\xbb\xbf" + surveys.read_bytes().replace(b"\n", b"\r\n"))
    with (folder / "transactions.csv").open("a", encoding="utf-8") as file:
        file.write("NUL in an amount,G01,p,voice,2025-03-05,1\x002,1,completed")  # no line end
    return folder


def test_the_same_rows_are_refused(folder: Path, duckdb: Dbt, spark: OnSpark) -> None:
    told = case_vars(str(folder), "", "{as_of_date: '2025-06-30'}")
    selected = ("--select", *(f"+{name}" for name in QUALITY), *ONLY_BUILD)
    duckdb.build(*selected, dbt_vars=told)
    found = spark.marts("dirty", *selected, dbt_vars=told)
    known = [m for m in marts(duckdb.home / "dbt" / "manifest.json") if m.name in QUALITY]
    assert len(known) == len(QUALITY)
    said = [line for mart in known for line in differences(mart, duckdb.file, found)]
    assert not said, report(said)
