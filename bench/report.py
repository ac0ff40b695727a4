"""Write RESULTS.md from the raw results: the targets first, then every contender by size."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

from bench.plan import contenders
from bench.results import Results, Row
from bench.targets import Target, targets

GROUPS = {
    "branch": "The satisfaction branch, from raw answers to segment marts",
    "memory": "The pipeline under a memory limit of DuckDB",
    "growth": "Growth with the number of rows",
    "types": "Growth with the number of segments",
    "incremental": "Incremental runs",
    "index": "The index step alone",
    "weights": "AHP weights, 5 × 5 judgement matrices",
    "loyalty": "The loyalty branch, from transactions to the ladder",
    "fixed": "The demo, whole: what a build costs that has little to compute",
    "spark": "Apache Spark",
}

# what a contender's last column is taken from: another contender, and the figure that is divided
BESIDE = {
    **{f"incremental_{kind}": (f"full_{kind}", "wall") for kind in ("new_wave", "late_answers")},
    "index_python": ("index_sql", "in-run"),
    "weights_ahpy": ("weights_project", "per matrix"),
    "tenth": ("pipeline", "per row"),
    "hundredth": ("pipeline", "per row"),
    "six_types": ("pipeline", "cpu"),
    "weighted": ("pipeline", "cpu"),
    "demo": ("demo_base", "cpu"),
    "report": ("report_base", "cpu"),
    "loyalty": ("handwritten_loyalty", "cpu"),
}
ALONE = (
    "pipeline",
    "full_new_wave",
    "full_late_answers",
    "index_sql",
    "weights_project",
    "handwritten_loyalty",
    "demo_base",
    "report_base",
)


def spread(values: list[float], places: int = 1) -> str:
    """Write a median with minimum and maximum."""
    if not values:
        return "–"
    middle, low, high = (f"{f(values):.{places}f}" for f in (median, min, max))
    return f"{middle} ({low}–{high})" if len(values) > 1 else middle


def contender_line(results: Results, size: str, name: str, title: str) -> str:
    """Return a contender's line of a size's table."""
    rows = results.latest(size, name)
    if not rows:
        return ""
    last = rows[-1]
    if "wall" not in last:
        why = last.get("left_out") or "did not finish, or differs: " + last["error"].split("\n")[0]
        return f"| {title} | {why.replace('|', '/')} | | | | |"
    walls, inner, cpu = (results.values(size, name, f) for f in ("wall", "in-run", "cpu"))
    peak = max(results.values(size, name, "peak"))
    cells = [title, spread(walls), spread(inner, 3 if max(inner, default=1) < 1 else 1)]
    cells += [spread(cpu), f"{peak:.2f}", beside(results, size, name)]
    return "| " + " | ".join(cells) + " |"


def beside(results: Results, size: str, name: str) -> str:
    """Return the ratio of a contender to the one that it is measured against."""
    if name in ALONE:
        return ""
    other, figure = BESIDE.get(name, ("pipeline", "wall"))
    ratios = results.ratios(size, name, other, figure)
    what = "" if (other, figure) == ("pipeline", "wall") else f" × {other}, {figure}"
    return spread(ratios, 2) + what if ratios else ""


def size_section(results: Results, size: str) -> list[str]:
    """Return the tables of a size."""
    lines = [f"## {size} answers", ""]
    for group, heading in GROUPS.items():
        table = [
            line
            for one in contenders()
            if one.group == group and (line := contender_line(results, size, one.name, one.title))
        ]
        if table:
            lines += [
                f"### {heading}",
                "",
                "| | wall, s | in-run, s | CPU, s | peak, GB | ratio |",
                "|---|---|---|---|---|---|",
                *table,
                "",
            ]
    return lines


def target_lines(results: Results, wanted: list[Target]) -> list[str]:
    """Return the table of targets."""
    lines = ["| target | size | figure | |", "|---|---|---|---|"]
    for target in wanted:
        values = target.figure(results)
        if not values:
            lines.append(f"| {target.text} | {target.size} | not measured | |")
            continue
        reached = target.holds(median(values))
        verdict = "reached" if reached else "**not reached**"
        shown = spread(values, 3 if max(values) < 1 else 2)
        lines.append(f"| {target.text} | {target.size} | {shown} {target.unit} | {verdict} |")
    return lines


def machine_lines(rows: list[Row]) -> list[str]:
    """Say on what and when it was measured; several machines are all named."""
    seen: dict[str, tuple[str, str]] = {}
    for row in rows:
        about = row["machine"]
        text = (
            f"{about['processor']}, {about['cores']} cores, {about['memory']}; {about['system']}; "
            f"Python {about['python']}, DuckDB {about['duckdb']}, dbt-core {about['dbt-core']}, "
            f"dbt-duckdb {about['dbt-duckdb']}, narwhals {about['narwhals']}, "
            f"pandas {about['pandas']}, NumPy {about['numpy']}"
        )
        first, last = seen.get(text, (row["run"][:10], row["run"][:10]))
        seen[text] = (min(first, row["run"][:10]), max(last, row["run"][:10]))
    return [
        f"- {text}. Measured {first if first == last else f'{first} to {last}'}."
        for text, (first, last) in seen.items()
    ]


HEAD = """# Results of the benchmark

Written by `bench/run.py`; do not edit. Every run is a fresh process; contenders take turns round
by round; a contender's rows are compared with the pipeline's before its time counts (keys and
counts exactly, floats within 1e-9). Figures are the median over the rounds, with minimum and
maximum; ratios are taken round by round. Wall: the whole process. In-run: what a contender spends
at work, for dbt from the start of the first node to the end of the last one. CPU: user and system
time of the process tree. Peak: resident memory of the process tree, the highest of all rounds, in
10⁹ bytes. Ratio: to the pipeline's wall, where nothing else is said.

For dbt the project is parsed and the method tables are loaded beforehand. The other contenders are
given the factors' weights, and write segments and factors only: no change between waves, no
customer tables, no refused rows. How to run it, and what the data are like: bench/README.md.
"""


def render(path: Path) -> str:
    """Return the report on a file of raw results.

    Parameters
    ----------
    path
        One JSON object a line, as bench/run.py writes them.
    """
    text = path.read_text("utf-8") if path.is_file() else ""
    rows = [json.loads(line) for line in text.splitlines() if line]
    results = Results(rows)
    lines = [HEAD, *machine_lines(rows), "", "## Targets", ""]
    lines += [*target_lines(results, targets()), ""]
    for size in results.sizes():
        lines += size_section(results, size)
    return "\n".join(lines).rstrip() + "\n"
