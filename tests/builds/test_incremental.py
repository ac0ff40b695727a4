"""Incremental builds: they equal a full refresh, and leave alone what did not change."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pytest

from tests.python.contract.test_answer_sheets import Row, csv_text, draw
from tests.python.engine import ANSWERS, Engine

BRANCH = [
    "+fct_segment_satisfaction",
    "+fct_segment_factor_satisfaction",
    "+fct_customer_satisfaction",
    "+fct_customer_factor_satisfaction",
    "+fct_respondent_quality",
    "+fct_taxonomy_satisfaction",
    "+rejected_rows",
]
# what is kept from build to build, and every figure that comes of it
TABLES = [
    "base_answer_sheets",
    "base_refused_answers",
    "stg_responses",
    "int_respondent_answers",
    "int_respondent_quality",
    "int_segment_counts",
    "py_customer_index",
    "py_influence",
    "py_segment_sums",
    "py_rest_sums",
    "py_factor_moments",
    "py_factor_sums",
    "fct_customer_satisfaction",
    "fct_customer_factor_satisfaction",
    "fct_segment_satisfaction",
    "fct_segment_factor_satisfaction",
    "fct_taxonomy_satisfaction",
    "rejected_rows",
]
# four of the shipped questions are asked: too few for an index, by the usual coverage
# the answers have dirt that is meant
OPTIONS = {"segment_by": ["region"], "min_weight_coverage": 0, "max_unknown_answers": 1}
CUSTOMERS = "customer_id,region\n" + "".join(f"c{i},{'ns'[i % 2]}\n" for i in range(200))


@pytest.fixture(autouse=True)
def _forgetful(engine: Engine) -> Iterator[None]:
    """Let models decide by themselves what of them is kept."""
    with engine.forgetful():
        yield


def base_rows() -> list[Row]:
    """Two waves that share responses, an older one that shares none, and rows without a wave."""
    rows = draw(random.Random(7), 120)
    alone = [row for row in draw(random.Random(9), 40) if row["survey_id"].strip() == "w2"]
    return rows + [
        row | {"survey_id": "w0", "response_id": f"a{row['response_id']}"} for row in alone
    ]


def new_wave() -> list[Row]:
    rows = draw(random.Random(8), 40)
    return [
        row | {"survey_id": "w3", "response_id": f"n{row['response_id'].strip()}"} for row in rows
    ]


def late_answers(rows: list[Row]) -> list[Row]:
    """Add to one wave, change an answer of it, and send a response of the other again in it."""
    first = next(r for r in rows if r["survey_id"] == "w1" and r["question_id"] == "q_care")
    other = next(r for r in rows if r["survey_id"] == "w2" and r["question_id"] == "q_care")
    changed = [row | {"answer": "1"} if row is first else row for row in rows]
    moved = other | {"survey_id": "w1", "answered_at": "2025-03-10"}
    return [*changed, moved, first | {"response_id": "late", "answer": "5"}]


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of every table; columns by name, since one that comes later stands at the end."""
    found = {}
    with duckdb.connect(str(path), read_only=True) as con:
        for name in TABLES:
            columns = sorted(row[0] for row in con.execute(f"describe {name}").fetchall())
            listed = ", ".join(columns)
            found[name] = con.execute(f"select {listed} from {name} order by all").fetchall()
    return found


def build(engine: Engine, rows: list[Row], customers: str = CUSTOMERS, **dbt_vars: Any) -> None:
    files: Mapping[str, str] = {"survey_answers.csv": csv_text(rows), "customers.csv": customers}
    engine.lay(files)
    assert not engine.run(*BRANCH, **OPTIONS, **dbt_vars)


def full_refresh(engine: Engine, **dbt_vars: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Build what lies in the data folder anew, beside the incremental tables."""
    kept = engine.target / "satisfaction.duckdb"
    aside = kept.with_suffix(".kept")
    shutil.copy(kept, aside)
    assert not engine.run(*BRANCH, "--full-refresh", **OPTIONS, **dbt_vars)
    found = contents(kept)
    shutil.move(aside, kept)
    return found


def test_incremental_builds_equal_full_refreshes(engine: Engine) -> None:
    rows = base_rows()
    build(engine, rows)
    build(engine, late_answers(rows) + new_wave())
    once = contents(engine.target / "satisfaction.duckdb")
    assert once == full_refresh(engine)
    # the wave and the late answers are withdrawn, a customer has moved
    build(engine, rows, CUSTOMERS.replace("c5,s", "c5,n"))
    again = contents(engine.target / "satisfaction.duckdb")
    assert again == full_refresh(engine)
    assert all(again[name] != once[name] for name in TABLES)


def test_other_weights_make_other_indices(engine: Engine) -> None:
    """Nothing else changes, so only the weights can be why an index is computed again."""
    engine.lay({"survey_answers.csv": csv_text(base_rows()), "customers.csv": CUSTOMERS})

    def indices(*options: str, source: str) -> dict[tuple[str, str], float]:
        branch = ("+fct_customer_satisfaction", *options)
        assert not engine.run(*branch, **OPTIONS, weight_source=source)
        query = "select survey_id, customer_id, satisfaction_index from fct_customer_satisfaction"
        return {(wave, customer): index for wave, customer, index in engine.rows(query)}

    judged = indices(source="ahp")
    equal = indices(source="equal")
    assert {wave for wave, _ in judged} == {"w0", "w1", "w2"}
    # who rates everything alike, or one factor alone, has the same index by any weights
    for wave in ("w0", "w1", "w2"):
        moved = [equal[key] != index for key, index in judged.items() if key[0] == wave]
        assert sum(moved) > len(moved) / 2
    assert equal == indices("--full-refresh", source="equal")


def built_anew(engine: Engine, changed: list[Row], **dbt_vars: Any) -> set[str]:
    """Mark every row, build, and say in which surveys the mark is gone."""
    with duckdb.connect(str(engine.target / "satisfaction.duckdb")) as con:
        con.execute("update base_answer_sheets set n_rows = -1")
    engine.lay({"survey_answers.csv": csv_text(changed)})
    assert not engine.run(*ANSWERS, max_unknown_answers=1, **dbt_vars)
    plain = "select distinct survey_id from base_answer_sheets where n_rows != -1"
    return {survey for (survey,) in engine.rows(plain)}


def test_only_surveys_that_changed_are_read_anew(engine: Engine) -> None:
    rows = base_rows()
    engine.lay({"survey_answers.csv": csv_text(rows)})
    assert not engine.run(*ANSWERS, max_unknown_answers=1)
    assert built_anew(engine, rows[::-1]) == set()
    assert built_anew(engine, rows + new_wave()) == {"w3"}
    assert built_anew(engine, late_answers(rows) + new_wave()) == {"w1"}


def test_by_load_time(engine: Engine) -> None:
    """Rows of a new load time are found; a change that the loader did not stamp is not."""
    stamped = {
        "extra_columns": {"survey_answers": {"loaded_at": "timestamp"}},
        "answers_loaded_at": "loaded_at",
    }
    rows = [row | {"loaded_at": "2025-04-01"} for row in base_rows()]
    engine.lay({"survey_answers.csv": csv_text(rows)})
    assert not engine.run(*ANSWERS, max_unknown_answers=1, **stamped)
    at = next(i for i, row in enumerate(rows) if row["survey_id"] == "w2")
    moved = rows[at] | {"customer_id": "c199"}
    unstamped = [*rows[:at], moved, *rows[at + 1 :]]
    assert built_anew(engine, unstamped, **stamped) == set()
    late = [*rows[:at], moved | {"loaded_at": "2025-05-01"}, *rows[at + 1 :]]
    assert "w2" in built_anew(engine, late, **stamped)


def kept_versions(engine: Engine) -> tuple[set[str], set[str]]:
    """Return the versions that sheets and indices were built from."""
    sheets = engine.rows("select distinct version from base_answer_sheets")
    indices = engine.rows("select distinct version from py_customer_index")
    return {row[0] for row in sheets}, {row[0] for row in indices}


def test_a_change_of_code_rebuilds_what_it_concerns(engine: Engine) -> None:
    rows = base_rows()
    build(engine, rows)
    sheets, indices = kept_versions(engine)

    def built_with(macro: str, text: str) -> tuple[set[str], set[str]]:
        edited = engine.manifest.macros[f"macro.dbt_satisfaction.{macro}"]
        code = edited.macro_sql.replace("{% endmacro %}", f"{text}{{% endmacro %}}")
        assert code != edited.macro_sql
        with mock.patch.object(edited, "macro_sql", code):
            build(engine, rows)
        return kept_versions(engine)

    change = "{%- set nothing = 1 -%}"
    assert built_with("customer_metrics", change) == (sheets, indices)  # of tiers alone
    assert built_with("clean_key", "{#- says more -#}") == (sheets, indices)
    # a model that counts respondents: they are counted again, and no answer is read again
    counted = "select distinct version from int_respondent_answers"
    before = engine.rows(counted)
    model = engine.manifest.flat_graph["nodes"]["model.dbt_satisfaction.int_respondent_answers"]
    with mock.patch.dict(model, raw_code=model["raw_code"] + "limit 1"):
        build(engine, rows)
    assert kept_versions(engine)[0] == sheets
    assert not {*before} & {*engine.rows(counted)}
    others = built_with("clean_key", change)
    assert not others[0] & sheets and not others[1] & indices
    build(engine, rows)
    assert kept_versions(engine) == (sheets, indices)
    with mock.patch("satisfaction.core.code.code_version", lambda: "another package"):
        build(engine, rows)
    again = kept_versions(engine)
    assert again[0] == sheets and not again[1] & indices
