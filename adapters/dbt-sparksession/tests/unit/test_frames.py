"""What a Python model may return, and what Spark stores of it."""

import datetime as dt
import decimal

import narwhals as nw
import pandas as pd
import pyarrow as pa
import pytest

from dbt.adapters.sparksession.frames import as_spark


def stored(spark, frame, tmp_path):
    """Write as a table would be written, and read it again."""
    path = str(tmp_path / "table")
    as_spark(spark, frame).write.parquet(path)
    return spark.read.parquet(path)


def test_pandas_types_and_missing_values(spark, tmp_path):
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None], dtype="Int64"),
            "float": [1.5, float("nan")],
            "text": ["客户", None],
            "nothing": pd.Series([None, None], dtype=object),
            "flag": pd.array([True, None], dtype="boolean"),
            "at": pd.to_datetime(["2024-01-02 03:04:05.123456789", None]),
            "day": [dt.date(2024, 1, 2), None],
            "exact": [decimal.Decimal("1.25"), None],
            "kind": pd.Categorical(["a", None]),
        },
        index=[7, 3],
    )
    frame.attrs["unserialisable"] = object()
    result = stored(spark, frame, tmp_path)
    assert dict(result.dtypes) == {
        "whole": "bigint",
        "float": "double",
        "text": "string",
        "nothing": "string",
        "flag": "boolean",
        "at": "timestamp",
        "day": "date",
        "exact": "decimal(3,2)",
        "kind": "string",
    }
    first, second = result.orderBy("whole", ascending=False).collect()
    assert first.asDict() == {
        "whole": 1,
        "float": 1.5,
        "text": "客户",
        "nothing": None,
        "flag": True,
        "at": dt.datetime(2024, 1, 2, 3, 4, 5, 123456),
        "day": dt.date(2024, 1, 2),
        "exact": decimal.Decimal("1.25"),
        "kind": "a",
    }
    assert set(second.asDict().values()) == {None}
    assert frame.attrs  # the model's own frame is left alone


def test_no_rows_keep_their_types(spark, tmp_path):
    frame = pd.DataFrame(
        {"text": pd.Series([], dtype=object), "whole": pd.Series([], dtype="int64")}
    )
    assert stored(spark, frame, tmp_path).dtypes == [("text", "string"), ("whole", "bigint")]


def test_arrow_keeps_nan_and_null_apart(spark, tmp_path):
    result = stored(spark, pa.table({"x": [float("nan"), None, 1.0]}), tmp_path)
    assert result.where("isnan(x)").count() == 1
    assert result.where("x is null").count() == 1


def test_types_that_spark_lacks_become_wider(spark, tmp_path):
    table = pa.table(
        {
            "u8": pa.array([255], pa.uint8()),
            "u32": pa.array([2**32 - 1], pa.uint32()),
            "u64": pa.array([2**64 - 1], pa.uint64()),
            "view": pa.array(["a"], pa.string_view()),
            "empty_list": pa.array([[]], pa.list_(pa.null())),
            "date64": pa.array([dt.date(2024, 1, 2)], pa.date64()),
        }
    )
    result = stored(spark, table, tmp_path)
    assert [kind for _, kind in result.dtypes] == [
        "smallint",
        "bigint",
        "decimal(20,0)",
        "string",
        "array<string>",
        "date",
    ]
    assert tuple(result.first()) == (
        255,
        2**32 - 1,
        decimal.Decimal(2**64 - 1),
        "a",
        [],
        dt.date(2024, 1, 2),
    )


def test_frames_of_spark_and_narwhals(spark):
    frame = spark.range(3)
    assert as_spark(spark, frame) is frame
    lazy = nw.from_native(frame).with_columns(double=nw.col("id") * 2)
    assert as_spark(spark, lazy).agg({"double": "sum"}).first()[0] == 6
    eager = nw.from_dict({"a": [1, 2]}, backend="pyarrow")
    assert as_spark(spark, eager.lazy()).count() == 2


@pytest.mark.parametrize("value", [None, 3, "text"])
def test_no_frame(spark, value):
    with pytest.raises(TypeError, match=f"the model returned {type(value).__name__}; return"):
        as_spark(spark, value)


def test_a_column_of_two_types_is_named(spark):
    with pytest.raises(pa.ArrowInvalid, match="column mixed"):
        as_spark(spark, pd.DataFrame({"mixed": [1, "a"]}))
