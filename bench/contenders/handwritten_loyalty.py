"""One hand-written DuckDB script for ladder, index and class: what a good analyst would write."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

BENCH = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(BENCH.parent))

from bench.case import BLANKS, Case, from_command_line  # noqa: E402


def main(case: Case) -> None:
    """Run the script on the files of a behaviour case."""
    spill = str(case.work / "spill")
    with duckdb.connect(config={"temp_directory": spill}) as connection:
        connection.execute("set preserve_insertion_order = false")
        variables = {
            **case.behaviour_files,
            "out": str(case.work / "months.parquet"),
            "blanks": BLANKS,
            "as_of": case.vars["as_of_date"].isoformat(),
        }
        for name, value in variables.items():
            connection.execute(f"set variable {name} = $value", {"value": value})
        connection.execute((BENCH / "queries" / "handwritten_loyalty.sql").read_text("utf-8"))


if __name__ == "__main__":
    main(from_command_line())
