"""Frames of any kind as frames of Spark."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pyarrow as pa

# what Spark has no type for, and the next wider that it has
_WIDER = {
    pa.null(): pa.string(),
    pa.string_view(): pa.string(),
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20, 0),
    pa.float16(): pa.float32(),
    pa.date64(): pa.date32(),
    pa.duration("ns"): pa.duration("us"),
}


def as_spark(session: Any, frame: Any) -> Any:
    """Return a frame of the session.

    Parameters
    ----------
    session : SparkSession
    frame : Spark frame, pandas frame, Arrow table, or any frame that narwhals knows
        A missing value of pandas becomes null: NaN in a column of NumPy floats too, as pandas means
        by it. In Arrow tables NaN and null are two things and stay so.

    Raises
    ------
    TypeError
        When it is no frame at all.
    """
    native = nw.to_native(frame, pass_through=True)
    try:
        known = nw.from_native(native)
    except TypeError:
        if hasattr(native, "to_spark"):  # pandas on Spark
            return native.to_spark()
        raise TypeError(
            f"the model returned {type(frame).__name__}; return a Spark or pandas data frame, "
            "an Arrow table, or another frame that narwhals knows"
        ) from None
    if known.implementation.is_spark_like():
        return native
    if known.implementation.is_pandas():
        # the index is no column, and Spark leaves in attrs what Arrow cannot store
        native = native.copy(deep=False)
        native.attrs = {}
        table = pa.Table.from_pandas(native, preserve_index=False)
    else:
        table = known.lazy().collect("pyarrow").to_native()
    return session.createDataFrame(typed(table))


def typed(table: pa.Table) -> pa.Table:
    """Give every column a type that Spark stores; a column without any value is text."""
    fields = [pa.field(item.name, _stored(item.type)) for item in table.schema]
    # unsafe: nanoseconds are cut to the microseconds that Spark keeps
    return table.cast(pa.schema(fields), safe=False)


def _stored(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_stored(kind.value_type))
    return _WIDER.get(kind, kind)
