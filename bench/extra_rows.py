"""Answers that arrive later: a new wave with one per cent of the rows, or late rows of the last."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb

WAVES = 4

# W5 answers like W4, three months later
NEW_WAVE = """
    select 'N' || substr(response_id, 2) as response_id, question_id, 'W5' as survey_id,
        customer_id, answer, answered_at + interval 3 month as answered_at, channel
    from read_parquet($answers)
    where survey_id = 'W4' and hash(response_id) % 100 < $share
    order by response_id, question_id, answered_at, answer"""

# half are responses that nobody had yet, half correct answers that are there already
LATE_ANSWERS = """
    select
        case when hash(response_id) % 2 = 0 then 'L' || substr(response_id, 2) else response_id end
            as response_id,
        question_id, survey_id, customer_id, answer, answered_at + interval 40 day as answered_at,
        channel
    from read_parquet($answers)
    where survey_id = 'W4' and hash(response_id) % 100 < $share
    order by response_id, question_id, answered_at, answer"""


def link_case(data: Path, folder: Path) -> None:
    """Make a folder with the same files as a case, without copying where the disk allows it."""
    shutil.rmtree(folder, ignore_errors=True)
    for path in data.rglob("*"):
        if path.is_file():
            place = folder / path.relative_to(data)
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, place)
            except OSError:
                shutil.copyfile(path, place)


def add_rows(folder: Path, kind: str) -> int:
    """Write the later rows into a file of their own; return how many they are.

    Parameters
    ----------
    folder
        A case as of `link_case`.
    kind
        new_wave or late_answers.
    """
    query = {"new_wave": NEW_WAVE, "late_answers": LATE_ANSWERS}[kind]
    answers = folder / "survey_answers"
    with duckdb.connect() as connection:
        connection.execute(
            f"create table later as {query}",
            # one per cent of all rows is four of a wave's
            {"answers": str(answers / "*.parquet"), "share": WAVES},
        )
        target = str(answers / f"{kind}.parquet").replace("'", "''")
        connection.execute(f"copy later to '{target}'")
        return int(connection.execute("select count(*) from later").fetchall()[0][0])
