"""Write the benchmark's data: two whole cases that `scripts/build.py --data` builds.

`survey` holds answers, customers, waves and its own questions (24 of them, two for each of the
twelve shipped factors); `behaviour` holds transactions and what else the loyalty branch reads. Rows
come from hashes of their keys and a seed: the same size and seed give the same rows on any machine
with the same major version of DuckDB. See data_sql/*.sql for skew and dirt.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
SQL = Path(__file__).resolve().parent / "data_sql"
DATA = ROOT / "target" / "bench" / "data"

# a hundred million answers come from 1.1 million customers, 50 million transactions from a million
SURVEY_CUSTOMERS = 0.011
BEHAVIOUR_CUSTOMERS = 0.010
SESSIONS_A_PART = 100_000
MONTHS = 24
ROW_GROUP = 122_880

VARS = {"survey": "as_of_date: 2026-01-31\n", "behaviour": "as_of_date: 2025-12-31\n"}
SURVEY_TABLES = {
    "customers": "customer_versions",
    "surveys": "(select * exclude wave from waves order by wave)",
}
BEHAVIOUR_TABLES = {
    "customers": "customer_versions",
    **{
        name: name
        for name in (
            "subscriptions",
            "competitor_shares",
            "loyalty_assessments",
            "complaints",
            "customer_profiles",
            "survey_answers",
        )
    },
}


def answers_of(size: str) -> int:
    """Return the number of answers that a size such as 20k, 1m or 100m asks for.

    Raises
    ------
    SystemExit
        If it is no such size.
    """
    factor = {"k": 1_000, "m": 1_000_000}.get(size[-1:].lower(), 0)
    if not (factor and size[:-1].isdigit() and int(size[:-1])):
        raise SystemExit(f"size {size!r}: use a number with k or m, such as 1m, 10m or 100m.")
    return int(size[:-1]) * factor


class Writer:
    """A DuckDB connection that runs the generator's SQL and writes Parquet into one folder."""

    def __init__(self, folder: Path, customers: int, seed: int, memory: str) -> None:
        self.folder = folder
        self.started = time.monotonic()
        # of a generator that was stopped half-way nothing is left
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.spill = folder.parent / f".spill_{folder.name}"
        self.connection = duckdb.connect(
            config={"memory_limit": memory, "temp_directory": str(self.spill)}
        )
        factors = str(ROOT / "seeds/method/survey/seed_factors.csv")
        self.set(customers=customers, seed=seed, factors_csv=factors)
        self.run("random.sql")
        self.run("customers.sql")

    def set(self, **variables: int | str) -> None:
        """Set variables that the SQL asks for with getvariable()."""
        for name, value in variables.items():
            literal = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else value
            self.connection.execute(f"set variable {name} = {literal}")

    def run(self, name: str) -> None:
        """Run a file of statements."""
        self.connection.execute((SQL / name).read_text("utf-8"))

    def count(self, table: str) -> int:
        """Count the rows of a table of the generator."""
        rows = self.connection.sql(f"select count(*) from {table}").fetchall()
        return int(rows[0][0])

    def copy(self, query: str, name: str, options: str = f"row_group_size {ROW_GROUP}") -> None:
        """Write a query into a file of the folder, by its ending Parquet or CSV."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        target = str(path).replace("'", "''")
        self.connection.execute(f"copy ({query}) to '{target}' ({options})")

    def copy_part(self, script: str, name: str, part: int, parts: int) -> None:
        """Write one part file of a large table, and say how far the table is."""
        query = (SQL / script).read_text("utf-8").rstrip().rstrip(";")
        self.copy(query, f"{name}/part-{part:03}.parquet")
        done, seconds = part + 1, time.monotonic() - self.started
        if sys.stderr.isatty() or done == parts or done % 5 == 0:
            print(f"{seconds:7.1f} s  {name}: part {done} of {parts}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Close the connection and remove what it spilled."""
        self.connection.close()
        shutil.rmtree(self.spill, ignore_errors=True)


def write_survey(writer: Writer) -> None:
    """Write the survey case: customers, waves, questions, then the answers part by part."""
    writer.run("survey_tables.sql")
    for name, table in SURVEY_TABLES.items():
        writer.copy(f"from {table}", f"{name}.parquet")
    columns = "question_id, factor_id, scale_id, role, text_zh, text_en"
    writer.copy(f"select {columns} from questions order by question_no", "questions.csv", "header")
    sessions = writer.count("sessions")
    parts = -(-sessions // SESSIONS_A_PART)
    for part in range(parts):
        # what arrives late belongs to the part three before
        late = (part - 3) % parts
        writer.set(
            first_session=part * SESSIONS_A_PART,
            last_session=(part + 1) * SESSIONS_A_PART,
            first_late=late * SESSIONS_A_PART,
            last_late=(late + 1) * SESSIONS_A_PART,
        )
        writer.copy_part("answers.sql", "survey_answers", part, parts)


def write_behaviour(writer: Writer) -> None:
    """Write the behaviour case: small tables, then the transactions month by month."""
    writer.run("behaviour_tables.sql")
    for name, table in BEHAVIOUR_TABLES.items():
        writer.copy(f"from {table}", f"{name}.parquet")
    for month in range(MONTHS):
        writer.set(month=month)
        writer.copy_part("transactions.sql", "transactions", month, MONTHS)


def generate(
    size: str, cases: Sequence[str], folder: Path = DATA, seed: int = 1, memory: str = "4GB"
) -> dict[str, Path]:
    """Write the cases of a size, unless they are there, and return their folders.

    Parameters
    ----------
    size
        Number of answers: 20k, 1m, 10m, 100m.
    cases
        survey, behaviour or both.
    folder
        The cases land in <folder>/<size>/<case>.
    seed
        Another seed gives other rows of the same kind.
    memory
        DuckDB's memory limit.
    """
    answers, folders = answers_of(size), {}
    for case in cases:
        folders[case] = place = folder / size / case
        stamp = place / "vars.yml"  # written last: a whole case has it
        if stamp.is_file():
            continue
        share = SURVEY_CUSTOMERS if case == "survey" else BEHAVIOUR_CUSTOMERS
        print(f"generating {place}", file=sys.stderr, flush=True)
        writer = Writer(place, max(20, round(answers * share)), seed, memory)
        try:
            (write_survey if case == "survey" else write_behaviour)(writer)
        finally:
            writer.close()
        stamp.write_text(VARS[case], "utf-8")
    return folders


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and write the data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1m", help="answers: 1m, 10m, 100m … (default 1m)")
    parser.add_argument("--case", choices=("survey", "behaviour"), help="default: both")
    parser.add_argument("--out", type=Path, default=DATA, help="default: target/bench/data")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory", default="4GB", help="DuckDB's memory limit (default 4GB)")
    options = parser.parse_args(argv)
    cases = [options.case] if options.case else ["survey", "behaviour"]
    for case, place in generate(
        options.size, cases, options.out, options.seed, options.memory
    ).items():
        size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
        print(f"{case}: {place} ({size / 1e6:.0f} MB)")


if __name__ == "__main__":
    main()
