"""Word of mouth: the rule of thumb by hand, and on the demo's own shares."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import pytest

from tests.python.conftest import Built
from tests.python.engine import Engine

Z = NormalDist().inv_cdf(0.975)
FIGURES = (
    "question_id, n_respondents, n_dissatisfied, expected_tellers, "
    "expected_first_hearers, expected_second_hearers, expected_audience"
)
QUESTIONS = """question_id,factor_id,scale_id,role
o_first,,satisfaction5,overall
o_last,,satisfaction5,overall
"""


def asked(engine: Engine) -> dict[str, tuple]:
    """Six of nine are dissatisfied; in the second wave one more customer is of two minds."""
    rows = ["response_id,survey_id,customer_id,answered_at,o_first,o_last"]
    for number, level in enumerate([1, 1, 2, 2, 2, 2, 3, 4, 5]):
        rows.append(f"a{number},w1,c{number},2025-03-05,5,{level}")
        rows.append(f"b{number},w2,c{number},2025-06-05,{level},")
    rows += ["b90,w2,c9,2025-06-05,1,", "b91,w2,c9,2025-06-06,5,"]
    engine.lay({"survey_wide.csv": "\n".join(rows) + "\n", "questions.csv": QUESTIONS})
    assert not engine.run("+fct_word_of_mouth", segment_by=[])
    found = engine.rows(f"select survey_id, {FIGURES} from fct_word_of_mouth")
    return {wave: tuple(figures) for wave, *figures in found}


def test_one_in_three_tells_and_each_hearer_tells_four(engine: Engine) -> None:
    """U / 3 + 4 U / 3, of people who answered and nobody beyond them."""
    found = asked(engine)
    # the last question by name that the wave asks; 7 of the 11 answers of ten customers
    said = (pytest.approx(2), pytest.approx(2), pytest.approx(8), pytest.approx(10))
    assert found["w1"] == ("o_last", 9, 6, *said)
    u = 10 * 7 / 11
    assert found["w2"][:3] == ("o_first", 10, pytest.approx(u))
    assert found["w2"][3:] == pytest.approx((u / 3, u / 3, 4 * u / 3, 5 * u / 3))
    assert engine.rows("select distinct is_hypothesis from fct_word_of_mouth") == [(True,)]
    # another hypothesis: half of them tell two, and these tell eleven each
    other = {"word_of_mouth_share": 0.5, "word_of_mouth_first_hearers": 2}
    other["word_of_mouth_hearers"] = 11
    assert not engine.run("fct_word_of_mouth", segment_by=[], **other)
    found = engine.rows(f"select {FIGURES} from fct_word_of_mouth where survey_id = 'w1'")
    assert found == [("o_last", 9, 6, 3, 6, 66, 72)]


def test_demo_audience(demo: Built) -> None:
    """Counted once more from the answers; each customer but a few answered once."""
    counted = demo.build_rows(
        "select survey_id, count(*), count(*) filter (where level <= 2) from stg_answers "
        "where role = 'overall' and level is not null group by survey_id"
    )
    found = {
        wave: figures
        for wave, *figures in demo.rows(
            "select survey_id, n_respondents, n_dissatisfied, expected_audience, audience_low, "
            "audience_high from fct_word_of_mouth where segment_type = 'total'"
        )
    }
    assert len(counted) == len(found) == 4
    for wave, n_answers, n_low in counted:
        n, u, audience, low, high = found[wave]
        p = n_low / n_answers
        assert u == pytest.approx(n * p)
        assert audience == pytest.approx(5 * u / 3)
        half = Z * sqrt(p * (1 - p) / n + Z**2 / (4 * n * n))
        ends = [(p + Z**2 / (2 * n) + side * half) / (1 + Z**2 / n) for side in (-1, 1)]
        assert [low, high] == pytest.approx([5 / 3 * n * end for end in ends])
