"""The pipeline as users run it: `dbt run` in a fresh process, up to the segment marts.

`--target` and `--select` choose other targets and branches; arguments after `--` go to dbt.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.case import ROOT, Case  # noqa: E402

BRANCH = ("+fct_segment_satisfaction", "+fct_segment_factor_satisfaction")


def node_times(results: list[Any]) -> dict[str, Any]:
    """Return the seconds that dbt spent within nodes: their span, their sum, and each node's.

    Parameters
    ----------
    results
        Results of dbt's nodes, as dbtRunner returns them.
    """
    spans: dict[str, tuple[datetime, datetime]] = {}
    # hooks of the project are results too, and no nodes
    for result in (one for one in results if one.node.resource_type == "model"):
        for timing in result.timing:
            if timing.name == "execute" and timing.started_at and timing.completed_at:
                spans[result.node.name] = (timing.started_at, timing.completed_at)
    if not spans:
        return {}
    seconds = {name: (end - start).total_seconds() for name, (start, end) in spans.items()}
    first = min(start for start, _ in spans.values())
    last = max(end for _, end in spans.values())
    return {
        "in_run": (last - first).total_seconds(),
        "node_sum": sum(seconds.values()),
        "nodes": seconds,
        "order": sorted(spans, key=lambda name: spans[name][0]),
    }


def duckdb_settings() -> dict[str, str]:
    """Return the settings under which dbt's DuckDB worked."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    rows = (
        DuckDBConnectionManager.env()
        .handle()
        .cursor()
        .execute("select name, value from duckdb_settings() where value is not null")
        .fetchall()
    )
    return {name: value for name, value in rows}


def main() -> None:
    """Run dbt on the case and leave the times of its nodes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--command", default="run")
    parser.add_argument("--target", default="dev")
    parser.add_argument("--select", nargs="*", default=BRANCH)
    parser.add_argument("dbt", nargs="*", help="after --: further arguments of dbt")
    options = parser.parse_args()
    case = Case(options.data.resolve(), options.work.resolve())
    os.environ.setdefault("SATISFACTION_DUCKDB", str(case.work / "bench.duckdb"))

    from dbt.cli.main import dbtRunner

    command = [options.command, "--quiet", "--target", options.target]
    command += ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT)]
    command += ["--target-path", str(case.work / "target")]
    command += ["--log-path", str(case.work / "logs")]
    command += ["--vars", json.dumps(case.vars, default=str), *options.dbt]
    if options.select:
        command += ["--select", *options.select]
    outcome = dbtRunner().invoke(command)
    if not outcome.success:
        raise SystemExit(f"dbt {options.command} failed: {outcome.exception or 'see above'}")
    results = getattr(outcome.result, "results", [])
    settings = duckdb_settings() if options.target == "dev" else {}
    case.note(**node_times(list(results)), settings=settings)


if __name__ == "__main__":
    main()
