"""Python models: run the compiled code in the session and store the frame it returns."""

from __future__ import annotations

import traceback
from typing import Any

from dbt.adapters.base import PythonJobHelper
from dbt.adapters.events.logging import AdapterLogger
from dbt_common.exceptions import DbtRuntimeError

from dbt.adapters.sparksession.errors import plain
from dbt.adapters.sparksession.frames import as_spark
from dbt.adapters.sparksession.session import get_session

logger = AdapterLogger("SparkSession")


class SessionPythonJob(PythonJobHelper):
    """Run one Python model in the session of the SQL models."""

    def __init__(self, parsed_model: dict[str, Any], credential: Any) -> None:
        self.model = parsed_model
        self.session = get_session(credential)

    def submit(self, compiled_code: str) -> None:
        """Execute the compiled model and write its table.

        Raises
        ------
        DbtRuntimeError
            One message: the model, what its code raised, and the line.
        """
        name, path = self.model["name"], self.model["original_file_path"]
        scope: dict[str, Any] = {"__name__": f"dbt_model_{name}", "spark": self.session}
        try:
            # dbt puts blank lines before the model's own; without them lines are those of the file
            exec(compile(compiled_code.lstrip(), path, "exec"), scope)
            frame = scope["model"](scope["dbtObj"](self.session.table), self.session)
            _write(as_spark(self.session, frame), **scope["dbt_target"])
        except Exception as exc:
            logger.debug(traceback.format_exc())
            lines = [
                f.lineno for f in traceback.extract_tb(exc.__traceback__) if f.filename == path
            ]
            place = f" ({path}, line {lines[-1]})" if lines else ""
            raise DbtRuntimeError(
                f"Python model {name}: {type(exc).__name__}: {plain(exc)}{place}"
            ) from None


def _write(
    frame: Any,
    relation: str,
    file_format: str,
    partition_by: str | list[str] | None,
    path: str | None,
) -> None:
    writer = frame.write.mode("overwrite").format(file_format)
    if partition_by:
        writer = writer.partitionBy(partition_by)
    if path:
        writer = writer.option("path", path)
    writer.saveAsTable(relation)
