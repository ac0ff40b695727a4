"""Measure the contenders side by side: fresh processes, interleaved round by round.

    python bench/run.py --size 10m --only pipeline,handwritten,polars --rounds 3

Results are added to target/bench/results.jsonl; bench/RESULTS.md is written anew from all of them,
each contender by its latest run.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[1]
if __package__ in (None, ""):  # run as a file, not with -m
    sys.path.insert(0, str(ROOT))

from bench import machine, report  # noqa: E402
from bench.compare import DifferenceError  # noqa: E402
from bench.generate import DATA, answers_of  # noqa: E402
from bench.measure import run  # noqa: E402
from bench.plan import Contender, Context, contenders  # noqa: E402

FOLDER = ROOT / "target" / "bench"
RESULTS = ROOT / "bench" / "RESULTS.md"
SPARK = ROOT / ".venv-spark" / "bin" / "python"
# the state of the project that the targets of the group fixed were set against
BASE = "53a139d"
# what `make bench` measures when nothing is chosen: Spark and BASE need environments of their own
USUAL = ("branch", "memory", "growth", "types", "incremental", "index", "weights", "loyalty")


def chosen(names: str, groups: Sequence[str]) -> list[Contender]:
    """Return the contenders that are asked for by name or group, those that they need among them.

    Raises
    ------
    SystemExit
        If a name is unknown.
    """
    every = contenders()
    known = {one.name for one in every} | {one.group for one in every}
    asked = [name.strip() for name in names.split(",") if name.strip()] or list(groups)
    for name in asked:
        if name not in known:
            raise SystemExit(f"--only {name}: no such contender. Known: {', '.join(sorted(known))}")
    wanted = {one.name for one in every if one.name in asked or one.group in asked}
    needs = {
        "weights_ahpy": ["weights_project"],
        "index_sql": ["index_python"],
        "handwritten_loyalty": ["loyalty"],
        "demo": ["demo_base"],
        "report": ["demo", "demo_base", "report_base"],
        "report_base": ["demo_base"],
        **{f"incremental_{kind}": [f"full_{kind}"] for kind in ("new_wave", "late_answers")},
    }
    for name in list(wanted):
        wanted.update(needs.get(name, []))
    alone = {"weights", "loyalty", "fixed"}  # nothing of the branch is compared with them
    if any(one.name in wanted and one.group not in alone for one in every):
        wanted.add("pipeline")
    return [one for one in every if one.name in wanted]


def measure_once(contender: Contender, ctx: Context) -> dict[str, Any]:
    """Prepare, run and check a contender once.

    Raises
    ------
    DifferenceError
        If it fails, or its rows are not the pipeline's.
    """
    contender.prepare(ctx)
    log = ctx.work(contender.name) / "run.log"
    measured = run(contender.command(ctx), log, contender.env(ctx), contender.folder(ctx))
    if measured.exit_code:
        tail = log.read_text("utf-8", errors="replace")[-2000:]
        raise DifferenceError(
            f"{contender.name}: ended with code {measured.exit_code}.\n{log} ends:\n{tail}"
        )
    compared = contender.check(ctx)
    figures = contender.figures(ctx)
    contender.clean(ctx)
    return {
        "wall": measured.wall,
        "cpu": measured.cpu,
        "peak": measured.peak,
        "compared_rows": compared,
        "figures": figures,
    }


def measure_all(picked: list[Contender], ctx: Context, rounds: int, results: Path) -> int:
    """Run all rounds, write every result at once, and return how many contenders failed."""
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    header = {"run": started, "size": ctx.size, "machine": machine.describe()}
    out: set[str] = set()
    failed: set[str] = set()
    for number in range(1, rounds + 1):
        for one in picked:
            if one.name in out | failed:
                continue
            row: dict[str, Any] = {**header, "name": one.name, "round": number}
            if reason := one.why_not(ctx):
                out.add(one.name)
                row["left_out"] = reason
                say(f"{one.name}: left out, {reason}")
            else:
                try:
                    row |= measure_once(one, ctx)
                    say(
                        f"round {number} of {rounds}  {one.name}: {row['wall']:.1f} s, "
                        f"CPU {row['cpu']:.1f} s, peak {row['peak'] / 1e9:.2f} GB"
                    )
                except (DifferenceError, duckdb.Error, OSError) as error:
                    # that a memory limit is too narrow is a result
                    (out if one.group == "memory" else failed).add(one.name)
                    row["error"] = str(error)
                    say(f"ERROR {error}")
            write_line(results, row)
            if "pipeline" in failed:  # what the others are compared with
                return len(failed)
    return len(failed)


def write_line(path: Path, row: dict[str, Any]) -> None:
    """Add a result to the file of all results."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")


def say(text: str) -> None:
    """Print a line of progress."""
    print(f"{datetime.datetime.now():%H:%M:%S}  {text}", flush=True)


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    add = parser.add_argument
    add("--size", default="1m", help="answers: 1m, 10m or 100m (default 1m)")
    add("--only", default="", help="contenders or groups, by commas; default: all but Spark's")
    add("--rounds", type=int, default=0, help="default: 3, and 2 at 1m")
    add("--folder", type=Path, default=FOLDER, help="default: target/bench")
    add("--data", type=Path, default=DATA, help="where the generated cases are")
    add("--libs", type=Path, help="libraries of bench/requirements.lock; default: <folder>/libs")
    add("--results", type=Path, default=RESULTS, help="default: bench/RESULTS.md")
    add("--spark-python", type=Path, default=SPARK, help="default: .venv-spark/bin/python")
    add("--spark-master", default="", help="a running cluster, spark://host:port")
    add("--base", default=BASE, help=f"the commit that the group fixed compares with: {BASE}")
    add("--render", action="store_true", help="only write the report from the results so far")
    add("--forget", action="store_true", help="forget all earlier results")
    add("--keep", action="store_true", help="keep the build files afterwards")
    add("incremental", nargs="*", help="after --: arguments of dbt for incremental runs")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is asked for and write the report; 1 if any contender failed."""
    options = parse_arguments(argv)
    answers_of(options.size)  # a wrong size is said at once
    options.folder.mkdir(parents=True, exist_ok=True)
    results = options.folder / "results.jsonl"
    if options.forget:
        results.unlink(missing_ok=True)
    failures = 0
    if not options.render:
        ctx = Context(
            options.size,
            options.folder,
            options.data,
            (options.libs or options.folder / "libs").resolve(),
            options.spark_python,
            options.spark_master,
            options.base,
            options.incremental,
        )
        rounds = options.rounds or (2 if answers_of(options.size) <= 1_000_000 else 3)
        picked = chosen(options.only, USUAL)
        # what an earlier state of the project built does not count
        shutil.rmtree(options.folder / options.size, ignore_errors=True)
        failures = measure_all(picked, ctx, rounds, results)
        if not options.keep:
            shutil.rmtree(options.folder / options.size, ignore_errors=True)
    options.results.write_text(report.render(results), "utf-8")
    say(f"written: {options.results}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
