"""Moments of pairs: against pandas on the rows, and the bootstrap against what theory says."""

import numpy as np
import pandas as pd
import pytest

from satisfaction.core import moments
from tests.python.conftest import Built

NAMES = ["a", "b", "c"]


def rows_with_gaps(n=400, missing=0.2, seed=7):
    rng = np.random.default_rng(seed)
    values = rng.multivariate_normal([1, 2, 3], [[1, 0.5, 0.2], [0.5, 2, 0.4], [0.2, 0.4, 1]], n)
    values[rng.random(values.shape) < missing] = np.nan
    return pd.DataFrame(values, columns=NAMES)


def pair_sums(rows, groups, key=("w1", "total", "total"), weights=None):
    """The sums of int_driver_moments by one loop per pair and group."""
    found = []
    weight = pd.Series(1.0 if weights is None else weights, rows.index)
    names = sorted(rows.columns)
    for group in np.unique(groups):
        inside = rows[groups == group]
        for i, left in enumerate(names):
            for right in names[i:]:
                both = inside[[left, right]].dropna() if left != right else inside[[left]].dropna()
                if len(both):
                    a, b = both[left].to_numpy(), both[right].to_numpy()
                    w = weight[both.index].to_numpy()
                    sums = (
                        len(both),
                        w @ a,
                        w @ b,
                        w @ a**2,
                        w @ b**2,
                        w @ (a * b),
                        w.sum(),
                        w @ w,
                    )
                    found.append((*key, group, left, right, *sums))
    columns = [*moments.SEGMENT, "resample_group", "left_id", "right_id", "n", "sum_left"]
    columns += ["sum_right", "square_left", "square_right", "product", "weights", "weight_squares"]
    sums = pd.DataFrame(found, columns=columns)
    return sums if weights is not None else sums.drop(columns=["weights", "weight_squares"])


def cell_of(rows, n_groups=200, seed=3):
    groups = np.random.default_rng(seed).integers(0, n_groups, len(rows))
    (cell,) = moments.cells(pair_sums(rows, groups))
    return cell


def test_moments_are_those_of_pandas_on_the_rows():
    rows = rows_with_gaps()
    cell = cell_of(rows)
    assert moments.means(cell.sums) == pytest.approx(rows.mean().to_numpy())
    assert moments.covariances(cell.sums) == pytest.approx(rows.cov().to_numpy())
    assert moments.correlations(cell.sums) == pytest.approx(rows.corr().to_numpy())


def test_a_weight_of_k_is_as_if_k_had_answered():
    rows, rng = rows_with_gaps(), np.random.default_rng(5)
    weights = rng.integers(0, 5, len(rows))
    often = rows.loc[rows.index.repeat(weights)]
    groups = np.arange(len(rows)) % 50
    (cell,) = moments.cells(pair_sums(rows, groups, weights=weights))
    assert moments.means(cell.sums) == pytest.approx(often.mean().to_numpy())
    assert moments.correlations(cell.sums) == pytest.approx(often.corr().to_numpy())
    known = rows.notna()
    for i, left in enumerate(NAMES):
        for j, right in enumerate(NAMES):
            w = weights[known[left] & known[right]]
            assert cell.counts[i, j] == len(w)
            assert cell.sums[0, i, j] == pytest.approx(w.sum() ** 2 / (w @ w))
    # variances are those of the many, as sure as so few
    n, m = cell.sums[0].diagonal(), often.notna().sum().to_numpy()
    spread = often.var(ddof=0).to_numpy() * n / (n - 1)
    assert moments.covariances(cell.sums).diagonal() == pytest.approx(spread)
    assert (n < m / 2).all()


def test_the_scale_of_weights_does_not_matter_and_equal_ones_change_nothing():
    rows, groups = rows_with_gaps(100), np.arange(100) % 20
    (plain,) = moments.cells(pair_sums(rows, groups))
    (alike,) = moments.cells(pair_sums(rows, groups, weights=np.full(100, 0.25)))
    np.testing.assert_allclose(alike.groups, plain.groups)
    np.testing.assert_array_equal(alike.counts, plain.counts)
    (nobody,) = moments.cells(pair_sums(rows, groups, weights=np.zeros(100)))
    assert nobody.n_effective == 0 and np.isnan(moments.correlations(nobody.sums)).all()


def test_intervals_of_weighted_correlations_cover():
    """Of those who like it nine answer for one of the others; n = 300, a truth of 0.58."""
    rng = np.random.default_rng(11)

    def answers(liked):
        level = np.where(liked, 0.8, 0.35)
        x = np.clip(level + rng.normal(0, 0.25, len(liked)), 0, 1)
        y = np.clip(0.5 * x + 0.3 * level + rng.normal(0, 0.25, len(liked)), 0, 1)
        return np.round(np.stack([x, y], axis=1) * 4) / 4

    truth = np.corrcoef(answers(np.arange(400_000) % 2 == 0).T)[0, 1]
    liked = np.arange(300) < 270
    weights = np.where(liked, 0.5 / 0.9, 0.5 / 0.1)
    powers = [(0, 0), (1, 0), (2, 0), (1, 1)]
    scale = weights.sum() / (weights @ weights)
    weighted = unweighted = 0
    for _ in range(300):
        rows, dealt = answers(liked), rng.integers(0, 200, 300)
        groups = np.zeros((200, 4, 2, 2))
        for k, (left, right) in enumerate(powers):
            products = rows[:, :, None] ** left * rows[:, None, :] ** right
            np.add.at(groups[:, k], dealt, scale * weights[:, None, None] * products)
        cell = moments.Cell(("w", "t", "t"), ("x", "y"), groups, np.full((2, 2), 300.0))
        draws = moments.correlations(cell.resampled(200))[:, 0, 1]
        _, low, high = moments.percentile_interval(draws, 200, cell.n_effective)
        weighted += low <= truth <= high
        unweighted += abs(np.corrcoef(rows.T)[0, 1] - truth) < (high - low) / 2
    assert cell.n_effective == pytest.approx(108)
    assert 0.92 <= weighted / 300 <= 0.98
    assert unweighted < weighted - 30


def test_the_order_of_rows_and_names_does_not_matter():
    rows = rows_with_gaps()
    sums = pair_sums(rows, np.arange(len(rows)) % 50)
    turned = sums.sample(frac=1, random_state=1)
    swaps = {f"{kind}_left": f"{kind}_right" for kind in ("sum", "square")}
    swaps |= {"left_id": "right_id"}
    swaps |= {new: old for old, new in swaps.items()}
    (cell,), (other,) = moments.cells(sums), moments.cells(turned.rename(columns=swaps))
    assert other.names == cell.names
    np.testing.assert_array_equal(other.groups, cell.groups)


def test_each_segment_is_a_cell_with_the_variables_it_has():
    rows = rows_with_gaps(60)
    groups = np.zeros(60)
    sums = pd.concat(
        [
            pair_sums(rows, groups, ("w2", "total", "total")),
            pair_sums(rows.assign(b=np.nan), groups, ("w1", "region", "north")),
        ]
    )
    first, second = moments.cells(sums)
    assert (first.key, first.names) == (("w1", "region", "north"), ("a", "c"))
    assert (second.key, second.names) == (("w2", "total", "total"), ("a", "b", "c"))
    assert second.only(["c", "x", "a"]).names == ("c", "a")
    assert moments.means(second.only(["c", "a"]).sums) == pytest.approx(rows[["c", "a"]].mean())


def test_no_moments_are_no_cells():
    assert list(moments.cells(pair_sums(rows_with_gaps(3), np.zeros(3)).iloc[:0])) == []


def test_what_does_not_vary_has_no_correlation():
    rows = rows_with_gaps(50).assign(b=0.1)
    r = moments.correlations(cell_of(rows).sums)
    assert np.isnan(r[1]).all() and np.isnan(r[:, 1]).all()
    assert r[0, 2] == pytest.approx(rows["a"].corr(rows["c"]))


def test_correlations_that_contradict_each_other_are_told_and_left_as_they_are():
    """Three short forms, each asking two of three questions: no answers to all have these r."""
    rng = np.random.default_rng(6)
    rows = pd.DataFrame(np.nan, range(90), NAMES)
    for k, (left, right, sign) in enumerate([("a", "b", 1), ("b", "c", 1), ("a", "c", -1)]):
        part = slice(30 * k, 30 * k + 29)
        x = rng.normal(size=30)
        rows.loc[part, left] = x
        rows.loc[part, right] = sign * x + rng.normal(scale=0.3, size=30)
    r = moments.correlations(cell_of(rows).sums)
    assert r == pytest.approx(rows.corr().to_numpy())
    assert moments.contradictory(r)
    complete = moments.correlations(cell_of(rows_with_gaps(50, 0.0)).sums)
    constant = np.where(np.eye(3) == 1, np.nan, complete)
    assert moments.contradictory(np.stack([r, complete, constant])).tolist() == [True, False, False]


def test_bootstrap_errors_of_a_mean_and_a_correlation_are_those_of_theory():
    rows = rows_with_gaps(5000, missing=0.0)
    cell = cell_of(rows)
    draws = cell.resampled(4000)
    error, low, high = moments.percentile_interval(moments.means(draws), 4000, 5000)
    # 200 groups: the error of a standard error is about 1 / sqrt(2 * 199) = 5 %
    assert error == pytest.approx(rows.sem().to_numpy(), rel=0.2)
    assert (low < rows.mean().to_numpy()).all() and (high > rows.mean().to_numpy()).all()
    r = rows.corr().to_numpy()[0, 1]
    error, low, high = moments.percentile_interval(moments.correlations(draws)[:, 0, 1], 4000, 5000)
    assert error == pytest.approx((1 - r * r) / np.sqrt(5000), rel=0.2)
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_the_same_sums_give_the_same_draws():
    cell = cell_of(rows_with_gaps(100))
    np.testing.assert_array_equal(cell.resampled(20), cell.resampled(20))


def test_percentiles_are_expanded_for_few_respondents():
    """Hesterberg (2015), table 6: of ten respondents the 2.5 % percentile becomes that of 0.9 %."""
    draws = np.linspace(0, 1, 100_001)
    _, low, high = moments.percentile_interval(draws, len(draws), 10)
    assert (round(float(low), 3), round(float(high), 3)) == (0.009, 0.991)
    _, low, _ = moments.percentile_interval(draws, len(draws), 20)
    assert round(float(low), 3) == 0.016


def test_an_interval_of_the_lucky_draws_is_none():
    draws = np.random.default_rng(1).normal(size=(89, 2))
    assert np.isnan(moments.percentile_interval(draws, 100, 30)).all()
    assert np.isfinite(moments.percentile_interval(draws[:45], 50, 30)).all()


def test_indefinite_matrices_are_those_with_a_negative_eigenvalue():
    rng = np.random.default_rng(8)
    r = rng.uniform(-1, 1, (300, 4, 4))
    r = (r + r.swapaxes(-1, -2)) / 2
    r[:, range(4), range(4)] = 1
    lowest = np.linalg.eigvalsh(r)[:, 0]
    assert (moments.indefinite(r) == (lowest < 0)).all()
    assert 50 < (lowest < 0).sum() < 290
    assert not moments.indefinite(np.ones((1, 3, 3))).any()  # singular, but not negative


def test_demo_sums_are_those_of_the_respondents(demo: Built) -> None:
    """By products of matrices with gaps as zeros, in every group of every cell of two kinds."""
    factors = [name for (name,) in demo.build_rows(
        "select distinct factor_id from method_questions where role = 'performance' order by all"
    )]  # fmt: skip
    scores = ", ".join(f"{factor}_score" for factor in factors)
    keys = ["survey_id", "segment_type", "segment_value", "resample_group"]
    rows = pd.DataFrame(
        demo.build_rows(
            "select survey_id, unnest(['total', 'region']), unnest([total, region]), "
            f"resample_group, {scores}, verdict from int_respondents "
            "where verdict is not null"
        ),
        columns=[*keys, *factors, ""],
    )
    names = sorted([*factors, ""])
    assert rows[names].isna().any(axis=None)
    expected = {}
    for cell, members in rows.groupby(keys[:3]):
        groups = members["resample_group"] if members[names].count().max() >= 30 else 0
        for group, own in members.groupby(groups + 0 * members["resample_group"]):
            x, has = own[names].fillna(0).to_numpy(float), own[names].notna().to_numpy(float)
            sums = has.T @ has, x.T @ has, has.T @ x, (x * x).T @ has, has.T @ (x * x), x.T @ x
            for i, left in enumerate(names):
                for j in range(i, len(names)):
                    if sums[0][i, j]:
                        expected[(*cell, group, left, names[j])] = [of[i, j] for of in sums]
    found = {
        tuple(row[:6]): row[6:]
        for row in demo.build_rows(
            f"select {', '.join(keys)}, left_id, right_id, n, sum_left, sum_right, square_left, "
            "square_right, product from int_driver_moments "
            "where segment_type in ('total', 'region')"
        )
    }
    assert found.keys() == expected.keys()
    order = list(expected)
    np.testing.assert_allclose(
        [found[key] for key in order], [expected[key] for key in order], atol=1e-9
    )
