"""The Python models of the index step, as the pipeline's run has compiled them, in plain DuckDB."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.case import Case, from_command_line  # noqa: E402
from bench.contenders.compiled import build_python  # noqa: E402
from bench.index_step import MODELS, export_index  # noqa: E402


def main(case: Case) -> None:
    """Build the models anew in a copy of the pipeline's build file."""
    manifest = json.loads((case.work / "manifest.json").read_text("utf-8"))
    nodes = {node["name"]: node for node in manifest["nodes"].values()}
    with duckdb.connect(str(case.work / "bench.duckdb")) as connection:
        # what a process does once is not the step's: imports of pandas and narwhals
        import satisfaction.survey.index  # noqa: F401

        started = time.perf_counter()
        seconds = {}
        for name in MODELS:
            before = time.perf_counter()
            build_python(connection, nodes[name])
            seconds[name] = time.perf_counter() - before
        in_run = time.perf_counter() - started
        export_index(connection, case.work)
    case.note(in_run=in_run, nodes=seconds)


if __name__ == "__main__":
    main(from_command_line())
