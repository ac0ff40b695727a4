"""The five cases: what both sides read.

What a user of the old commit wrote stays as it was (the examples of BASE, for both sides); made-up
rows come from hashes of their keys, so that they are the same wherever they are made.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench import generate
from tests.golden.checkouts import ROOT

NAMES = ("demo", "cafeteria", "package", "bench", "airline")
SQL = Path(__file__).resolve().parent / "data_sql"
BENCH_SIZE = "610k"  # answers: they come from 19,720 respondents
OVERALL = ("q_overall", "", "satisfaction5", "overall", "总的来说，您满意吗？", "All in all?")


@dataclass(frozen=True)
class Case:
    """A case: folders as DATA and METHOD name them, or a dbt project that installs this one."""

    name: str
    data: Path | None = None
    method: Path | None = None
    project: Path | None = None


def digest() -> str:
    """Return what the inputs are made from as a short text: BASE's results count for it alone."""
    found = hashlib.sha256(repr((BENCH_SIZE, OVERALL)).encode())
    made_from = [Path(generate.__file__), ROOT / "seeds/method/survey/seed_factors.csv"]
    for path in [*made_from, *sorted(generate.SQL.glob("*.sql")), *sorted(SQL.glob("*.sql"))]:
        found.update(path.read_bytes())
    return found.hexdigest()[:12]


def make(name: str, examples: Path, folder: Path) -> Case:
    """Return a case after making what it reads, unless that is there.

    Parameters
    ----------
    name
        One of NAMES.
    examples
        The folder examples of BASE.
    folder
        Where made-up rows are written.
    """
    if name == "cafeteria":
        return Case(name, data=examples / "cafeteria")
    if name == "package":
        return Case(name, project=examples / "as-a-package")
    if name == "bench":
        return Case(name, data=_once(folder, _bench))
    if name == "airline":
        return Case(name, data=_once(folder, _airline), method=examples / "airline")
    return Case(name)


def _once(folder: Path, write: Callable[[Path], None]) -> Path:
    """Make a folder of files, whole or not at all."""
    if not folder.is_dir():
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        write(unfinished)
        unfinished.rename(folder)
    return folder


def _bench(folder: Path) -> None:
    """Write the survey of the benchmark, dirt and all, with one more question: the overall one."""
    made = generate.generate(BENCH_SIZE, ["survey"], folder / "made")["survey"]
    for path in made.iterdir():
        path.rename(folder / path.name)
    shutil.rmtree(folder / "made")
    with (folder / "questions.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(OVERALL)
    _copy(folder, "overall_answers.sql", "survey_answers/overall.parquet")


def _airline(folder: Path) -> None:
    """Write passengers and their answers as examples/airline asks for them."""
    _copy(folder, "passengers.sql", "customers.parquet")
    _copy(folder, "passenger_answers.sql", "survey_wide.parquet")


def _copy(folder: Path, query: str, name: str) -> None:
    """Write what a query of data_sql returns; `folder` in it is where the case's files are."""
    with duckdb.connect() as con:
        con.execute("set variable folder = $folder", {"folder": str(folder)})
        con.execute(
            f"copy ({(SQL / query).read_text('utf-8')}) to $path", {"path": str(folder / name)}
        )
