"""Drivers and path model of one large wave: 100,000 respondents, 14 items, with bootstraps.

``python bench/bootstraps.py [--respondents 100000]`` writes a case under target/bench/bootstraps,
runs `dbt run` up to fct_drivers with 1,000 draws and up to fct_path_estimates with 500, and prints
the seconds of the models that do the work: the sums over pairs, and the estimation.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.case import ROOT  # noqa: E402
from bench.contenders.pipeline import node_times  # noqa: E402

# 14 factors with a question each; the path model has 12 of these, the verdict and one more
BLOCKS = {"image": 3, "quality": 5, "value": 4}
FACTORS = [f"f{i:02}" for i in range(1, 15)]
LINKS = [("image", "quality"), ("quality", "value"), ("value", "satisfaction")]
LINKS += [("image", "satisfaction"), ("quality", "satisfaction"), ("satisfaction", "loyalty")]
RUNS = {
    "fct_drivers": (1000, ("int_driver_moments", "py_drivers")),
    "fct_path_estimates": (500, ("int_path_moments", "py_path_model")),
}


def write_method(folder: Path) -> None:
    """Write the method tables: equal weights, five levels, ten for the recommendation."""
    questions = [(f"q_{f}", f, "satisfaction5", "performance") for f in FACTORS]
    questions += [("overall", "", "satisfaction5", "overall")]
    questions += [("recommend", "", "nps11", "recommend")]
    at = iter(FACTORS)
    items = [(f"q_{next(at)}", block) for block, n in BLOCKS.items() for _ in range(n)]
    items += [("overall", "satisfaction"), ("recommend", "loyalty")]
    blocks = dict.fromkeys(block for _, block in items)
    goal = ("satisfaction", "satisfaction", "", "目标", "Goal", 0)
    leaves = [("satisfaction", f, "satisfaction", f, f, i) for i, f in enumerate(FACTORS, 1)]
    tables: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
        "questions": ("question_id factor_id scale_id role text_zh text_en",
                      [(*row, row[0], row[0]) for row in questions]),
        "factors": ("factor_id label_zh label_en servqual dukas barnes core_support_emotion "
                    "need_structure sort_order",
                    [(f, f, f, "", "", "", "", "", i) for i, f in enumerate(FACTORS, 1)]),
        "ahp_hierarchy": ("model node_id parent_id label_zh label_en sort_order", [goal, *leaves]),
        "ahp_judgements": ("model expert_id parent_id left_id right_id judgement", []),
        "ahp_experts": ("expert_id weight label_zh label_en", []),
        "path_blocks": ("block_id mode label_zh label_en sort_order",
                        [(b, "reflective", b, b, i) for i, b in enumerate(blocks, 1)]),
        "path_items": ("question_id block_id", [*items]),
        "path_links": ("from_block to_block", [*LINKS]),
    }  # fmt: skip
    for name, (columns, rows) in tables.items():
        frame = pd.DataFrame(rows, columns=columns.split())
        frame.to_csv(folder / f"{name}.csv", index=False)


def write_answers(folder: Path, respondents: int) -> None:
    """Write one wave: answers lean on a common mood, the verdict on the answers."""
    noise = iter(range(10_000))

    def chance() -> str:
        return f"(hash(n, {next(noise)}) % 1000000 / 1000000.0 - 0.5)"

    def level(value: str, levels: int) -> str:
        return f"least({levels - 1}, greatest(0, floor(({value} + 1) / 2 * {levels})))::int"

    moods = f"select range as n, {chance()} as mood from range({respondents})"
    feelings = ", ".join(f"(mood + {chance()}) as y_{f}" for f in FACTORS)
    weighted = " + ".join(f"{i / 105:.4f} * y_{f}" for i, f in enumerate(FACTORS, 1))
    answers = [f"{level(f'y_{f}', 5)} + 1 as q_{f}" for f in FACTORS]
    answers += [f"{level(f'({weighted} + {chance()})', 5)} + 1 as overall"]
    answers += [f"{level(f'({weighted} + {chance()})', 11)} as recommend"]
    duckdb.connect().execute(
        f"""copy (
            select n::varchar as response_id, n::varchar as customer_id, 'w' as survey_id,
                timestamp '2025-03-01' as answered_at, {", ".join(answers)}
            from (select n, mood, {feelings} from ({moods}))
        ) to '{folder / "survey_wide.parquet"}'"""
    )


def main() -> int:
    """Write the case, run dbt twice, print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--respondents", type=int, default=100_000)
    size = parser.parse_args().respondents
    home = ROOT / "target" / "bench" / "bootstraps" / str(size)
    (home / "data").mkdir(parents=True, exist_ok=True)
    write_method(home / "data")
    write_answers(home / "data", size)
    os.environ["SATISFACTION_DUCKDB"] = str(home / "build.duckdb")
    (home / "build.duckdb").unlink(missing_ok=True)
    dbt_vars = {"raw_mode": "files", "raw_dir": str(home / "data"), "as_of_date": "2025-12-31"}
    dbt_vars["weight_source"] = "equal"
    from dbt.cli.main import dbtRunner

    arguments = ["--target-path", str(home / "dbt"), "--project-dir", str(ROOT), "--quiet"]
    arguments += ["--profiles-dir", str(ROOT)]
    steps = [("seed", 500)] + [(f"run --select +{mart}", n) for mart, (n, _) in RUNS.items()]
    for step, draws in steps:
        own = json.dumps(dbt_vars | {"bootstrap_draws": draws})
        done = dbtRunner().invoke([*step.split(), "--vars", own, *arguments])
        if not done.success:
            return 1
        mart = step.rpartition("+")[2]
        if mart in RUNS:
            seconds = node_times(list(done.result))["nodes"]
            work = [seconds[name] for name in RUNS[mart][1]]
            print(f"{mart}: {size} respondents x 14 items, {draws} draws:", end=" ")
            print(f"{work[0]:.1f} s sums over pairs + {work[1]:.1f} s estimation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
