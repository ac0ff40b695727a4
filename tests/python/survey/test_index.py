"""The index, its interval and its change: by hand, by properties, by slow loops, by simulation.

Everything runs on in-memory DuckDB relations, without dbt.
"""

import math
from collections import defaultdict
from statistics import NormalDist

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfaction.core.frames import segment_types
from satisfaction.survey import index
from tests.python.conftest import ROOT, on_duckdb

WEIGHTS = {"a": 0.5, "b": 0.3, "c": 0.2}
FIVE = (1.0, 2.0, 3.0, 4.0, 5.0)
SCALES = {"a": FIVE, "b": FIVE, "c": (2.0, 4.0, 7.0)}
ONE_WAVE = {"w1": None}
TOTAL = ("total", "total")


def fetch(frame, *order):
    rows = frame.collect("pandas").to_native()
    return rows.sort_values(list(order), ignore_index=True) if order else rows


def table(frame):
    """Compute a frame, as dbt does between models."""
    return on_duckdb(fetch(frame))


def scale_rows(scales=SCALES):
    """The factors with the ends of their scales."""
    rows = [(name, name, min(scales[name]), max(scales[name])) for name in sorted(scales)]
    return pd.DataFrame(rows, columns=["factor_id", "factor_column", "value_min", "value_max"])


def weight_rows(weights=WEIGHTS):
    return pd.DataFrame(weights.items(), columns=["factor_id", "weight"])


def factors(scales=SCALES, weights=WEIGHTS):
    return index.factors(scale_rows(scales), weight_rows(weights))


def wave_frame(previous):
    rows = list(previous.items())
    frame = pd.DataFrame(rows, columns=["survey_id", "previous_survey_id"])
    return on_duckdb(frame.astype({"previous_survey_id": "string"}))


def count_rows(answers, scales=SCALES):
    """int_factor_counts from (wave, customer, factor, level or None), with the level counts."""
    cells = defaultdict(list)
    for wave, customer, factor, level in answers:
        cells[wave, customer, factor].append(level)
    rows = []
    for key, given in cells.items():
        levels = [x for x in given if x is not None]
        counts = [levels.count(j) for j in range(1, 6)]
        total = sum(scales[key[2]][x - 1] for x in levels)
        rows.append((*key, len(levels), len(given) - len(levels), *counts, total))
    names = ["survey_id", "customer_id", "factor_id", "n_valid", "n_missing"]
    names += [f"n_level_{j}" for j in range(1, 6)] + ["value_sum"]
    return pd.DataFrame(rows, columns=names).astype({"value_sum": float})


def respondent_rows(counts, scales=SCALES):
    """int_respondent_answers: a row per respondent, columns per factor."""
    wide = counts.pivot(
        index=list(index.WAVE_CUSTOMER), columns="factor_id", values=["n_valid", "value_sum"]
    )
    wide.columns = [f"{f}_{'n' if kind == 'n_valid' else 'sum'}" for kind, f in wide.columns]
    names = [f"{factor}_{kind}" for factor in sorted(scales) for kind in ("n", "sum")]
    return wide.reindex(columns=names).fillna(0.0).reset_index()


def everyone(counts):
    """Put every respondent into the segment total."""
    return counts[["survey_id", "customer_id"]].drop_duplicates().assign(total="total")


def customers(answers, weights=WEIGHTS, scales=SCALES, min_coverage=0.0):
    counts = count_rows(answers, scales)
    found = index.customer_index(
        on_duckdb(respondent_rows(counts, scales)), factors(scales, weights), min_coverage
    )
    scores = index.factor_scores(on_duckdb(counts), on_duckdb(scale_rows(scales)))
    parts = index.contributions(scores, on_duckdb(weight_rows(weights)), found, index.WAVE_CUSTOMER)
    return (
        fetch(found, *index.WAVE_CUSTOMER).set_index("customer_id"),
        fetch(parts, *index.WAVE_CUSTOMER, "factor_id").set_index(["customer_id", "factor_id"]),
    )


def pooled_counts(counts, members=None):
    """int_segment_counts: the counts of the respondents of every segment, added up."""
    members = everyone(counts) if members is None else members
    rows = counts.assign(n_respondents=(counts["n_valid"] > 0).astype(int))
    rows = rows.merge(members, on=list(index.WAVE_CUSTOMER))
    kinds = [name for name in members if name not in index.WAVE_CUSTOMER]
    keys = [*index.WAVE_SEGMENT, "factor_id"]
    by_kind = [rows.assign(segment_type=kind, segment_value=rows[kind]) for kind in kinds]
    pooled = pd.concat(by_kind).drop(columns=["customer_id", *kinds]).groupby(keys).sum()
    pooled = pooled.assign(valid_weight=pooled["n_valid"], weighted_sum=pooled["value_sum"])
    return on_duckdb(pooled.reset_index())


def influences(counts, members=None, weights=WEIGHTS, scales=SCALES):
    """Run influence as py_influence does."""
    members = everyone(counts) if members is None else members
    weighted, kinds = factors(scales, weights), segment_types(on_duckdb(members))
    rows = respondent_rows(counts, scales).merge(members, on=list(index.WAVE_CUSTOMER))
    indices = index.customer_index(on_duckdb(rows), weighted)
    pooled = pooled_counts(counts, members)
    return table(index.influence(indices, pooled, weighted, kinds))


def segments(
    counts, members=None, weights=WEIGHTS, scales=SCALES, previous=ONE_WAVE, confidence=0.95
):
    """Run the real functions as py_segment_sums and py_segment_index do."""
    members = everyone(counts) if members is None else members
    indices = index.weighted_index(
        index.segment_scores(pooled_counts(counts, members), on_duckdb(scale_rows(scales))),
        on_duckdb(weight_rows(weights)),
        index.WAVE_SEGMENT,
        index.SEGMENT_VALUES,
    )
    kinds = segment_types(on_duckdb(members))
    linear = influences(counts, members, weights, scales)
    sums = index.equal_weights(index.segment_sums(linear, wave_frame(previous), kinds))
    return fetch(index.segment_index(indices, sums, confidence), *index.WAVE_SEGMENT)


def survey(n, seed, waves=("w1",), missing=0.2, asked=("a", "b", "c"), times=None, stay=1.0):
    """Random answers, those of a customer alike; times: how often each factor is asked."""
    rng = np.random.default_rng(seed)
    mood = rng.normal(size=n)
    answers = []
    for wave in waves:
        mood = mood + rng.normal(scale=0.3, size=n)
        for k in range(n):
            if rng.random() > stay:
                continue
            for factor in asked:
                top = len(SCALES[factor])
                for _ in range((times or {}).get(factor, 1)):
                    level = round((top + 1) / 2 + mood[k] + rng.normal(scale=0.7))
                    blank = rng.random() < missing
                    answers.append(
                        (wave, f"k{k}", factor, None if blank else min(max(level, 1), top))
                    )
    return answers


# A slow second opinion in plain loops ---------------------------------------------------------


def slow_index(answers, weights=WEIGHTS, scales=SCALES, rescaled=False):
    """Index of pooled answers, from (customer, factor, level)."""
    top, total = 0.0, 0.0
    for factor, weight in weights.items():
        low, high = (
            (min(scales[factor]), max(scales[factor])) if rescaled else (0, max(scales[factor]))
        )
        given = [scales[factor][x - 1] for _, f, x in answers if f == factor and x is not None]
        if given:
            top += weight * (sum(given) / len(given) - low) / (high - low)
            total += weight
    return 100 * top / total


def slow_influences(answers, weights=WEIGHTS, scales=SCALES, rescaled=False):
    """u_k of every respondent, as a share of 1, from (customer, factor, level)."""
    low = {f: min(scales[f]) if rescaled else 0.0 for f in weights}
    valid = [
        (k, f, (scales[f][x - 1] - low[f]) / (max(scales[f]) - low[f]))
        for k, f, x in answers
        if x is not None and f in weights
    ]
    people = sorted({k for k, _, _ in valid})
    asked = sorted({f for _, f, _ in valid})
    known = sum(weights[f] for f in asked)
    u = {}
    for person in people:
        u[person] = 0.0
        for factor in asked:
            every = [y for _, f, y in valid if f == factor]
            own = [y for k, f, y in valid if f == factor and k == person]
            mean = sum(every) / len(every)
            share = weights[factor] / known
            u[person] += share * (sum(own) - mean * len(own)) * len(people) / len(every)
    return u


def slow_t(rows):
    """Student's t by the respondents that a factor has on the weighted mean."""
    answered = {
        f: {k for k, other, x in rows if other == f and x} for f in {f for _, f, x in rows if x}
    }
    known = sum(WEIGHTS[f] for f in answered)
    mean = sum(WEIGHTS[f] * len(people) for f, people in answered.items()) / known
    return stats.t.ppf(0.975, max(math.floor(mean + 1e-9) - 1, 1))


def slow_error(u):
    n = len(u)
    return 100 * math.sqrt(sum(x * x for x in u.values()) / (n * (n - 1)))


def slow_change_error(first, second):
    """From the influences of two waves; customers of both make the covariance."""
    n, m = len(first), len(second)
    shared = sum(first[k] * second[k] for k in first.keys() & second.keys())
    covariance = 100**2 * shared / math.sqrt(n * (n - 1) * m * (m - 1))
    return math.sqrt(slow_error(first) ** 2 + slow_error(second) ** 2 - 2 * covariance)


def of_wave(answers, wave):
    return [(k, f, x) for w, k, f, x in answers if w == wave]


def jackknife(people, statistic):
    """Standard error by leaving out one customer at a time."""
    left_out = [statistic(person) for person in people]
    mean, n = sum(left_out) / len(left_out), len(left_out)
    return math.sqrt((n - 1) / n * sum((x - mean) ** 2 for x in left_out))


# One customer ---------------------------------------------------------------------------------


def test_counts_best_to_worst_40_30_15_10_5_give_78_and_72_5():
    levels = [5] * 40 + [4] * 30 + [3] * 15 + [2] * 10 + [1] * 5
    counts = count_rows([("w1", f"k{i}", "a", level) for i, level in enumerate(levels)])
    pooled = fetch(pooled_counts(counts)).iloc[0]
    assert (pooled["n_valid"], pooled["value_sum"]) == (100, 390)
    row = fetch(index.factor_scores(pooled_counts(counts), on_duckdb(scale_rows()))).iloc[0]
    assert row["score"] == pytest.approx(0.78, abs=1e-15)
    assert row["score_rescaled"] == pytest.approx(0.725, abs=1e-15)
    assert [row[f"n_level_{j}"] for j in (5, 4, 3, 2, 1)] == [40, 30, 15, 10, 5]
    found = segments(counts, weights={"a": 1.0}).iloc[0]
    assert found["index_score"] == pytest.approx(78, abs=1e-12)
    assert found["index_score_rescaled"] == pytest.approx(72.5, abs=1e-12)


def test_all_best_is_100_and_all_worst_is_the_floor():
    answers = [("w1", "best", f, len(SCALES[f])) for f in WEIGHTS]
    answers += [("w1", "worst", f, 1) for f in WEIGHTS]
    found, _ = customers(answers)
    assert found.loc["best", "index_score"] == pytest.approx(100, abs=1e-12)
    assert found.loc["best", "index_score_rescaled"] == pytest.approx(100, abs=1e-12)
    # .5·1/5 + .3·1/5 + .2·2/7
    assert found.loc["worst", "index_score"] == pytest.approx(16 + 40 / 7, abs=1e-12)
    assert found.loc["worst", "index_score_rescaled"] == 0


def test_weights_are_shared_out_over_answered_factors():
    answers = [("w1", "k", "a", 4), ("w1", "k", "b", None), ("w1", "k", "c", 2)]
    found, parts = customers(answers)
    # (.5·4/5 + .2·4/7) / .7; (.5·3/4 + .2·2/5) / .7
    assert found.loc["k", "index_score"] == pytest.approx(100 * (0.4 + 0.8 / 7) / 0.7, abs=1e-12)
    assert found.loc["k", "index_score_rescaled"] == pytest.approx(65, abs=1e-12)
    assert found.loc["k", "weight_coverage"] == pytest.approx(0.7, abs=1e-15)
    assert found.loc["k", "n_factors"] == 2
    assert list(parts.index) == [("k", "a"), ("k", "c")]
    assert parts["weight"].tolist() == pytest.approx([5 / 7, 2 / 7], abs=1e-15)
    assert parts["contribution"].sum() == pytest.approx(found.loc["k", "index_score"], abs=1e-12)


def test_a_customer_who_answers_a_factor_several_times_is_averaged():
    found, _ = customers([("w1", "k", "a", 4), ("w1", "k", "a", 1), ("w1", "k", "a", None)])
    assert found.loc["k", "index_score"] == pytest.approx(50, abs=1e-12)


@pytest.mark.parametrize("n_factors", [12, 38, 54])  # 19 times 1/38 is a bit less than 1/2
@pytest.mark.parametrize(("more", "is_known"), [(-1, False), (0, True), (1, True)])
def test_coverage_exactly_at_the_threshold_is_not_lost_to_rounding(n_factors, more, is_known):
    factors = [f"f{i:02}" for i in range(n_factors)]
    scales, weights = dict.fromkeys(factors, FIVE), dict.fromkeys(factors, 1 / n_factors)
    n_answered = n_factors // 2 + more
    answers = [("w1", "k", f, 3) for f in factors[:n_answered]]
    found, parts = customers(answers, weights, scales, min_coverage=0.5)
    coverage = pytest.approx(n_answered / n_factors, abs=1e-15)
    assert found.loc["k", "weight_coverage"] == coverage
    assert pd.notna(found.loc["k", "index_score"]) == is_known
    assert pd.notna(found.loc["k", "index_score_rescaled"]) == is_known
    assert parts["contribution"].notna().all() == is_known
    assert parts["contribution"].notna().any() == is_known


def test_coverage_just_below_the_threshold_gives_no_index():
    answers = [("w1", "k", "a", 3)]
    weights = {"a": 0.5 - 1e-8, "b": 0.5 + 1e-8}
    assert customers(answers, weights, min_coverage=0.5)[0]["index_score"].isna().all()


def test_contributions_sum_to_the_index_of_every_customer():
    found, parts = customers(survey(60, seed=1, missing=0.5), min_coverage=0.5)
    known = found["index_score"].dropna()
    assert 0 < len(known) < len(found)
    sums = parts["contribution"].groupby("customer_id").sum(min_count=1)
    assert sums.dropna().index.tolist() == known.index.tolist()
    assert sums[known.index].to_numpy() == pytest.approx(known.to_numpy(), abs=1e-10)
    assert parts["weight"].groupby("customer_id").sum().to_numpy() == pytest.approx(1, abs=1e-12)


def test_factors_without_any_weight_give_no_index_and_no_nan():
    answers = [("w1", "k1", "a", 4), ("w1", "k2", "a", 2)]
    found, parts = customers(answers, weights={"a": 0.0, "b": 1.0})
    assert found["index_score"].isna().all() and (found["weight_coverage"] == 0).all()
    # NaN would be no null in SQL
    counts, weights = count_rows(answers), {"a": 0.0, "b": 1.0}
    own = index.customer_index(on_duckdb(respondent_rows(counts)), factors(weights=weights))
    scores = index.factor_scores(on_duckdb(counts), on_duckdb(scale_rows()))
    split = index.contributions(scores, on_duckdb(weight_rows(weights)), own, index.WAVE_CUSTOMER)
    assert fetch(split.filter(nw.col("weight").is_null())).shape[0] == 2
    assert fetch(split.filter(nw.col("contribution").is_null())).shape[0] == 2
    assert parts["contribution"].isna().all()
    pooled = segments(count_rows(answers), weights={"a": 0.0, "b": 1.0}).iloc[0]
    for name in ("index_score", "standard_error", "index_low", "index_high"):
        assert pd.isna(pooled[name]), name


# A segment ------------------------------------------------------------------------------------


def test_segment_pools_counts_of_its_members_only():
    answers = [
        ("w1", "k1", "a", 5), ("w1", "k1", "b", 3), ("w1", "k2", "a", 1), ("w1", "k2", "a", 2),
        ("w1", "k3", "a", None), ("w1", "k3", "b", None), ("w1", "k4", "a", 4),
    ]  # fmt: skip
    counts = count_rows(answers)
    members = everyone(counts)
    both = members.assign(region=np.where(members["customer_id"] == "k4", "s", "n"))
    pooled = fetch(pooled_counts(counts, both), *index.WAVE_SEGMENT, "factor_id")
    region_a = pooled.iloc[0]
    assert (region_a["segment_type"], region_a["factor_id"]) == ("region", "a")
    assert [region_a[f"n_level_{j}"] for j in range(1, 6)] == [1, 1, 0, 0, 1]
    assert (region_a["n_valid"], region_a["n_missing"], region_a["n_respondents"]) == (3, 1, 2)
    assert region_a["value_sum"] == 8
    total_a = pooled.query("segment_type == 'total' and factor_id == 'a'").iloc[0]
    assert total_a["n_valid"] == 4
    found = segments(counts, both).query("segment_value != 's'").set_index("segment_type")
    # pooled: D_a = 8/15, D_b = 3/5, weights .5 : .3; k3 gave no valid answer
    assert found.loc["region", "index_score"] == pytest.approx(
        100 * (0.5 * 8 / 15 + 0.3 * 0.6) / 0.8, abs=1e-12
    )
    assert found.loc["region", "n_respondents"] == 2
    assert found.loc["region", "weight_coverage"] == pytest.approx(0.8)
    assert found.loc["region", "n_factors"] == 2


@pytest.mark.parametrize("times", [None, {"a": 2, "b": 1, "c": 3}])
def test_influences_sum_to_0(times):
    counts = count_rows(survey(40, seed=2, times=times))
    u = fetch(influences(counts), "customer_id")
    assert (
        abs(u["influence_total"].sum()) < 1e-15 and abs(u["influence_rescaled_total"].sum()) < 1e-15
    )
    assert u["influence_total"].abs().max() > 1e-3


@pytest.mark.parametrize(
    ("n", "seed", "missing", "times", "asked"),
    [
        (2, 0, 0.0, None, "abc"),
        (30, 1, 0.0, None, "abc"),
        (30, 2, 0.4, None, "abc"),
        (25, 3, 0.2, {"a": 2, "b": 3, "c": 1}, "abc"),
        (25, 4, 0.5, {"a": 4}, "ac"),  # factor b is wholly absent
    ],
)
def test_standard_error_equals_the_slow_computation(n, seed, missing, times, asked):
    answers = survey(n, seed, missing=missing, times=times, asked=tuple(asked))
    rows = of_wave(answers, "w1")
    found = segments(count_rows(answers)).iloc[0]
    u = slow_influences(rows)
    assert found["index_score"] == pytest.approx(slow_index(rows), abs=1e-10)
    assert found["index_score_rescaled"] == pytest.approx(
        slow_index(rows, rescaled=True), abs=1e-10
    )
    assert found["standard_error"] == pytest.approx(slow_error(u), abs=1e-10)
    assert found["standard_error_0_100"] == pytest.approx(
        slow_error(slow_influences(rows, rescaled=True)), abs=1e-10
    )
    assert found["n_respondents"] == len(u)
    half = slow_t(rows) * found["standard_error"]
    assert found["index_low"] == pytest.approx(found["index_score"] - half, abs=1e-5)
    assert found["index_high"] == pytest.approx(found["index_score"] + half, abs=1e-5)


def test_one_question_per_factor_is_the_formula_of_the_design():
    """u_k = sum_i C_i (y_ik - ybar_i) n / n_i, with factors that some did not answer."""
    answers = survey(30, seed=5, missing=0.3)
    rows = [(k, f, SCALES[f][x - 1] / max(SCALES[f])) for _, k, f, x in answers if x]
    people = {k for k, _, _ in rows}
    squares = 0.0
    for person in people:
        u = 0.0
        for factor, weight in WEIGHTS.items():
            y = {k: v for k, f, v in rows if f == factor}
            if person in y:
                mean = sum(y.values()) / len(y)
                u += weight * (y[person] - mean) * len(people) / len(y)
        squares += u**2
    error = 100 * math.sqrt(squares / (len(people) * (len(people) - 1)))
    assert segments(count_rows(answers)).iloc[0]["standard_error"] == pytest.approx(
        error, abs=1e-10
    )


def test_complete_answers_give_the_standard_error_of_the_mean_customer_index():
    answers = survey(40, seed=6, missing=0.0)
    own = customers(answers)[0]["index_score"]
    found = segments(count_rows(answers)).iloc[0]
    assert found["index_score"] == pytest.approx(own.mean(), abs=1e-10)
    assert found["standard_error"] == pytest.approx(own.std(ddof=1) / math.sqrt(40), abs=1e-10)


@pytest.mark.parametrize("times", [None, {"a": 3, "c": 2}])
def test_standard_error_is_close_to_a_jackknife(times):
    rows = of_wave(survey(80, seed=7, times=times), "w1")
    people = sorted({k for k, _, x in rows if x})
    error = jackknife(people, lambda out: slow_index([r for r in rows if r[0] != out]))
    answers = [("w1", *row) for row in rows]
    assert segments(count_rows(answers)).iloc[0]["standard_error"] == pytest.approx(error, rel=0.02)


def test_one_respondent_has_an_index_and_no_interval():
    found = segments(count_rows([("w1", "k", "a", 4), ("w1", "k", "b", 2)])).iloc[0]
    assert found["index_score"] == pytest.approx(100 * (0.4 + 0.12) / 0.8)
    for name in ("standard_error", "standard_error_0_100", "index_low", "index_high"):
        assert pd.isna(found[name]), name


def test_identical_answers_have_no_error():
    answers = [("w1", f"k{i}", f, 2) for i in range(7) for f in WEIGHTS]
    found = segments(count_rows(answers)).iloc[0]
    assert found["standard_error"] == found["standard_error_0_100"] == 0
    assert found["index_low"] == found["index_high"] == found["index_score"]


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_the_confidence_level_sets_the_width(confidence):
    """Student's t with 29 degrees of freedom, from the printed tables."""
    found = segments(count_rows(survey(30, seed=8, missing=0.0)), confidence=confidence).iloc[0]
    width = (found["index_high"] - found["index_low"]) / (2 * found["standard_error"])
    assert width == pytest.approx({0.8: 1.3114, 0.95: 2.0452, 0.99: 2.7564}[confidence], abs=5e-5)


# Scaling --------------------------------------------------------------------------------------

FIGURES = ["index_score", "index_score_rescaled", "standard_error", "standard_error_0_100"]


def test_only_ratios_of_values_and_weights_count():
    answers = survey(30, seed=9)
    plain = segments(count_rows(answers))[FIGURES].to_numpy()
    tripled = {f: tuple(3 * x for x in values) for f, values in SCALES.items()}
    assert segments(count_rows(answers, tripled), scales=tripled)[FIGURES].to_numpy() == (
        pytest.approx(plain, abs=1e-9)
    )
    halved = {f: weight / 2 for f, weight in WEIGHTS.items()}
    assert segments(count_rows(answers), weights=halved)[FIGURES].to_numpy() == (
        pytest.approx(plain, abs=1e-9)
    )


def test_shifted_values_leave_the_rescaled_index_alone():
    answers = survey(30, seed=10)
    shifted = {f: tuple(x + 4 for x in values) for f, values in SCALES.items()}
    plain = segments(count_rows(answers))
    moved = segments(count_rows(answers, shifted), scales=shifted)
    for name in ("index_score_rescaled", "standard_error_0_100"):
        assert moved[name].to_numpy() == pytest.approx(plain[name].to_numpy(), abs=1e-9)
    assert moved["index_score"][0] > plain["index_score"][0] + 5


def test_twice_the_same_respondents_leave_the_index_and_shrink_the_error():
    answers = survey(30, seed=11, missing=0.0)
    twins = answers + [(w, "twin " + k, f, x) for w, k, f, x in answers]
    one, two = (segments(count_rows(x)).iloc[0] for x in (answers, twins))
    assert two["index_score"] == pytest.approx(one["index_score"], abs=1e-10)
    assert two["standard_error"] == pytest.approx(
        one["standard_error"] * math.sqrt((30 - 1) / (60 - 1)), abs=1e-10
    )


def test_repeated_questionnaires_of_the_same_customers_add_no_certainty():
    answers = survey(30, seed=12, missing=0.0)
    one, again = (segments(count_rows(x)).iloc[0] for x in (answers, answers * 3))
    assert again[FIGURES].to_numpy(float) == pytest.approx(one[FIGURES].to_numpy(float), abs=1e-10)


def test_the_order_of_rows_does_not_change_a_bit():
    answers = survey(300, seed=13, waves=("w1", "w2"), stay=0.8)
    counts = count_rows(answers)
    members = everyone(counts)
    members["half"] = members["customer_id"].str[-1]
    expected = None
    for seed in range(4):
        shuffled = counts.sample(frac=1, random_state=seed)
        found = segments(
            shuffled, members.sample(frac=1, random_state=seed), previous={"w1": None, "w2": "w1"}
        )
        own = index.customer_index(on_duckdb(respondent_rows(shuffled)), factors())
        both = (found, fetch(own, *index.WAVE_CUSTOMER))
        expected = expected or both
        pd.testing.assert_frame_equal(both[0], expected[0], check_exact=True)
        pd.testing.assert_frame_equal(both[1], expected[1], check_exact=True)


# The change from the previous wave ------------------------------------------------------------


def two_waves(kind, seed):
    """A panel; waves that share some customers; waves that share none."""
    answers = survey(50, seed, waves=("w1", "w2"), stay={"overlap": 0.6}.get(kind, 1.0))
    if kind == "independent":
        answers = [(w, f"{w} {k}", f, x) for w, k, f, x in answers]
    return answers


@pytest.mark.parametrize("kind", ["panel", "overlap", "independent"])
@pytest.mark.parametrize("seed", [20, 21])
def test_interval_of_the_change_equals_the_slow_computation(kind, seed):
    answers = two_waves(kind, seed)
    first, second = (of_wave(answers, wave) for wave in ("w1", "w2"))
    found = segments(count_rows(answers), previous={"w1": None, "w2": "w1"})
    assert found["survey_id"].tolist() == ["w1", "w2"]
    assert found.loc[0, ["index_change", "change_low", "change_high"]].isna().all()
    row = found.iloc[1]
    u, v = slow_influences(first), slow_influences(second)
    error = slow_change_error(u, v)
    assert row["previous_index"] == pytest.approx(slow_index(first), abs=1e-10)
    assert row["index_change"] == pytest.approx(slow_index(second) - slow_index(first), abs=1e-10)
    assert row["change_standard_error"] == pytest.approx(error, abs=1e-10)
    half = max(slow_t(first), slow_t(second)) * error
    assert row["change_low"] == pytest.approx(row["index_change"] - half, abs=1e-5)
    assert row["change_high"] == pytest.approx(row["index_change"] + half, abs=1e-5)
    apart = math.hypot(slow_error(u), slow_error(v))
    if kind == "independent":
        assert error == pytest.approx(apart, abs=1e-12)
    else:
        assert error < 0.95 * apart  # the same customers make the change surer


@pytest.mark.parametrize("kind", ["panel", "overlap"])
def test_error_of_the_change_is_close_to_a_jackknife_over_customers(kind):
    answers = two_waves(kind, seed=22)
    people = sorted({k for _, k, _, x in answers if x})

    def change(out):
        left = [row for row in answers if row[1] != out]
        return slow_index(of_wave(left, "w2")) - slow_index(of_wave(left, "w1"))

    found = segments(count_rows(answers), previous={"w1": None, "w2": "w1"}).iloc[1]
    assert found["change_standard_error"] == pytest.approx(jackknife(people, change), rel=0.03)


def test_a_whole_panel_that_moves_as_one_has_a_sure_change():
    answers = [("w1", f"k{i}", f, 1 + i % 3) for i in range(9) for f in "ab"]
    answers += [("w2", k, f, x + 1) for _, k, f, x in answers]
    found = segments(count_rows(answers), previous={"w1": None, "w2": "w1"}).iloc[1]
    assert found["standard_error"] > 4
    assert found["index_change"] == pytest.approx(20, abs=1e-10)
    assert found["change_standard_error"] == pytest.approx(0, abs=1e-6)


def test_only_the_wave_before_counts_as_previous():
    """Customers of w1 and w3 who skipped w2 say nothing about the change from w2 to w3."""
    answers = survey(40, seed=23, waves=("w1", "w2", "w3"), stay=0.6)
    previous = {"w1": None, "w2": "w1", "w3": "w2"}
    found = segments(count_rows(answers), previous=previous).iloc[2]
    second, third = (slow_influences(of_wave(answers, wave)) for wave in ("w2", "w3"))
    assert found["change_standard_error"] == pytest.approx(
        slow_change_error(second, third), abs=1e-10
    )


def test_customers_who_changed_segment_are_not_counted_in_both_waves():
    answers = survey(40, seed=24, waves=("w1", "w2"))
    members = everyone(count_rows(answers)).drop(columns="total")
    number = members["customer_id"].str[1:].astype(int)
    moved = (members["survey_id"] == "w2") & (number < 10)
    members = members.assign(region=np.where((number < 20) ^ moved, "north", "south"))
    found = segments(count_rows(answers), members, previous={"w1": None, "w2": "w1"})
    for i, name in ((2, "north"), (3, "south")):
        row = found.iloc[i]
        assert (row["survey_id"], row["segment_value"]) == ("w2", name)
        u = []
        for wave in ("w1", "w2"):
            own = members[(members["survey_id"] == wave) & (members["region"] == name)]
            keep = set(own["customer_id"])
            u.append(slow_influences([r for r in of_wave(answers, wave) if r[0] in keep]))
        assert row["change_standard_error"] == pytest.approx(slow_change_error(*u), abs=1e-10)


def test_no_change_without_a_previous_cell_and_no_interval_from_one_respondent():
    answers = [("w1", "k1", "a", 3)]
    answers += [("w2", k, "a", x) for k, x in (("k1", 4), ("k2", 5), ("k3", 2))]
    counts = count_rows(answers)
    members = everyone(counts)
    members["joined"] = np.where(members["customer_id"] == "k1", "early", "late")
    found = segments(counts, members, previous={"w1": None, "w2": "w1"})
    late_row, total = found.iloc[3], found.iloc[4]
    assert (late_row["segment_value"], total["segment_value"]) == ("late", "total") and pd.isna(
        late_row["index_change"]
    )
    assert total["index_change"] == pytest.approx(100 * (11 / 15 - 3 / 5), abs=1e-10)
    assert pd.isna(total["change_standard_error"]) and pd.isna(total["change_low"])


# Coverage by simulation -----------------------------------------------------------------------

REPETITIONS = 2000
CUTS = {  # of a normal latent; unlike factors, the last one skewed towards the best level
    "a": (-1.6, -0.8, 0.1, 1.0),
    "b": (-2.0, -1.2, -0.5, 0.6),
    "c": (-0.9, 0.3),
    "d": (-2.2, -1.7, -1.2, -0.5),
}
SIM_WEIGHTS = {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}
SIM_SCALES = SCALES | {"d": FIVE}


def true_index(shift=0.0):
    """Index of the population from which the simulated answers are drawn."""
    total = 0.0
    for factor, cuts in CUTS.items():
        below = [0.0, *(NormalDist().cdf(cut - shift) for cut in cuts), 1.0]
        shares = np.diff(below)
        mean = sum(x * share for x, share in zip(SIM_SCALES[factor], shares, strict=True))
        total += SIM_WEIGHTS[factor] * mean / max(SIM_SCALES[factor])
    return 100 * total


def simulated(rng, n, waves, repetitions=REPETITIONS):
    """Counts and members of many surveys at once: each repetition is a segment.

    A factor shares half of its variance with the customer's mood; 20 % of answers are missing.
    waves: the shift of each wave; the mood of a customer is the same in all of them.
    """
    size = (repetitions, n)
    mood = rng.normal(size=size)
    customer = np.arange(repetitions * n).reshape(size)
    rows, members = [], []
    for number, shift in enumerate(waves, 1):
        wave = {"survey_id": f"w{number}", "customer_id": customer.ravel()}
        members.append(pd.DataFrame(wave).assign(repetition=customer.ravel() // n))
        for factor, cuts in CUTS.items():
            latent = shift + math.sqrt(0.5) * (mood + rng.normal(size=size))
            level = np.searchsorted(cuts, latent.ravel())
            answered = rng.random(repetitions * n) >= 0.2
            given = pd.DataFrame(wave)[answered].assign(factor_id=factor, n_valid=1, n_missing=0)
            rows.append(given.assign(value_sum=np.array(SIM_SCALES[factor])[level[answered]]))
    return pd.concat(rows), pd.concat(members)


def covers(found, low, high, truth):
    return ((found[low] <= truth) & (truth <= found[high])).mean()


@pytest.mark.parametrize("n", [30, 100])
def test_the_interval_covers_the_truth_as_often_as_it_says(n):
    counts, members = simulated(np.random.default_rng(30), n, waves=(0.0,))
    found = segments(counts, members, SIM_WEIGHTS, SIM_SCALES)
    assert len(found) == REPETITIONS
    assert found["index_score"].mean() == pytest.approx(true_index(), abs=0.15)
    assert 0.93 <= covers(found, "index_low", "index_high", true_index()) <= 0.97
    # the standard error tells the real spread between surveys
    assert found["standard_error"].mean() == pytest.approx(found["index_score"].std(), rel=0.05)


def test_the_interval_of_the_change_in_a_panel_covers_the_truth_as_often_as_it_says():
    counts, members = simulated(np.random.default_rng(31), 100, waves=(0.0, 0.2))
    found = segments(counts, members, SIM_WEIGHTS, SIM_SCALES, {"w1": None, "w2": "w1"})
    second = found[found["survey_id"] == "w2"]
    change = true_index(0.2) - true_index()
    assert len(second) == REPETITIONS and change > 2
    assert 0.93 <= covers(second, "change_low", "change_high", change) <= 0.97
    assert second["change_standard_error"].mean() == pytest.approx(
        second["index_change"].std(), rel=0.05
    )


def page_coverage() -> list[tuple[int, float, float]]:
    """Read the table of the uncertainty page: respondents, coverage of the index, of the change."""
    page = (ROOT / "docs" / "methods" / "survey" / "uncertainty.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    (heads,) = [row[1:] for row in rows if row[0] == "respondents n"]
    index_shares, change_shares = (
        [float(cell.rstrip(" %")) / 100 for cell in row[1:]]
        for row in rows
        if row[0].startswith("interval of the") and "%" in row[1]
    )
    return list(zip(map(int, heads), index_shares, change_shares, strict=True))


def test_no_interval_on_the_page_is_too_short():
    assert min(min(shares) for _, *shares in page_coverage()) >= 0.93


@pytest.mark.parametrize(("n", "index_share", "change_share"), page_coverage())
def test_the_page_says_how_often_intervals_cover(n, index_share, change_share):
    counts, members = simulated(np.random.default_rng(n), n, waves=(0.0, 0.2), repetitions=500)
    found = segments(counts, members, SIM_WEIGHTS, SIM_SCALES, {"w1": None, "w2": "w1"})
    first, second = (found[found["survey_id"] == wave] for wave in ("w1", "w2"))
    # four standard errors of a share over 500 surveys, and half a per cent of rounding
    error = 4 * math.sqrt(index_share * (1 - index_share) / 500) + 0.005
    assert covers(first, "index_low", "index_high", true_index()) == pytest.approx(
        index_share, abs=error
    )
    change = true_index(0.2) - true_index()
    assert covers(second, "change_low", "change_high", change) == pytest.approx(
        change_share, abs=error
    )


def test_a_change_is_tested_by_its_interval():
    """P is 1 less the level of the interval that just reaches 0; its own half is detected half."""
    waves = {"w1": None, "w2": "w1"}
    counts = count_rows(survey(40, 3, waves=("w1", "w2"), stay=0.8))
    found = index.change_tests(segments(counts, previous=waves))
    second = found[found["survey_id"] == "w2"].iloc[0]
    level = 1 - second["change_p_value"]
    again = segments(counts, previous=waves, confidence=level)
    again = again[again["survey_id"] == "w2"].iloc[0]
    nearest = min(abs(again["change_low"]), abs(again["change_high"]))
    assert nearest == pytest.approx(0, abs=1e-4)
    t = stats.t.ppf(0.975, second["change_freedom"])
    size = second["minimum_detectable_change"]
    # noncentral t, a hair off where a normal quantile stands for it
    power = stats.nct.sf(t, second["change_freedom"], size / second["change_standard_error"])
    assert power == pytest.approx(0.8, abs=0.02)
    first = found[found["survey_id"] == "w1"].iloc[0]
    assert np.isnan(first["change_p_value"]) and np.isnan(first["minimum_detectable_change"])


def test_nobody_who_changed_is_no_change():
    rows = pd.DataFrame(
        {"index_change": [0.0, 2.0], "change_standard_error": 0.0, "change_freedom": 5.0}
    )
    assert index.change_tests(rows)["change_p_value"].tolist() == [1.0, 0.0]
