"""Weights: raked to margins by an independent way round, joined and held where answers are few."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtri

from satisfaction.core.design import Design, effective_numbers, numbered
from satisfaction.core.errors import SatisfactionError
from satisfaction.coverage import raking
from satisfaction.coverage.raking import Method, NoWeightsError, collapsed, wave_weights

LOOSE = {"limits": (1e-6, 1e6), "least": 1}


def swept(design: Any, codes: list[Any], goals: list[Any], sweeps: int = 5000) -> Any:
    """Rake by iterative proportional fitting, one margin after the other."""
    weights = np.array(design, float)
    for _ in range(sweeps):
        for of_cells, goal in zip(codes, goals, strict=True):
            sums = np.bincount(of_cells, weights, len(goal))
            weights = weights * (np.array(goal) / sums)[of_cells]
    return weights


def cells_of(
    population: dict[tuple[str, ...], float],
    answered: dict[tuple[str, ...], float],
    names: tuple[str, ...] = ("gender", "region"),
) -> pd.DataFrame:
    rows = [
        (*place, population.get(place, 0), answered.get(place, 0), float(answered.get(place, 0)))
        for place in sorted({*population, *answered})
    ]
    return pd.DataFrame(rows, columns=[*names, "n_population", "n_respondents", "design"])


TABLES = st.lists(st.tuples(st.integers(1, 300), st.integers(1, 40)), min_size=6, max_size=6)


@settings(max_examples=50)
@given(TABLES)
@example([(1, 3), (1, 1), (14, 6), (2, 2), (30, 15), (300, 40)])
def test_newton_finds_what_sweeps_find(table: list[tuple[int, int]]) -> None:
    places = [(g, r) for g in "fm" for r in "nsw"]
    population = dict(zip(places, [people for people, _ in table], strict=True))
    answered = dict(zip(places, [hits for _, hits in table], strict=True))
    cells = cells_of(population, answered)
    found = wave_weights(cells, Method("raking", ("gender", "region"), **LOOSE))
    design, people = cells["design"].to_numpy(), cells["n_population"].to_numpy(float)
    codes = [pd.factorize(cells[name], sort=True)[0] for name in ("gender", "region")]
    goals = [np.bincount(of_cells, people) / people.sum() * design.sum() for of_cells in codes]
    weights = design * found.factors
    np.testing.assert_allclose(weights, swept(design, codes, goals), rtol=1e-7)
    assert (weights > 0).all()
    assert weights.sum() == pytest.approx(design.sum())
    assert (found.status, found.largest_miss) == ("ok", pytest.approx(0, abs=1e-8))


def test_post_strata_are_met_one_by_one() -> None:
    population = {("f", "n"): 100, ("f", "s"): 60, ("m", "n"): 20, ("m", "s"): 20}
    answered = {("f", "n"): 5, ("f", "s"): 15, ("m", "n"): 10, ("m", "s"): 10}
    cells = cells_of(population, answered)
    found = wave_weights(cells, Method("post_strata", ("gender", "region"), **LOOSE))
    # N_c / N over n_c / n
    assert found.factors == pytest.approx([100 / 200 * 40 / 5, 60 / 200 * 40 / 15, 0.4, 0.4])
    # in a post-stratum of n alike the leverage of each is 1 / n
    assert found.leverages == pytest.approx([1 / 5, 1 / 15, 1 / 10, 1 / 10])
    assert json.loads(found.categories[0]) == ["f|n"]


def test_one_of_ten_women_counts_as_five() -> None:
    """The case of the page: 90 of 100 men answer, and 10 of 100 women."""
    cells = cells_of({("f",): 100, ("m",): 100}, {("f",): 10, ("m",): 90}, ("gender",))
    found = wave_weights(cells, Method("raking", ("gender",)))
    assert found.factors == pytest.approx([5, 5 / 9])


def test_design_weights_are_where_raking_starts() -> None:
    """Of two alike cells the one that was drawn more thinly keeps the larger weight."""
    cells = cells_of({("f", "n"): 50, ("f", "s"): 50}, {("f", "n"): 10, ("f", "s"): 10})
    cells["design"] = [20.0, 10.0]
    found = wave_weights(cells, Method("raking", ("gender",), **LOOSE))
    assert found.factors[0] == found.factors[1]
    assert cells["design"] @ found.factors == pytest.approx(20)
    given_alone = wave_weights(cells, Method("given"))
    assert given_alone.factors == pytest.approx([2 / 3, 2 / 3])
    assert given_alone.categories == ["[]", "[]"]


@pytest.mark.parametrize(
    ("population", "answered", "joined"),
    [
        # b has too few answers; c answers at the nearest rate
        (
            {"a": 100, "b": 100, "c": 100},
            {"a": 60, "b": 2, "c": 20},
            {"a": "a", "b": "b + c", "c": "b + c"},
        ),
        # nobody answered for b, and then for all that is left each has enough
        ({"a": 100, "b": 10}, {"a": 60, "b": 0}, {"a": "a + b", "b": "a + b"}),
        # enough answers, but each of b would stand for more than eight times the mean
        (
            {"a": 100, "b": 900, "c": 100},
            {"a": 50, "b": 3, "c": 90},
            {"a": "a + b", "b": "a + b", "c": "c"},
        ),
        ({"a": 100, "b": 100}, {"a": 3, "b": 3}, {"a": "a", "b": "b"}),
    ],
)
def test_thin_categories_join_the_nearest_rate(
    population: dict[str, float], answered: dict[str, float], joined: dict[str, str]
) -> None:
    assert collapsed(population, answered, 3, 8.0) == joined


@pytest.mark.parametrize(
    ("answered", "joined"),
    [
        # of all categories 45+ answers at the nearest rate, but no band lies between the others
        ({"-24": 1, "25-44": 60, "45+": 10}, {"-24": "-24 + 25-44", "25-44": "-24 + 25-44"}),
        # the better of two neighbours
        ({"-24": 60, "25-44": 2, "45+": 10}, {"25-44": "25-44 + 45+", "45+": "25-44 + 45+"}),
        # what is known of nobody's age is near to no band: it goes by the rate, and bands to bands
        ({"-24": 40, "25-44": 60, "45+": 10, "unknown": 2}, dict.fromkeys(["45+", "unknown"])),
        ({"-24": 40, "25-44": 60, "45+": 2, "unknown": 3}, dict.fromkeys(["25-44", "45+"])),
    ],
)
def test_thin_bands_join_a_neighbour(
    answered: dict[str, float], joined: dict[str, str | None]
) -> None:
    order = ["-24", "25-44", "45+"]
    population = dict.fromkeys(answered, 100.0)
    found = collapsed(population, answered, 3, 1e6, order)
    together = " + ".join(sorted(joined))
    assert found == {name: name for name in answered} | {
        name: as_one or together for name, as_one in joined.items()
    }


def test_bands_are_ordered_by_their_bounds() -> None:
    rows = [
        ("age_band", "", None, None),
        ("age_band", "65_plus", "65", None),
        ("age_band", "under_25", None, "25"),
        ("age_band", "25_64", "25", "65"),
        ("gender", "female", None, None),
    ]
    segments = pd.DataFrame(rows, columns=[*raking.SEGMENTS])
    assert raking.ordered(segments) == {"age_band": ("under_25", "25_64", "65_plus")}
    cells = cells_of(
        {("under_25",): 50, ("25_64",): 50, ("65_plus",): 50},
        {("under_25",): 2, ("25_64",): 40, ("65_plus",): 9},
        ("age_band",),
    )
    for orders, joined in (({}, "65_plus"), (raking.ordered(segments), "25_64")):
        method = Method("raking", ("age_band",), **LOOSE | {"least": 3}, orders=orders)
        together = " + ".join(sorted([joined, "under_25"]))
        assert wave_weights(cells, method).notes == [f"age_band: {together}"]


def test_factors_are_held_at_the_limits_and_the_others_raked_on() -> None:
    population = {("f", "n"): 100, ("f", "s"): 100, ("m", "n"): 100, ("m", "s"): 100}
    answered = {("f", "n"): 4, ("f", "s"): 40, ("m", "n"): 40, ("m", "s"): 40}
    cells = cells_of(population, answered)
    free = wave_weights(cells, Method("raking", ("gender", "region"), (1e-6, 1e6), 1))
    assert free.factors.max() > 2
    held = wave_weights(cells, Method("raking", ("gender", "region"), (0.1, 2.0), 1))
    assert (held.status, held.largest_miss) == ("trimmed", pytest.approx(0, abs=1e-8))
    assert held.is_trimmed.tolist() == [True, False, False, False]
    design = cells["design"].to_numpy()
    assert held.factors[0] == pytest.approx(2 * (design @ held.factors) / design.sum(), rel=1e-6)


def test_margins_that_exclude_each_other_leave_out_the_last() -> None:
    """All answers of the north are men's, and all of the south women's; the customers' are not."""
    population = {("f", "n"): 40, ("f", "s"): 60, ("m", "n"): 20, ("m", "s"): 80}
    cells = cells_of(population, {("m", "n"): 20, ("f", "s"): 20})
    found = wave_weights(cells, Method("raking", ("gender", "region"), **LOOSE))
    assert found.notes == ["region: left out, since no weights meet all margins"]
    design = cells["design"].to_numpy()
    women = np.nansum((design * found.factors)[cells["gender"] == "f"])
    assert women == pytest.approx(20)
    with pytest.raises(NoWeightsError):
        raking.newton(np.array([20.0, 20.0]), np.array([[1.0, 0.0], [1.0, 0.0]]), np.ones(2))


def test_who_is_no_customer_keeps_its_share() -> None:
    """Anonymous respondents, and those of a region that no customer has."""
    cells = cells_of({("f", "n"): 90, ("m", "n"): 10}, {("f", "n"): 10, ("m", "n"): 30})
    cells["is_anonymous"] = False
    outside = pd.DataFrame([
        {"gender": "f", "region": "moon", "n_population": 0, "n_respondents": 4, "design": 4.0},
        {"gender": "f", "region": "n", "n_population": 0, "n_respondents": 6, "design": 6.0},
    ]).assign(is_anonymous=[False, True])  # fmt: skip
    cells = pd.concat([cells, outside], ignore_index=True)
    found = wave_weights(cells, Method("raking", ("gender", "region"), **LOOSE))
    assert found.factors[2:] == pytest.approx([1, 1])
    assert found.categories[2:] == ["[]", "[]"]
    assert found.factors[:2] == pytest.approx([0.9 * 40 / 10, 0.1 * 40 / 30])


def test_margins_of_the_table_win_over_the_customers() -> None:
    rows = pd.DataFrame(
        [
            ("*", "gender", "f", "0.5", None),
            ("*", "gender", "m", "0.5", None),
            ("w2", "gender", "f", None, "0.8"),
            ("w2", "gender", "m", None, "0.2"),
        ],
        columns=[*raking.MARGINS],
    )
    assert raking.known_margins(rows, "w1") == {"gender": {"f": 0.5, "m": 0.5}}
    assert raking.known_margins(rows, "w2") == {"gender": {"f": 0.8, "m": 0.2}}
    cells = pd.concat([
        cells_of({("f",): 10, ("m",): 30}, {("f",): 10, ("m",): 10}, ("gender",)).assign(
            survey_id=wave, is_anonymous=False
        )
        for wave in ("w1", "w2")
    ])  # fmt: skip
    found = raking.weights(cells, Method("raking", ("gender",)), rows)
    assert found["factor"].tolist() == pytest.approx([1, 1, 1.6, 0.4])


def test_margins_that_nobody_is_weighted_by_stop() -> None:
    cells = cells_of({}, {("f",): 10, ("m",): 10}, ("gender",))
    cells = cells.assign(survey_id="w", is_anonymous=False)
    rows = pd.DataFrame([("*", "gender", "female", "9", None)], columns=[*raking.MARGINS])
    with pytest.raises(SatisfactionError) as stopped:
        raking.weights(cells, Method("raking", ("gender",)), rows)
    assert str(stopped.value) == (
        "population_margins.value, gender | female: nobody has this value, and f, m, which "
        "respondents have, has no row. Correct the value."
    )
    with pytest.raises(SatisfactionError, match="population_margins.dimension, region: "):
        raking.weights(cells, Method("raking", ("gender",)), rows.assign(dimension="region"))


def test_waves_without_customers_keep_their_design_weights() -> None:
    cells = cells_of({}, {("f", "n"): 10, ("m", "n"): 30})
    found = wave_weights(cells, Method("raking", ("gender", "region")))
    assert found.status == "no_margins"
    assert found.factors.tolist() == [1, 1]
    none = raking.weights(
        cells.assign(survey_id="w", is_anonymous=False)[:0], Method("raking", ("gender",)),
        pd.DataFrame(columns=[*raking.MARGINS]),
    )  # fmt: skip
    assert none.empty and none["factor"].dtype == "float64"


def test_normal_scores_are_means_of_quantiles():
    """Against 20,000 quantiles one by one; a class that nobody is in lies where it would begin."""
    people = {"01": 2000, "02": 9000, "03": 0, "04": 9000, "unknown": 7}
    quantiles = ndtri((np.arange(20_000) + 0.5) / 20_000)
    found = raking.normal_scores(people)
    for name, start, end in (("01", 0, 2000), ("02", 2000, 11_000), ("04", 11_000, 20_000)):
        assert found[name] == pytest.approx(quantiles[start:end].mean(), abs=1e-3)
    assert found["03"] == pytest.approx(ndtri(0.55), abs=1e-4)
    assert found["unknown"] == 0
    assert set(raking.normal_scores({"unknown": 3}).values()) == {0}


def test_numbers_have_the_customers_totals_and_what_cannot_be_met_is_left_out():
    each = {"00": 30, "01": 20, "02": 10, "03": 5}
    cells = pd.DataFrame(
        [(g, name, 50, n * k) for g, k in (("f", 2), ("m", 1)) for name, n in each.items()],
        columns=["gender", "recency", "n_population", "n_respondents"],
    ).assign(design=lambda rows: rows["n_respondents"].astype(float))
    method = Method("raking", ("gender",), behaviours=("recency",))
    found = wave_weights(cells, method)
    scores = raking.normal_scores(dict.fromkeys(each, 100))
    z, w = cells["recency"].map(scores), cells["design"] * found.factors
    assert (w * z).sum() / w.sum() == pytest.approx(0, abs=1e-4)
    assert w[cells["gender"] == "f"].sum() == pytest.approx(w.sum() / 2)
    assert (found.status, found.notes) == ("ok", [])
    assert json.loads(found.categories[0]) == ["f", scores["00"]]
    # all who answered bought long ago: no weights give them the customers' total
    gone = cells[cells["recency"] >= "02"].assign(design=0.0, n_respondents=0)
    lacking = pd.concat([cells[cells["recency"] < "02"], gone], ignore_index=True)
    left = wave_weights(lacking, method)
    assert left.notes == ["recency: left out, since no weights within the limits meet all margins"]
    alone = wave_weights(lacking.drop(columns="recency"), Method("raking", ("gender",)))
    np.testing.assert_allclose(left.factors, alone.factors)
    unknown = wave_weights(cells.assign(recency="unknown"), method)
    assert unknown.notes == ["recency: no customers are known"]


def test_intervals_cover_where_behaviour_explains_who_answers():
    """Of 20,000 some 300 answer, the more the nearer and the more often they bought."""
    rng, n, hits, naive = np.random.default_rng(21), 20_000, 0, 0
    method = Method("raking", behaviours=("recency", "purchases"))
    for _ in range(150):
        recency, purchases = rng.normal(size=(2, n))
        liking = 3 + 0.6 * recency + 0.4 * purchases + rng.normal(0, 0.8, n)
        answers = rng.random(n) < 0.0134 * np.exp(0.4 * recency + 0.25 * purchases)
        classes = {
            name: (np.argsort(np.argsort(of)) * 10 // n)
            for name, of in (("recency", recency), ("purchases", purchases))
        }
        rows = pd.DataFrame(classes).map("{:02d}".format).assign(answers=answers, liking=liking)
        cells = rows.groupby(["recency", "purchases"], as_index=False).agg(
            n_population=("answers", "size"), n_respondents=("answers", "sum")
        )
        found = wave_weights(cells.assign(design=cells["n_respondents"] * 1.0), method)
        assert found.status == "ok"
        cells = cells.assign(g=found.factors, q=found.leverages, cell=found.categories)
        own = rows[rows["answers"]].merge(cells, on=["recency", "purchases"])
        w, y = own["g"].to_numpy(), own["liking"].to_numpy()
        error, mean = w / np.sqrt(1 - own["q"].to_numpy()), np.average(y, weights=w)
        u = (y - mean) / w.sum()
        names, unit = numbered([("", cell) for cell in own["cell"]])
        ones = np.ones(len(w))
        design = Design(names, *(np.bincount(unit, v) for v in (ones, ones, error, error**2)))
        squares = (u, error * u, error**2 * u, (error * u) ** 2)
        (variance,) = design.variances(*(np.bincount(unit, v)[:, None] for v in squares))
        _, spread = effective_numbers(w.sum(), (w**2).sum(), (w**4).sum())
        half = stats.t.ppf(0.975, spread - 1) * np.sqrt(variance)
        hits += abs(mean - 3) < half
        naive += abs(y.mean() - 3) < half
    assert 0.91 <= hits / 150 <= 0.99
    assert naive == 0
