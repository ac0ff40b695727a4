"""The path model of one large wave: 100,000 respondents, 14 items, 500 bootstrap draws.

``python bench/path_model.py [--respondents 100000]`` writes a case under target/bench/path, runs
`dbt run --select +fct_path_estimates` on it, and prints the seconds of the two models that do the
work: the sums over pairs of items, and the estimation with its bootstrap.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.case import ROOT, SEEDS  # noqa: E402
from bench.contenders.pipeline import node_times  # noqa: E402

LEFT_OUT = ("q_gains", "q_error_rate")  # of the 16 items that are shipped
WORK = ("int_path_moments", "py_path_model")


def write_case(folder: Path, respondents: int) -> None:
    """Write one wave: every item leans on its block, and every block on the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute(
        f"""copy (
            from read_csv('{SEEDS / "seed_path_items.csv"}') where question_id not in {LEFT_OUT}
        ) to '{folder / "path_items.csv"}' (header)"""
    )
    items = con.execute(f"from '{folder / 'path_items.csv'}'").fetchall()
    noise = iter(range(10_000))

    def chance() -> str:
        return f"(hash(n, {next(noise)}) % 1000000 / 1000000.0 - 0.5)"

    steps, answers = [f"select range as n, {chance()} as mood from range({respondents})"], []
    for block in dict.fromkeys(block for _, block in items):
        steps.append(f"select *, 0.6 * mood + {chance()} as y_{block} from ({steps[-1]})")
    for question, block in items:
        levels = 11 if block == "loyalty" else 5
        at = f"(0.8 * (y_{block} + {chance()}) + 1.2) / 2.4 * {levels}"
        lowest = 0 if levels == 11 else 1
        answers.append(
            f"least({levels - 1}, greatest(0, floor({at})))::int + {lowest} as {question}"
        )
    con.execute(
        f"""copy (
            select n::varchar as response_id, n::varchar as customer_id, 'w' as survey_id,
                timestamp '2025-03-01' as answered_at, {", ".join(answers)} from ({steps[-1]})
        ) to '{folder / "survey_wide.parquet"}'"""
    )


def main() -> int:
    """Write the case where it is not there, run dbt, print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--respondents", type=int, default=100_000)
    size = parser.parse_args().respondents
    home = ROOT / "target" / "bench" / "path" / str(size)
    if not (home / "data" / "survey_wide.parquet").exists():
        write_case(home / "data", size)
    os.environ["SATISFACTION_DUCKDB"] = str(home / "build.duckdb")
    (home / "build.duckdb").unlink(missing_ok=True)
    dbt_vars = {"raw_mode": "files", "raw_dir": str(home / "data"), "as_of_date": "2025-12-31"}
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    arguments = ["--vars", json.dumps(dbt_vars), "--target-path", str(home / "dbt")]
    arguments += ["--profiles-dir", str(ROOT / "profiles"), "--quiet"]
    for command in (["seed"], ["run", "--select", "+fct_path_estimates"]):
        done = dbtRunner().invoke([*command, "--project-dir", str(ROOT), *arguments])
        if not done.success:
            return 1
    seconds = node_times(list(done.result))["nodes"]
    # dbt, in this process, holds the file open
    found = DuckDBConnectionManager.env().handle().cursor()
    found.execute(
        "select count(*), max(n_respondents), max(estimate) filter (where kind = 'gof') "
        "from fct_path_estimates where status = 'estimated'"
    )
    ((rows, n, gof),) = found.fetchall()
    print(f"{rows} estimates of {n} respondents, goodness of fit {gof:.2f}")
    for name in WORK:
        print(f"{seconds[name]:7.1f} s  {name}")
    print(f"{sum(seconds[name] for name in WORK):7.1f} s  together")
    return 0


if __name__ == "__main__":
    sys.exit(main())
