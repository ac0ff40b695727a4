"""Weighted gaps: regressions over respondents, rows written several times, and simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from satisfaction.core.frames import small
from satisfaction.gap import gap_analysis, weighted_gaps
from tests.python.conftest import on_duckdb
from tests.python.gap.test_gap_analysis import NO_VALUE, sums_of
from tests.python.survey.test_design import CASE, alone, raked, residuals, respondents

LEVELS = {"negative": 1, "confirmed": 2, "positive": 3}
TOLERANCE = 0.05
UNIT = ["survey_id", "stratum", "weighting_cell"]


def own_level(x: Any, y: Any) -> Any:
    """Put each respondent's own ratio into a state, 0 where nothing was expected."""
    own = np.round(x / np.where(y > 0, y, np.nan), 12)
    states = [np.isnan(own), own < 1 - TOLERANCE, own > 1 + TOLERANCE]
    return np.select(states, [0, 1, 3], 2)


def gap_sums(rows: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    """int_weighted_gap_sums of respondents with p, e (0-100), x, y (shares) of one factor."""
    w, d, error = rows["weight"], rows["design_weight"], rows["error_weight"]
    gap, x, y = rows["p"] - rows["e"], rows["x"], rows["y"]
    sums = {
        "weights": w, "weight_squares": w**2, "weight_fourths": w**4,
        "designs": d, "errors": error, "error_squares": error**2,
        "weighted_performance": w * rows["p"], "weighted_expectation": w * rows["e"],
        "square_experience_expected": error**2 * x * y,
    }  # fmt: skip
    for name, value in {"gap": gap, "experience": x, "expected": y}.items():
        sums |= {
            f"weighted_{name}": w * value, f"design_{name}": d * value,
            f"error_{name}": error * value, f"square_{name}": error**2 * value,
            f"square_{name}_{name}": error**2 * value**2,
        }  # fmt: skip
    found = rows.assign(**sums, level=own_level(x, y))
    keys = ["segment_type", "segment_value", *UNIT, "level"]
    parts = [found.assign(segment_type=kind, segment_value=found[kind]) for kind in kinds]
    added = pd.concat(parts).groupby(keys, as_index=False)[list(sums)].sum()
    return added.assign(item_type="factor", item_id="speed", weighted_cost=np.nan)


#: no wave before, and so no change
PLAIN = pd.DataFrame(columns=[*gap_analysis.ITEM, "previous_gap"])
PLAIN = PLAIN.astype(dict.fromkeys(gap_analysis.ITEM, "string") | {"previous_gap": float})
NO_PAIRS = pd.DataFrame({"survey_id": []}, dtype="string")
WAVES = pd.DataFrame(
    {
        "survey_id": ["w1"],
        "item_type": ["factor"],
        "item_id": ["speed"],
        "previous_survey_id": [None],
    }
).astype("string")


def all_of(sums: pd.DataFrame, wave: pd.DataFrame) -> pd.DataFrame:
    """Run the real function on a wave without one before."""
    parts = [on_duckdb(one) for one in (sums, wave, NO_PAIRS, PLAIN, WAVES)]
    found = weighted_gaps.weighted_gaps(*parts, [], TOLERANCE)
    assert found[["previous_gap", "gap_change", "change_low"]].isna().all(axis=None)
    return found


def weighed(answers: pd.DataFrame, wave: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    """Run the real function; wave has all respondents, of whom some did not answer."""
    found = all_of(gap_sums(answers, kinds), wave)
    return found.set_index(["segment_type", "segment_value"])


def plain(rows: pd.DataFrame) -> pd.Series:
    """Let every respondent count once."""
    pairs = [list(rows[list(names)].itertuples(index=False, name=None)) for names in ("pe", "xy")]
    sums = on_duckdb(sums_of(*pairs, TOLERANCE))
    found = gap_analysis.gap_analysis(sums, on_duckdb(NO_VALUE), TOLERANCE)
    return small(found.to_native()).iloc[0]


def answered(rows: pd.DataFrame, seed: int = 3) -> pd.DataFrame:
    """Draw answers on five levels from 0 on, lower where a respondent is from the north."""
    rng = np.random.default_rng(seed)
    mood = 2.3 - 0.8 * (rows["region"] == "north") + 0.5 * (rows["gender"] == "F")
    performance = np.clip(np.round(rng.normal(mood, 1)), 0, 4)
    expectation = np.clip(np.round(rng.normal(2.5, 1, len(rows))), 0, 4)
    found = rows.assign(p=25 * performance, e=25 * expectation, x=performance / 4)
    return found.assign(y=expectation / 4)


@pytest.fixture(scope="module")
def wave() -> pd.DataFrame:
    """Respondents of a wave in two strata, raked, a fifth of whom did not answer."""
    people, rows = pd.read_csv(CASE / "customers.csv"), pd.read_csv(CASE / "answers.csv")
    members = respondents(rows[rows["survey_id"] == "w1"], people.drop(columns="stratum"))
    members = members.drop(columns="stratum").merge(
        people[["customer_id", "stratum"]], on="customer_id"
    )
    members["design_weight"] = members["stratum"].map({"key": 1.2, "other": 3.5})
    weighted = raked(members, people, ["gender", "region"])
    silent = np.random.default_rng(8).random(len(weighted)) < 0.2
    return answered(weighted).assign(is_silent=silent)


def slow(
    rows: pd.DataFrame, inside: Any, top: Any, below: Any, known: Any = 0.0
) -> tuple[float, float, float]:
    """Ratio, variance and effective respondents of a segment, over all respondents."""
    w, d = rows["weight"].to_numpy(), rows["design_weight"].to_numpy()
    total = (w * inside * below).sum()
    ratio = (w * inside * top).sum() / total
    u = inside * (top - ratio * below) / total
    codes = [pd.factorize(rows[name], sort=True)[0] for name in ("gender", "region")]
    e, h = residuals(u, d, codes)
    z = pd.Series(w * e / np.sqrt(1 - h) * np.sqrt(1 - known), index=rows.index)
    groups = z.groupby(rows["stratum"])
    n = groups.transform("size")
    variance = (n / (n - 1) * (z - groups.transform("mean")) ** 2).sum()
    inner = w * inside
    spread = (inner**2).sum() ** 2 / (inner**4).sum()
    everyone = len(rows)
    variance *= spread / (spread - 1) / (everyone / (everyone - 1))
    return ratio, variance, spread


@pytest.mark.parametrize(("kind", "value"), [("total", "total"), ("region", "north")])
def test_errors_are_those_of_a_regression_over_respondents(
    wave: pd.DataFrame, kind: str, value: str
) -> None:
    found = weighed(wave[~wave["is_silent"]], wave, ["total", "region"]).loc[(kind, value)]
    inside = ((wave[kind] == value) & ~wave["is_silent"]).to_numpy(float)
    p, e, x, y = (wave[name].to_numpy() for name in "pexy")
    w = wave["weight"].to_numpy() * inside
    kish = w.sum() ** 2 / (w**2).sum()
    assert found["n_effective"] == pytest.approx(kish)
    assert found["performance"] == pytest.approx((w * p).sum() / w.sum())
    for figure, error, low, (top, below) in (
        ("gap", "standard_error", "gap_low", (p - e, np.ones(len(p)))),
        ("confirmation_ratio", "confirmation_standard_error", "confirmation_low", (x, y)),
    ):
        ratio, variance, spread = slow(wave, inside, top, below)
        t = stats.t.ppf(0.975, np.floor(spread) - 2)
        assert found[figure] == pytest.approx(ratio, rel=1e-9)
        assert found[error] == pytest.approx(np.sqrt(variance), rel=1e-7)
        assert found[low] == pytest.approx(ratio - t * np.sqrt(variance), rel=1e-7)
    level = own_level(x, y)
    has_ratio = (level > 0).astype(float) * inside
    for state, number in LEVELS.items():
        share, variance, spread = slow(wave, has_ratio, (level == number).astype(float), has_ratio)
        assert found[f"{state}_share"] == pytest.approx(share, rel=1e-9)
        inner = wave["weight"].to_numpy() * has_ratio
        few = (inner.sum() ** 2 / (inner**2).sum()) * min(share, 1 - share) < 10
        n = share * (1 - share) / variance
        n = min(n, inner.sum() ** 2 / (inner**2).sum()) if few else n
        t = stats.t.ppf(0.975, np.floor(spread) - 2)
        # the ends of Wilson's interval are the shares that the estimate is just t errors from
        for end, bracket in (("low", (0.0, share)), ("high", (share, 1.0))):
            edge = optimize.brentq(
                lambda true, share=share, n=n, t=t: (
                    (share - true) ** 2 - t**2 * true * (1 - true) / n
                ),
                *bracket,
            )
            assert found[f"{state}_share_{end}"] == pytest.approx(edge, rel=1e-7)


def test_who_skipped_the_item_is_not_known_of_a_finite_population(wave: pd.DataFrame) -> None:
    """Of each stratum and weighting cell the share answering, times that of the item's answers."""
    rows = wave.assign(
        sampled_share=np.where(wave["stratum"] == "key", 0.8, 0.3), answered_share=0.5
    )
    found = weighed(rows[~rows["is_silent"]], rows, ["total"]).loc[("total", "total")]
    answered = (~rows["is_silent"]).to_numpy(float)
    of_unit = pd.Series(answered).groupby([rows["stratum"], rows["weighting_cell"]])
    known = rows["sampled_share"] * of_unit.transform("mean")
    ones, difference = np.ones(len(rows)), (rows["p"] - rows["e"]).to_numpy()
    gap, variance, _ = slow(rows, answered, difference, ones, known)
    assert found["gap"] == pytest.approx(gap)
    assert found["standard_error"] ** 2 == pytest.approx(variance, rel=1e-5)
    _, uncorrected, _ = slow(rows, answered, difference, ones)
    assert variance < 0.8 * uncorrected


def test_equal_weights_are_no_weights(wave: pd.DataFrame) -> None:
    """All but the intervals of shares, which have Student's t for z."""
    rows = alone(wave.assign(stratum=""), np.ones(len(wave)))
    given = rows[~rows["is_silent"]]
    found = weighed(given, rows, ["total", "region"])
    for kind, value in found.index:
        expected = plain(given[given[kind] == value])
        row = found.loc[(kind, value)]
        assert row["n_effective"] == pytest.approx(expected["n_respondents"])
        assert row["confirmation_state"] == expected["confirmation_state"]
        names = ["performance", "expectation", "gap", "standard_error", "gap_low", "gap_high"]
        names += ["confirmation_ratio", "confirmation_standard_error", "confirmation_low"]
        names += ["confirmation_high", *(f"{state}_share" for state in LEVELS)]
        # Student's t of the engine is a polynomial, good to six digits
        np.testing.assert_allclose(
            row[names].to_numpy(float), expected[names].to_numpy(float), rtol=1e-5
        )
        assert np.isnan(row["cost"])


def test_whole_weights_are_rows_written_several_times(wave: pd.DataFrame) -> None:
    times = np.random.default_rng(5).integers(1, 6, len(wave))
    rows = alone(wave.assign(stratum=""), times.astype(float))
    found = weighed(rows, rows, ["total", "gender"])
    for kind, value in found.index:
        inside = rows[kind] == value
        copies = rows[inside].loc[rows.index[inside].repeat(times[inside])]
        expected, row = plain(copies), found.loc[(kind, value)]
        names = ["performance", "expectation", "gap", "confirmation_ratio"]
        names += [f"{state}_share" for state in LEVELS]
        np.testing.assert_allclose(row[names].to_numpy(float), expected[names].to_numpy(float))
        # a copy is no further respondent
        assert row["standard_error"] > expected["standard_error"]


def test_who_all_say_the_same_err_by_nothing(wave: pd.DataFrame) -> None:
    same = wave.assign(p=75.0, e=50.0, x=0.75, y=0.5)
    found = weighed(same, same, ["total"]).loc[("total", "total")]
    assert found[["gap", "gap_low", "gap_high"]].tolist() == pytest.approx([25, 25, 25], abs=1e-9)
    assert found["confirmation_standard_error"] == pytest.approx(0, abs=1e-9)
    assert found["confirmation_state"] == "positive"
    assert found["positive_share"] == 1
    assert 0.9 < found["positive_share_low"] < 1


def test_nothing_expected_one_respondent_and_nobody(wave: pd.DataFrame) -> None:
    nothing = wave.assign(e=0.0, y=0.0)
    found = weighed(nothing, nothing, ["total"]).loc[("total", "total")]
    ratios = [name for name in found.index if "confirmation" in name or "share" in name]
    assert len(ratios) == 14
    assert found[ratios].isna().all()
    assert found["gap"] > 0
    single = weighed(wave[:1], wave, ["total"]).loc[("total", "total")]
    assert single["gap"] == pytest.approx(wave["p"].iloc[0] - wave["e"].iloc[0])
    assert single[["standard_error", "gap_low", "confirmation_high"]].isna().all()
    no_weight = wave.assign(weight=0.0, design_weight=0.0, error_weight=0.0)
    assert weighed(no_weight, wave, ["total"]).empty


def test_a_cost_is_minus_itself(wave: pd.DataFrame) -> None:
    """Components of delivered value, which have no expectation and no ratio."""
    sums = gap_sums(wave.assign(p=0.0, e=60.0, x=np.nan, y=np.nan), ["total"])
    cost = sums.assign(
        weighted_cost=sums["weighted_expectation"],
        weighted_performance=np.nan,
        weighted_expectation=np.nan,
        level=0,
    )
    names = [name for name in cost if "exp" in name and "square_gap" not in name]
    cost[names] = np.nan
    found = all_of(cost, wave).iloc[0]
    assert (found["cost"], found["gap"]) == (pytest.approx(60), pytest.approx(-60))
    others = ["performance", "expectation", "confirmation_ratio", "positive_share"]
    assert found[[*others, "confirmation_state"]].isna().all()


def test_intervals_hold_the_customers_where_men_answer_nine_times_as_often() -> None:
    """Nine to one, n = 300: the gap, the ratio and the share that fell short."""
    rng = np.random.default_rng(6)
    n_people, n_surveys = 2000, 100
    people = pd.DataFrame({"gender": np.repeat(["F", "M"], n_people // 2), "total": "total"})
    people["customer_id"] = np.arange(n_people).astype(str)
    is_man = (people["gender"] == "M").to_numpy()
    names = {"gap": "gap", "confirmation_ratio": "confirmation", "negative_share": "negative_share"}
    came, truth = [], {}
    for number in range(n_surveys):
        performance = np.clip(np.round(rng.normal(np.where(is_man, 4.0, 2.8), 1)), 1, 5)
        expectation = np.clip(np.round(rng.normal(3.8, 0.8, n_people)), 1, 5)
        all_of_them = people.assign(
            p=25 * (performance - 1), e=25 * (expectation - 1),
            x=performance / 5, y=expectation / 5, survey_id=f"s{number:03d}",
        )  # fmt: skip
        came.append(all_of_them[rng.random(n_people) < np.where(is_man, 0.27, 0.03)])
        truth[f"s{number:03d}"] = {
            "gap": (all_of_them["p"] - all_of_them["e"]).mean(),
            "confirmation_ratio": performance.sum() / expectation.sum(),
            "negative_share": (own_level(all_of_them["x"], all_of_them["y"]) == 1).mean(),
        }
    members = raked(pd.concat(came).assign(stratum="", design_weight=1.0), people, ["gender"])
    found = all_of(gap_sums(members, ["total"]), members).set_index("survey_id")
    true = pd.DataFrame(truth).T.loc[found.index]
    for figure, stem in names.items():
        low, high = found[f"{stem}_low"], found[f"{stem}_high"]
        # of 100 surveys that each hold the truth with 95 %, 90 to 99 do
        assert 90 <= ((low <= true[figure]) & (true[figure] <= high)).sum() <= 99, figure
