"""The index step in SQL written for it: the same tables from the same tables."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench import index_step  # noqa: E402
from bench.case import Case, from_command_line  # noqa: E402


def main(case: Case) -> None:
    """Build the tables anew in a copy of the pipeline's build file."""
    with duckdb.connect(str(case.work / "bench.duckdb")) as connection:
        started = time.perf_counter()
        seconds = {}
        asked, kinds = index_step.questionnaire(connection)
        for name, query in index_step.queries(asked, kinds).items():
            before = time.perf_counter()
            connection.execute(f"create or replace table main.{name} as {query}")
            seconds[name] = time.perf_counter() - before
        in_run = time.perf_counter() - started
        index_step.export_index(connection, case.work)
    case.note(in_run=in_run, nodes=seconds)


if __name__ == "__main__":
    main(from_command_line())
