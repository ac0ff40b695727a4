"""What the engine does not build again is as it would be if it did."""

from __future__ import annotations

import shutil
from collections.abc import Set
from pathlib import Path
from typing import Any

import duckdb

from tests.python.engine import Engine

ASKED = ("+rejected_rows", "+stg_answers", "+stg_transactions")
CUSTOMERS = "customer_id,region\nc1,north\nc2,south\n"
ANSWERS = """response_id,customer_id,survey_id,question_id,answer,answered_at
r1,c1,w1,q_care,5,2025-03-01
r2,c2,w1,q_care,4,2025-03-02
r3,c2,w2,q_care,keine Angabe,2025-06-02
"""
PURCHASES = "transaction_id,customer_id,ordered_at,amount\nt1,c1,2025-03-01,10\n"
MORE = PURCHASES + "t2,c2,2025-07-01,many\n"
FILES = {"customers.csv": CUSTOMERS, "survey_answers.csv": ANSWERS, "transactions.csv": PURCHASES}
WORDS = {"missing_answers.csv": "answer\nkeine Angabe\n"}
#: what is changed, one after the other, and a model that has to follow
STEPS: list[tuple[dict[str, str], dict[str, Any], str]] = [
    (FILES, {}, "base_survey_answers"),
    (FILES | {"transactions.csv": MORE}, {}, "base_refused_transactions"),
    (FILES | {"transactions.csv": MORE}, {"as_of_date": "2025-05-01"}, "base_refused_answers"),
    (FILES | WORDS, {}, "base_answer_codes"),
    ({"customers.csv": CUSTOMERS, "transactions.csv": MORE}, {}, "base_refused_transactions"),
]


def contents(path: Path, models: Set[str]) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of some models."""
    with duckdb.connect(str(path), read_only=True) as con:
        return {name: con.execute(f"from {name} order by all").fetchall() for name in models}


def test_models_that_are_left_alone_are_as_they_would_be_built(
    engine: Engine, tmp_path: Path
) -> None:
    build_file = engine.target / "satisfaction.duckdb"
    for files, dbt_vars, follows in STEPS:
        told = {"max_unknown_answers": 1} | dbt_vars
        engine.lay(files)
        assert not engine.run(*ASKED, **told)
        few = engine.built
        # under its own name, which views hold
        (tmp_path / "kept").mkdir(exist_ok=True)
        kept = Path(shutil.copy(build_file, tmp_path / "kept"))
        with engine.forgetful():
            assert not engine.run(*ASKED, **told)
        assert follows in few
        # whatever method tables a case brings, all figures may depend on them
        assert few < engine.built or WORDS.keys() <= files.keys()
        assert contents(kept, engine.built) == contents(build_file, engine.built)


def test_a_model_that_was_built_over_an_old_one_is_built_again(engine: Engine) -> None:
    engine.lay(FILES)
    assert not engine.run("+stg_transactions")
    engine.lay(FILES | {"transactions.csv": PURCHASES + "t2,c2,2025-03-02,20\n"})
    assert not engine.run("stg_transactions")
    assert not engine.run("+stg_transactions")
    assert "stg_transactions" in engine.built
    assert not engine.run("+stg_transactions")
    assert engine.built == set()
