"""The edge between an engine's relations and the mathematics."""

from __future__ import annotations

import json
from typing import Any

import narwhals as nw
import pandas as pd
from threadpoolctl import threadpool_limits

LazyFrame = nw.LazyFrame[Any]  # of any engine
WAVE_CUSTOMER = ("survey_id", "customer_id")  # keys of a respondent
WAVE_SEGMENT = ("survey_id", "segment_type", "segment_value")  # keys of a cell


def lazy(relation: Any) -> LazyFrame:
    """Wrap an engine's relation; nothing is read.

    Parameters
    ----------
    relation : DuckDB relation, Spark or pandas data frame
    """
    frame = nw.from_native(relation)
    return frame if isinstance(frame, nw.LazyFrame) else frame.lazy()


def small(relation: Any) -> pd.DataFrame:
    """Fetch a small relation (a method table, a row of sums) as pandas.

    Parameters
    ----------
    relation : DuckDB relation, Spark or pandas data frame
        Never one with a row per answer or customer.
    """
    frame: pd.DataFrame = lazy(relation).collect("pandas").to_native()
    return frame


def method_table(rows: Any, table: str, *columns: str) -> pd.DataFrame:
    """Fetch columns of a method table from the rows of all of them.

    Parameters
    ----------
    rows : DuckDB relation, Spark or pandas data frame
        table_name and row_json, a row per row of every method table.
    table : str
        Name of the table.
    *columns : str
        Its columns.

    Returns
    -------
    DataFrame
        The columns as text, None where a cell is blank.
    """
    texts = lazy(rows).filter(nw.col("table_name") == table).select("row_json").to_native()
    written = [json.loads(text) for text in small(texts)["row_json"]]
    return pd.DataFrame(written, columns=list(columns), dtype=object)


def one_blas_thread() -> None:
    """Keep linear algebra to one thread, from here to the end of dbt's process.

    Models multiply many small matrices: to wake a second thread costs more than it does, and while
    it waits for more it spins. Not restored at a model's end: others run beside it.
    """
    threadpool_limits(limits=1, user_api="blas")


def to_build(versions: Any, dbt: Any, session: Any) -> LazyFrame:
    """Surveys that an incremental Python model has to compute.

    Parameters
    ----------
    versions : DuckDB relation, Spark or pandas data frame
        survey_id, version.
    dbt, session
        What dbt hands to a Python model.

    Returns
    -------
    LazyFrame
        survey_id and version of all surveys, or of those without rows in the model's table: rows of
        an outdated version were deleted before.
    """
    wanted = lazy(versions).select("survey_id", "version").unique()
    if not dbt.is_incremental:
        return wanted
    built = lazy(session.table(str(dbt.this))).select("survey_id").unique()
    return wanted.join(built, on="survey_id", how="anti")


#: what a column is named with that crosses two segment types, and how their type is written
CROSSED_COLUMN, CROSSED_TYPE = "__x__", " x "


def segment_types(segments: LazyFrame, is_crossed: bool = False) -> list[str]:
    """Names of the columns of a frame of respondents' segments that are segment types.

    Parameters
    ----------
    segments : LazyFrame
        WAVE_CUSTOMER and a column per segment type.
    is_crossed : bool
        Whether columns that cross two of them are named as well.
    """
    names = [name for name in segments.collect_schema().names() if name not in WAVE_CUSTOMER]
    return [name for name in names if is_crossed or CROSSED_COLUMN not in name]


def type_of(column: str) -> str:
    """Name the segment type of a column.

    Examples
    --------
    >>> type_of("gender__x__region"), type_of("gender")
    ('gender x region', 'gender')
    """
    return column.replace(CROSSED_COLUMN, CROSSED_TYPE)
