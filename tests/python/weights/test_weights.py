"""Weights without experts: a published example, by hand, by simulation, and what is refused."""

import math

import duckdb
import numpy as np
import pandas as pd
import pytest

from satisfaction.core.errors import SatisfactionError
from satisfaction.drivers.relative_importance import relative_weights
from satisfaction.weights import weights
from tests.python.conftest import on_duckdb
from tests.python.drivers.test_relative_importance import MTCARS

TREE = pd.DataFrame(
    [
        ("satisfaction", "goal", None),
        ("satisfaction", "service", "goal"),
        ("satisfaction", "price", "goal"),
        ("satisfaction", "speed", "service"),
        ("satisfaction", "care", "service"),
        ("loyalty", "loyalty", None),
        ("loyalty", "behaviour", "loyalty"),
    ],
    columns=["model", "node_id", "parent_id"],
)
AHP = pd.DataFrame(
    {
        "model": ["loyalty", "loyalty", *["satisfaction"] * 5],
        "node_id": ["loyalty", "behaviour", "goal", "service", "price", "speed", "care"],
        "weight": [1.0, 1.0, 1.0, 0.6, 0.4, 0.5, 0.1],
    }
)
NO_IMPORTANCE = pd.DataFrame({"factor_id": pd.Series(dtype=str), "mean_importance": []})


def long_scores(values, names, wave="w1"):
    """One row per customer and factor from a matrix; NaN is no answer."""
    frame = pd.DataFrame(values, columns=names).reset_index(names="customer_id")
    frame = frame.melt("customer_id", var_name="factor_id", value_name="score").dropna()
    return frame.assign(survey_id=wave)


def outcomes(values, wave="w1"):
    return pd.DataFrame({"survey_id": wave, "customer_id": range(len(values)), "outcome": values})


def derived(values, outcome, names="abcdefgh"):
    scores = long_scores(values, list(names[: np.shape(values)[1]]))
    found = weights.derived_weights(on_duckdb(scores), on_duckdb(outcomes(outcome)))
    return dict(zip(found["factor_id"], found["weight"], strict=True))


def chosen(source, importance=NO_IMPORTANCE, scores=None, outcome=()):
    no_scores = long_scores(np.empty((0, 1)), ["price"]).astype({"score": float})
    found = weights.factor_weights(
        source,
        TREE,
        AHP,
        importance,
        on_duckdb(no_scores if scores is None else scores),
        on_duckdb(outcomes(np.array(outcome, dtype=float))),
    )
    return found.set_index(["model", "node_id"])


# Derived from the overall verdict ---------------------------------------------------------------


@pytest.mark.parametrize("source", ["ahp", "equal"])
def test_no_hierarchy_has_weights_of_the_right_types(source):
    # what `dbt build --empty` gives; the mart over it has a contract
    none = on_duckdb(pd.DataFrame({"factor_id": pd.Series(dtype=str)}))
    tree, ahp = TREE.iloc[:0].astype(object), AHP.iloc[:0].astype({"model": object})
    found = weights.factor_weights(source, tree, ahp, NO_IMPORTANCE, none, none)
    stored = duckdb.from_df(found)
    text = "VARCHAR"
    assert [str(kind) for kind in stored.types] == [text, text, "DOUBLE", text, text]


def test_derived_weights_of_the_published_data_set_through_the_engine():
    found = derived(MTCARS[:, 1:], MTCARS[:, 0], "abcd")
    expected = np.array([0.2284797, 0.2221469, 0.2321744, 0.0963886]) / 0.7791896
    assert list(found.values()) == pytest.approx(expected, abs=1e-6)


def test_derived_weights_find_the_order_in_simulated_answers():
    rng = np.random.default_rng(1)
    mood = rng.normal(size=(3000, 1))
    latent = (mood + rng.normal(size=(3000, 4))) / math.sqrt(2)
    verdict = latent @ [0.7, 0.4, 0.2, 0.0] + rng.normal(scale=0.5, size=3000)
    scores = np.clip(np.round(3 + latent), 1, 5) / 5
    scores[rng.random(scores.shape) < 0.2] = np.nan
    found = derived(scores, np.clip(np.round(3 + verdict), 1, 5))
    assert sorted(found, key=found.get, reverse=True) == ["a", "b", "c", "d"]
    assert sum(found.values()) == pytest.approx(1, abs=1e-12)
    assert found["a"] > 2 * found["c"] > 0


def test_missing_answers_are_left_out_pair_by_pair():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 3)) + rng.normal(size=(200, 1))
    y = x @ [0.5, 0.3, 0.2] + rng.normal(size=200)
    x[rng.random(x.shape) < 0.3] = np.nan
    y[rng.random(200) < 0.1] = np.nan
    frame = pd.DataFrame(np.column_stack([x, y]), columns=["y0", "y1", "y2", "outcome"])
    found = weights.pairwise_correlations(on_duckdb(frame), list(frame.columns))
    assert found == pytest.approx(frame.corr().to_numpy(), abs=1e-10)  # pandas pairs likewise
    r = frame[frame["outcome"].notna()].corr().to_numpy()  # without a verdict nothing is explained
    shares = relative_weights(r[:3, :3], r[:3, 3])
    assert list(derived(x, y).values()) == pytest.approx(shares / shares.sum(), abs=1e-10)


def test_a_factor_that_all_rate_alike_explains_nothing():
    rng = np.random.default_rng(3)
    x = np.column_stack([rng.integers(1, 6, 60) / 5, np.full(60, 0.6), rng.integers(1, 6, 60) / 5])
    found = derived(x, x[:, 0] + x[:, 2] + rng.normal(size=60))
    assert found["b"] == 0
    assert found["a"] + found["c"] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([[0.2], [0.4], [0.8]], [0.7, 0.7, 0.7]),  # every verdict is the same
        ([[0.6], [0.6], [0.6]], [1, 2, 3]),  # every answer is the same
        ([[0.2], [0.4], [0.8]], [math.nan] * 3),  # no verdict at all
        ([[0.2, math.nan], [0.4, math.nan], [math.nan, 0.2], [math.nan, 0.8]], [1, 2, 3, 4]),
        ([[math.nan]], [1]),  # no answers
    ],
)
def test_derived_weights_that_cannot_be_had_are_refused(values, verdict):
    with pytest.raises(SatisfactionError, match="weight_source"):
        derived(np.array(values, dtype=float), np.array(verdict, dtype=float))


# Entropy ----------------------------------------------------------------------------------------


def test_entropy_weights_by_hand():
    """Scores 1, 1 and .2, .6 and .5, .5, .5, .3: the first does not tell customers apart.

    Second: p = 1/4, 3/4 and e = -(1/4 ln 1/4 + 3/4 ln 3/4) / ln 2 = .811278.
    Third: p = 5/18 (three times), 3/18 and e = (15/18 ln(18/5) + 3/18 ln 6) / ln 4 = .985412.
    """
    scores = pd.DataFrame(
        [("a", 1.0)] * 2 + [("b", 0.2), ("b", 0.6)] + [("c", 0.5)] * 3 + [("c", 0.3)],
        columns=["factor_id", "score"],
    )
    found = weights.entropy_weights(on_duckdb(scores)).set_index("factor_id")["weight"]
    b = 1 + (0.25 * math.log(0.25) + 0.75 * math.log(0.75)) / math.log(2)
    c = 1 - (15 / 18 * math.log(18 / 5) + 3 / 18 * math.log(6)) / math.log(4)
    assert (1 - b, 1 - c) == pytest.approx((0.811278, 0.985412), abs=1e-6)
    assert found["a"] == 0
    assert found["b"] == pytest.approx(b / (b + c), abs=1e-12)
    assert found["c"] == pytest.approx(c / (b + c), abs=1e-12)


def test_entropy_takes_a_score_of_0_as_0():
    scores = pd.DataFrame(
        [("a", 0.0), ("a", 1.0), ("b", 0.5), ("b", 0.5)], columns=["factor_id", "score"]
    )
    found = weights.entropy_weights(on_duckdb(scores))
    assert found["weight"].tolist() == [1, 0]


@pytest.mark.parametrize("score", [0.2, 1 / 3, 2 / 3, 5 / 7, 1.0])
@pytest.mark.parametrize("n", [2, 3, 997])
def test_where_all_rate_everything_alike_entropy_weighs_equally(score, n):
    rows = [(factor, score) for factor in "abc" for _ in range(n)]
    found = weights.entropy_weights(on_duckdb(pd.DataFrame(rows, columns=["factor_id", "score"])))
    assert found["weight"].tolist() == pytest.approx([1 / 3] * 3, abs=1e-15)


def test_entropy_does_not_depend_on_the_unit_of_the_scores():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"factor_id": list("abcd") * 50, "score": rng.integers(1, 6, 200) / 5})
    one = weights.entropy_weights(on_duckdb(frame))["weight"]
    other = weights.entropy_weights(on_duckdb(frame.assign(score=frame["score"] * 0.35)))["weight"]
    assert one.tolist() == pytest.approx(other.tolist(), abs=1e-12)


def test_entropy_without_answers_is_refused():
    empty = pd.DataFrame({"factor_id": pd.Series(dtype=str), "score": pd.Series(dtype=float)})
    with pytest.raises(SatisfactionError, match="weight_source"):
        weights.entropy_weights(on_duckdb(empty))


# Importance, equal, and the hierarchy -------------------------------------------------------------


def test_importance_weights_are_shares_of_mean_importance():
    stated = pd.DataFrame({"factor_id": ["b", "a"], "mean_importance": [0.25, 0.75]})
    found = weights.importance_weights(stated)
    assert found.to_dict("list") == {"factor_id": ["a", "b"], "weight": [0.75, 0.25]}


@pytest.mark.parametrize("rows", [[], [("a", 0.0), ("b", 0.0)]])
def test_importance_weights_without_any_importance_are_refused(rows):
    stated = pd.DataFrame(rows, columns=["factor_id", "mean_importance"])
    with pytest.raises(SatisfactionError, match="weight_source"):
        weights.importance_weights(stated)


def test_node_weights_add_up_the_leaves_below():
    leaves = pd.DataFrame({"factor_id": ["speed", "price"], "weight": [0.7, 0.3]})
    found = weights.node_weights(TREE, leaves).set_index("node_id")["weight"]
    assert found.to_dict() == pytest.approx(
        {"goal": 1.0, "service": 0.7, "price": 0.3, "speed": 0.7, "care": 0.0}
    )


def test_a_leaf_below_several_parents_counts_once_in_the_goal():
    tree = pd.DataFrame(
        [("m", "goal", None), ("m", "p", "goal"), ("m", "q", "goal")]
        + [("m", leaf, parent) for parent in "pq" for leaf in ("x", "y")],
        columns=["model", "node_id", "parent_id"],
    )
    leaves = pd.DataFrame({"factor_id": ["x", "y"], "weight": [0.4, 0.6]})
    found = weights.node_weights(tree, leaves, model="m").set_index("node_id")["weight"]
    assert found.to_dict() == pytest.approx({"goal": 1, "p": 1, "q": 1, "x": 0.4, "y": 0.6})


def test_the_source_ahp_passes_the_weights_of_its_hierarchy_on():
    found = chosen("ahp")
    own = AHP[AHP["model"] == "satisfaction"].set_index(["model", "node_id"])["weight"]
    assert found["weight"].to_dict() == own.to_dict()
    assert set(found["weight_source"]) == {"ahp"}


def test_equal_weights_are_equal_over_leaves():
    found = chosen("equal")
    assert found["weight"].to_dict() == pytest.approx(
        {
            ("satisfaction", "goal"): 1.0,
            ("satisfaction", "service"): 2 / 3,
            ("satisfaction", "price"): 1 / 3,
            ("satisfaction", "speed"): 1 / 3,
            ("satisfaction", "care"): 1 / 3,
        }
    )
    assert found["weight_source"].unique().tolist() == ["equal"]


def test_loyalty_is_weighed_by_ahp_whatever_the_source():
    found = weights.judged_weights(TREE[TREE["model"] == "loyalty"], AHP)
    assert dict(zip(found["node_id"], found["weight"], strict=True)) == {
        "loyalty": 1.0,
        "behaviour": 1.0,
    }
    named = weights.named_factors(found, pd.DataFrame({"factor_id": ["behaviour"]}))
    assert named["factor_id"].fillna("no factor").tolist() == ["no factor", "behaviour"]


def test_importance_of_what_the_hierarchy_lacks_takes_no_weight_away():
    stated = pd.DataFrame(
        {"factor_id": ["speed", "care", "price", "parking"], "mean_importance": [0.8, 0.4, 0.8, 1]}
    )
    found = chosen("importance", importance=stated)["weight"]["satisfaction"]
    assert found.to_dict() == pytest.approx(
        {"goal": 1.0, "service": 0.6, "price": 0.4, "speed": 0.4, "care": 0.2}
    )


@pytest.mark.parametrize("source", ["derived", "entropy"])
def test_sources_from_answers_fill_the_hierarchy(source):
    rng = np.random.default_rng(5)
    x = rng.integers(1, 6, size=(80, 3)) / 5
    found = chosen(source, scores=long_scores(x, ["care", "price", "speed"]), outcome=x @ [1, 2, 3])
    weight = found["weight"]["satisfaction"]
    assert weight["goal"] == pytest.approx(1, abs=1e-12)
    assert weight["service"] == pytest.approx(weight["speed"] + weight["care"], abs=1e-15)
    assert (weight > 0).all()
    assert set(found.loc["satisfaction", "weight_source"]) == {source}


def test_an_unknown_source_is_refused_and_never_taken_for_another():
    with pytest.raises(SatisfactionError, match="ahp or importance or derived"):
        chosen("AHP")


def test_experts_weigh_the_hierarchies_that_they_judged_but_satisfaction_only_for_ahp():
    both = pd.DataFrame({"model": ["satisfaction", "loyalty", "loyalty"]})
    assert weights.judged_models(TREE, both, "ahp") == ["loyalty", "satisfaction"]
    assert weights.judged_models(TREE, both, "entropy") == ["loyalty"]
    assert weights.judged_models(TREE, both.iloc[:1], "ahp") == ["satisfaction"]
    assert weights.judged_models(TREE, both.iloc[:0], "ahp") == []


@pytest.mark.parametrize("unjudged", ["satisfaction", "loyalty"])
def test_a_hierarchy_that_nobody_judged_weighs_its_factors_equally_and_says_so(unjudged):
    found = weights.judged_weights(TREE, AHP[AHP["model"] != unjudged])
    found = found.set_index(["model", "node_id"])
    assert set(found["weight_source_asked"]) == {"ahp"}
    assert found.groupby("model")["weight_source"].unique().map(list).to_dict() == {
        "loyalty": ["equal" if unjudged == "loyalty" else "ahp"],
        "satisfaction": ["equal" if unjudged == "satisfaction" else "ahp"],
    }
    equal = {"speed": 1 / 3, "care": 1 / 3, "price": 1 / 3} if unjudged == "satisfaction" else {}
    weight = found["weight"]["satisfaction"]
    assert {name: weight[name] for name in equal} == pytest.approx(equal)


def test_one_factor_weighs_everything_and_none_weighs_nothing():
    one = pd.DataFrame(
        [("satisfaction", "goal", None), ("satisfaction", "price", "goal")],
        columns=["model", "node_id", "parent_id"],
    )
    none = on_duckdb(pd.DataFrame({"factor_id": pd.Series(dtype=str)}))
    found = weights.factor_weights("ahp", one, AHP.iloc[:0], NO_IMPORTANCE, none, none)
    assert found["weight"].tolist() == [1.0, 1.0]


def test_the_order_of_rows_does_not_change_a_bit():
    rng = np.random.default_rng(6)
    x = rng.integers(1, 8, size=(400, 3)) / 7
    scores, verdict = long_scores(x, ["care", "price", "speed"]), x @ [1, 2, 3]
    found = []
    for seed in range(3):
        mixed = on_duckdb(scores.sample(frac=1, random_state=seed))
        by_verdict = weights.derived_weights(mixed, on_duckdb(outcomes(verdict)))
        found.append(
            (by_verdict["weight"].tolist(), weights.entropy_weights(mixed)["weight"].tolist())
        )
    assert found[0] == found[1] == found[2]
