"""Taxonomies: classes against slow loops, against the index, and the demo rolled up once more."""

from __future__ import annotations

from collections import defaultdict
from math import sqrt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfaction.core.frames import small
from satisfaction.survey import taxonomies
from tests.python.conftest import Built, on_duckdb
from tests.python.survey.test_index import (
    SCALES,
    WEIGHTS,
    count_rows,
    factors,
    of_wave,
    respondent_rows,
    segments,
    slow_error,
    slow_index,
    slow_influences,
    survey,
)

# two classes, one of all factors, one factor each, and one factor without a class
COLUMNS = pd.DataFrame(
    {
        "factor_id": ["a", "b", "c"],
        "need_structure": ["quality", "price", "quality"],
        "servqual": ["all", "all", "all"],
        "barnes": ["x", "y", "z"],
        "dukas": ["product", None, "service"],
        "core_support_emotion": [None, None, None],
    }
)
# a taxonomy of its own: b is shared out, a quarter of c counts nowhere
ROWS = pd.DataFrame(
    [
        ("stage", "b", "before", "0.5"),
        ("stage", "a", "before", None),
        ("stage", "b", "after", "0.5"),
        ("stage", "c", "after", "0.75"),
    ],
    columns=list(taxonomies.PLACES),
)
PLACES = taxonomies.places(COLUMNS, ROWS)
CLASSES = {
    ("need_structure", "price"): "b",
    ("need_structure", "quality"): "ac",
    ("servqual", "all"): "abc",
    ("barnes", "x"): "a",
    ("barnes", "y"): "b",
    ("barnes", "z"): "c",
    ("dukas", "product"): "a",
    ("dukas", "service"): "c",
    ("stage", "after"): "bc",
    ("stage", "before"): "ab",
}
SHARES = {("after", "b"): 0.5, ("after", "c"): 0.75, ("before", "b"): 0.5}


def rolled_up(answers, members=None, weights=WEIGHTS, places=PLACES) -> pd.DataFrame:
    """Run the real functions as py_factor_moments and py_class_satisfaction do."""
    rows = respondent_rows(count_rows(answers)).assign(total="total")
    if members is not None:
        rows = rows.merge(members, on=["survey_id", "customer_id"])
    kinds = [name for name in rows if name in {"total", "region"}]
    found = taxonomies.classes(places, factors(weights=weights))
    profiles = taxonomies.moments(on_duckdb(rows), found, ["survey_id", *kinds])
    kept = on_duckdb(small(profiles.to_native()))
    return taxonomies.class_scores(
        small(taxonomies.pool_moments(kept, kinds).to_native()), found, 0.95
    )


def cell(found: pd.DataFrame, taxonomy: str, class_id: str, segment: str = "total") -> pd.Series:
    is_it = (found["taxonomy"] == taxonomy) & (found["class_id"] == class_id)
    rows = found[is_it & (found["segment_value"] == segment)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_classes_of_the_method_table() -> None:
    found = taxonomies.classes(PLACES, factors())
    named = {(c.taxonomy, c.class_id): "".join(f.factor_id for f in c.factors) for c in found}
    assert list(named.items()) == list(CLASSES.items())
    assert [c.class_no for c in found] == list(range(1, 11))
    assert [c.shares for c in found[-2:]] == [(0.5, 0.75), (1.0, 0.5)]


@pytest.mark.parametrize("times", [None, {"a": 2, "b": 3}])
def test_every_class_equals_the_slow_computation(times: dict[str, int] | None) -> None:
    answers = survey(25, seed=5, missing=0.3, times=times)
    own = of_wave(answers, "w1")
    found = rolled_up(answers)
    assert len(found) == len(CLASSES)
    for (taxonomy, class_id), names in CLASSES.items():
        row = cell(found, taxonomy, class_id)
        equal = {name: SHARES.get((class_id, name), 1.0) for name in names}
        weights = {name: WEIGHTS[name] * equal[name] for name in names}
        u = slow_influences(own, weights)
        assert row["n_respondents"] == len(u)
        assert row["n_answers"] == sum(x is not None and f in names for _, f, x in own)
        assert row["weight"] == pytest.approx(sum(weights.values()))
        assert row["score"] == pytest.approx(slow_index(own, weights))
        assert row["standard_error"] == pytest.approx(slow_error(u))
        answered = {f: sum(x is not None and f == other for _, other, x in own) for f in names}
        mean = sum(weights[f] * min(k, len(u)) for f, k in answered.items()) / row["weight"]
        half = stats.t.ppf(0.975, int(mean + 1e-9) - 1) * slow_error(u)
        assert row["score_low"] == pytest.approx(row["score"] - half)
        assert row["score_high"] == pytest.approx(row["score"] + half)
        assert row["score_rescaled"] == pytest.approx(slow_index(own, weights, rescaled=True))
        rescaled = slow_influences(own, weights, rescaled=True)
        assert row["standard_error_rescaled"] == pytest.approx(slow_error(rescaled))
        assert row["unweighted_score"] == pytest.approx(slow_index(own, equal))
        unweighted = slow_error(slow_influences(own, equal))
        assert row["unweighted_standard_error"] == pytest.approx(unweighted)


def test_a_class_of_all_factors_is_the_index() -> None:
    answers = survey(40, seed=2)
    row, total = cell(rolled_up(answers), "servqual", "all"), segments(count_rows(answers)).iloc[0]
    for name, of_index in [
        ("score", "index_score"),
        ("standard_error", "standard_error"),
        ("score_rescaled", "index_score_rescaled"),
        ("standard_error_rescaled", "standard_error_0_100"),
        ("n_respondents", "n_respondents"),
        ("score_low", "index_low"),
    ]:
        assert row[name] == pytest.approx(total[of_index], rel=1e-7), name


def test_the_classes_of_a_taxonomy_make_up_the_index() -> None:
    answers = survey(40, seed=3, asked=("a", "c"))
    found = rolled_up(answers)
    total = segments(count_rows(answers)).iloc[0]["index_score"]
    for taxonomy in ("need_structure", "servqual", "barnes", "dukas"):
        rows = found[found["taxonomy"] == taxonomy]
        joined = (rows["weight"] * rows["score"]).sum() / rows["weight"].sum()
        assert joined == pytest.approx(total)
    assert "price" not in set(found["class_id"])  # nobody was asked


def test_contributions_of_a_taxonomy_that_is_shared_out_sum_to_the_index() -> None:
    answers = survey(40, seed=3)
    rows = ROWS.assign(share=ROWS["share"].replace({"0.75": "1"}))
    found = rolled_up(answers, places=taxonomies.places(COLUMNS, rows))
    stages = found[found["taxonomy"] == "stage"]
    total = segments(count_rows(answers)).iloc[0]
    assert stages["weight"].sum() == pytest.approx(1)
    assert (stages["weight"] * stages["score"]).sum() == pytest.approx(total["index_score"])
    assert stages["n_factors"].tolist() == [2, 2]


def test_a_share_of_the_only_factor_changes_no_interval() -> None:
    """Weights are shared out within the class: a tenth of speed is as satisfying as all of it."""
    rows = pd.DataFrame([("part", "a", "a", "0.1")], columns=list(taxonomies.PLACES))
    found = rolled_up(survey(20, seed=6), places=taxonomies.places(COLUMNS, rows))
    part, whole = cell(found, "part", "a"), cell(found, "barnes", "x")
    figures = [name for name in list(taxonomies.CLASS_SCORE)[5:] if name != "weight"]
    np.testing.assert_allclose(part[figures].astype(float), whole[figures].astype(float))
    assert part["weight"] == pytest.approx(whole["weight"] / 10)


def test_only_pairs_of_factors_that_share_a_class_are_summed() -> None:
    rows = ROWS[ROWS["class_id"] == "after"]
    found = taxonomies.classes(taxonomies.places(COLUMNS[["factor_id"]], rows), factors())
    pairs = [a.factor_id + b.factor_id for a, b in taxonomies.pairs(found)]
    assert pairs == ["bb", "bc", "cc"]


def test_one_factor_is_a_plain_mean() -> None:
    values = [5, 3, 4, 4, 1, 2]
    found = cell(rolled_up([("w1", f"k{i}", "b", x) for i, x in enumerate(values)]), "barnes", "y")
    assert found["score"] == pytest.approx(20 * np.mean(values))
    assert found["standard_error"] == pytest.approx(20 * np.std(values, ddof=1) / sqrt(6))


def test_answers_of_one_respondent_to_two_factors_are_not_two_respondents() -> None:
    """Who rates all factors alike tells no more than who rates one of them."""
    moods = [5, 3, 4, 4, 1, 2]
    answers = [("w1", f"k{i}", f, x) for i, x in enumerate(moods) for f in "ab"]
    places = taxonomies.places(COLUMNS.assign(dukas=["product", "product", None]), ROWS)
    found = rolled_up(answers, places=places)
    both, one = cell(found, "dukas", "product"), cell(found, "barnes", "x")
    assert both["standard_error"] == pytest.approx(one["standard_error"])
    assert both["n_answers"] == 2 * one["n_answers"]


def test_segments_are_rolled_up_from_their_own_respondents() -> None:
    answers = survey(30, seed=8)
    names = sorted({customer for _, customer, _, _ in answers})
    members = pd.DataFrame(
        {
            "survey_id": "w1",
            "customer_id": names,
            "region": ["n" if "2" in k else "s" for k in names],
        }
    )
    found = rolled_up(answers, members)
    for region in "ns":
        inside = set(members[members["region"] == region]["customer_id"])
        alone = rolled_up([row for row in answers if row[1] in inside])
        figures = list(taxonomies.CLASS_SCORE)[5:]
        mine = found[found["segment_value"] == region][figures]
        np.testing.assert_allclose(mine.astype(float), alone[figures].astype(float))


def test_the_order_of_rows_does_not_change_a_bit() -> None:
    answers = survey(60, seed=4, times={"a": 2})
    shuffled = [answers[i] for i in np.random.default_rng(1).permutation(len(answers))]
    pd.testing.assert_frame_equal(rolled_up(answers), rolled_up(shuffled), check_exact=True)


def test_one_respondent_has_a_score_and_no_interval() -> None:
    found = cell(rolled_up([("w1", "k", "a", 4), ("w1", "k", "b", 2)]), "servqual", "all")
    assert found["score"] == pytest.approx(100 * (0.5 * 0.8 + 0.3 * 0.4) / 0.8)
    assert found[["standard_error", "score_low", "score_high"]].isna().all()


def test_a_class_without_weight_has_only_the_unweighted_score() -> None:
    weights = {"a": 0.0, "b": 1.0, "c": 0.0}
    found = cell(rolled_up(survey(9, seed=1), weights=weights), "need_structure", "quality")
    assert found[["score", "standard_error", "score_rescaled"]].isna().all()
    assert found[["unweighted_score", "unweighted_standard_error"]].notna().all()


def test_without_classes_there_are_no_rows() -> None:
    nowhere = taxonomies.places(COLUMNS[["factor_id"]], ROWS.iloc[:0])
    found = rolled_up(survey(5, seed=1), places=nowhere)
    assert found.empty
    assert list(found.columns) == list(taxonomies.CLASS_SCORE)


def test_scales_of_different_length_meet_in_a_class() -> None:
    """The 0-100 score puts a three-level and a five-level factor on one footing."""
    top = {name: len(SCALES[name]) for name in SCALES}
    best = rolled_up([("w1", f"k{i}", f, top[f]) for i in range(3) for f in "abc"])
    worst = rolled_up([("w1", f"k{i}", f, 1) for i in range(3) for f in "abc"])
    assert best["score_rescaled"].tolist() == pytest.approx([100] * len(best))
    assert worst["score_rescaled"].tolist() == pytest.approx([0] * len(worst), abs=1e-9)
    assert best["standard_error"].tolist() == pytest.approx([0] * len(best), abs=1e-6)


# The demo -------------------------------------------------------------------------------------


def test_demo_contributions_sum_to_the_index(demo: Built) -> None:
    joined = demo.rows(
        "select sum(t.contribution) - max(s.satisfaction_index), sum(t.weight_share) "
        "from fct_taxonomy_satisfaction as t join fct_segment_satisfaction as s "
        "using (survey_id, segment_type, segment_value) "
        "where t.taxonomy not in ('servqual', 'stage', 'contact') "
        "group by survey_id, segment_type, segment_value, taxonomy"
    )
    assert len(joined) > 100
    for off, share in joined:
        assert abs(off) < 1e-9
        assert share == pytest.approx(1)


def test_demo_scores_follow_from_the_answers(demo: Built) -> None:
    """Need structure of a wave, in plain loops over the answers."""
    weights = dict(demo.rows("select factor_id, weight from dim_factors"))
    place = dict(demo.rows("select factor_id, need_structure from dim_factors"))
    (wave,) = demo.rows("select max(survey_id) from fct_taxonomy_satisfaction")[0]
    values: dict[str, dict[str, float]] = defaultdict(dict)
    for customer, factor, value in demo.build_rows(
        "select a.customer_id, a.factor_id, l.value from stg_answers as a "
        "join method_questions as q on a.question_id = q.question_id "
        "join int_scale_levels as l on q.scale_id = l.scale_id and a.level = l.level "
        f"where a.role = 'performance' and a.survey_id = '{wave}'"
    ):
        values[factor][customer] = value / 5
    found = demo.rows(
        "select class_id, class_score, standard_error, n_respondents, n_answers "
        "from fct_taxonomy_satisfaction "
        f"where survey_id = '{wave}' and segment_type = 'total' and taxonomy = 'need_structure'"
    )
    assert len(found) == 4
    for class_id, score, error, n, n_answers in found:
        names = [f for f in values if place[f] == class_id]
        whole = sum(weights[f] for f in names)
        mean = {f: np.mean(list(values[f].values())) for f in names}
        people = {k for f in names for k in values[f]}
        u = [
            sum(
                weights[f] / whole * (values[f][k] - mean[f]) * len(people) / len(values[f])
                for f in names
                if k in values[f]
            )
            for k in people
        ]
        assert (n, n_answers) == (len(people), sum(len(values[f]) for f in names))
        assert score == pytest.approx(100 * sum(weights[f] / whole * mean[f] for f in names))
        assert error == pytest.approx(100 * sqrt(np.square(u).sum() / (n * (n - 1))))
