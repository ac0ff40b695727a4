"""The comparison sees what differs, and says where."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.spark.compare import Mart, differences, report

BLANK = "union all select 2, null, null"
OURS = f"select 1 as id, 'a' as name, 100.0::double as index {BLANK}"


@pytest.mark.parametrize(
    ("theirs", "says"),
    [
        (f"select 1 as id, 'a' as name, 100.00000001::double as index {BLANK}", []),
        (f"select 1::bigint as id, 'a' as name, 100::double as index {BLANK}", []),
        (
            "select 1 as id, 'A' as name, 100.000001::double as index union all select 2, null, 0",
            [
                "m: id=1: name is 'a' on DuckDB, 'A' on Spark",
                "m: id=1: index is 100.0 on DuckDB, 100.000001 on Spark",
                "m: id=2: index is None on DuckDB, 0.0 on Spark",
            ],
        ),
        (
            "select 1 as id, 'a' as name, 100.0::double as index union all select 3, null, null",
            [
                "m: 1 rows on DuckDB, 0 on Spark: id=2",
                "m: 0 rows on DuckDB, 1 on Spark: id=3",
            ],
        ),
        (
            "select '1' as id, 'a' as name, 1.0::double as index",
            [
                "m: columns are {'id': 'integer', 'name': 'VARCHAR', 'index': 'DOUBLE'} on DuckDB "
                "and {'id': 'VARCHAR', 'name': 'VARCHAR', 'index': 'DOUBLE'} on Spark"
            ],
        ),
    ],
)
def test_differences(tmp_path: Path, theirs: str, says: list[str]) -> None:
    (tmp_path / "m").mkdir()
    duckdb.sql(f"copy ({theirs}) to '{tmp_path}/m/part.parquet'")
    with duckdb.connect(str(tmp_path / "build.duckdb")) as con:
        con.execute(f"create table m as {OURS}")
    assert differences(Mart("m", ("id",)), tmp_path / "build.duckdb", tmp_path) == says


def test_rows_without_a_key_are_compared_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    duckdb.sql(f"copy (select 1 as a, 'x' as b) to '{tmp_path}/m/part.parquet'")
    with duckdb.connect(str(tmp_path / "build.duckdb")) as con:
        con.execute("create table m as select 1 as a, 'x' as b union all select 1, 'x'")
    said = differences(Mart("m", ()), tmp_path / "build.duckdb", tmp_path)
    assert report(said) == "1 differences\nm: 2 rows on DuckDB, 1 on Spark: a=1, b='x'"
