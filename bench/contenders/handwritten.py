"""One hand-written DuckDB query: what a good analyst would write, with a window over all rows."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

BENCH = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(BENCH.parent))

from bench.case import BLANKS, Case, from_command_line  # noqa: E402


def main(case: Case) -> None:
    """Run the query on the case's files."""
    with duckdb.connect(config={"temp_directory": str(case.work / "spill")}) as connection:
        variables = {
            **case.files,
            "out": str(case.work),
            "blanks": BLANKS,
            "first_future_day": case.first_future_day,
        }
        for name, value in variables.items():
            connection.execute(f"set variable {name} = $value", {"value": value})
        connection.execute((BENCH / "queries" / "handwritten.sql").read_text("utf-8"))


if __name__ == "__main__":
    main(from_command_line())
