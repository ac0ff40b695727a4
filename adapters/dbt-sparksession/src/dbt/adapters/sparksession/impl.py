"""The adapter: dbt-spark's, with Python models and seeds in the same session."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from dbt.adapters.base.meta import available
from dbt.adapters.spark.column import SparkColumn
from dbt.adapters.spark.impl import SparkAdapter

from dbt.adapters.sparksession.connections import SessionConnectionManager
from dbt.adapters.sparksession.python_models import SessionPythonJob
from dbt.adapters.sparksession.session import clear_leftovers

if TYPE_CHECKING:
    import agate
    from dbt.adapters.base import BaseRelation, PythonJobHelper


class SessionColumn(SparkColumn):
    """A column whose declared type may also be the usual name of other engines."""

    TYPE_LABELS = {
        "TEXT": "string",
        "VARCHAR": "string",
        "INT8": "bigint",
        "HUGEINT": "decimal(38,0)",
        "DOUBLE PRECISION": "double",
        "BOOL": "boolean",
        "DATETIME": "timestamp",
    }

    @classmethod
    def translate_type(cls, dtype: str) -> str:
        """Return Spark's name of a type: ``text`` is ``string``; contracts and seeds use it."""
        return cls.TYPE_LABELS.get(dtype.upper(), dtype)


class SparkSessionAdapter(SparkAdapter):
    """dbt-spark in one session of this process."""

    ConnectionManager = SessionConnectionManager
    Column = SessionColumn

    @classmethod
    def type(cls) -> str:
        """Name of the adapter: macros called sparksession__… are its own."""
        return "sparksession"

    @property
    def default_python_submission_method(self) -> str:
        """Python models run in the session."""
        return "session"

    @property
    def python_submission_helpers(self) -> dict[str, builtins.type[PythonJobHelper]]:
        """There is no other way to run them."""
        return {"session": SessionPythonJob}

    @available
    def clear_leftovers(self, relation: BaseRelation, folder: str | None = None) -> None:
        """Make room for a new table: Spark makes none where files lie."""
        session = self.connections.get_thread_connection().handle.session
        clear_leftovers(session, str(relation.schema), str(relation.identifier), folder)

    @available
    def load_seed(
        self, relation: BaseRelation, table: agate.Table, column_types: dict[str, str]
    ) -> None:
        """Append the rows of a seed in one write.

        dbt-spark sends literals in batches of SQL, which takes minutes for 20,000 rows.
        """
        import pyarrow as pa

        session = self.connections.get_thread_connection().handle.session
        texts = pa.table(
            {
                name: pa.array([None if v is None else str(v) for v in column], pa.string())
                for name, column in table.columns.items()
            }
        )
        types = {
            name: self.Column.translate_type(
                column_types.get(name) or self.convert_type(table, index)
            )
            for index, name in enumerate(table.column_names)
        }
        casts = [f"cast(`{name}` as {kind}) as `{name}`" for name, kind in types.items()]
        with self.connections.exception_handler(f"load seed {relation}"):
            session.createDataFrame(texts).selectExpr(*casts).write.insertInto(str(relation))
