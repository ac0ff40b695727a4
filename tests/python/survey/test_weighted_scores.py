"""Weighted scores of questions: published figures, regressions over respondents, simulation."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfaction.core.design import wave_designs
from satisfaction.survey import scores, weighted_scores
from satisfaction.survey.weighted_scores import of_wave
from tests.python.conftest import on_duckdb
from tests.python.survey.test_design import CASE, alone, raked, residuals, respondents

SCALE = pd.DataFrame({"value": np.arange(11.0)}).assign(
    question_id="q_recommend",
    level=np.arange(1, 12),
    is_satisfied=lambda t: t["value"] >= 7,
    is_top_2=False,
    is_bottom=lambda t: t["value"] == 0,
    is_promoter=lambda t: t["value"] >= 9,
    is_detractor=lambda t: t["value"] <= 6,
)
MEASURES = ("satisfied_share", "promoters", "detractors", "passives", "nps", "mean", "bottom_box")


def answer_sums(answers: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    """int_weighted_answer_sums of answers with the weights of who gave them; level 0 is a blank."""
    w, d, error = answers["weight"], answers["design_weight"], answers["error_weight"]
    powers = answers.assign(
        weights=w, weight_squares=w**2, weight_fourths=w**4,
        designs=d, errors=error, error_squares=error**2, question_id="q_recommend",
    )  # fmt: skip
    keys = ["segment_type", "segment_value", "stratum", "weighting_cell", "question_id", "level"]
    by_kind = [powers.assign(segment_type=kind, segment_value=powers[kind]) for kind in kinds]
    sums = list(weighted_scores.SUMS)
    return pd.concat(by_kind).groupby(keys, as_index=False)[sums].sum()


def plain_rows(answers: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    """Count answers and respondents, of every measure."""
    given = answers[answers["level"] > 0]
    parts = []
    for kind in kinds:
        counts = given.groupby(kind).agg(
            n_answers=("level", "size"), n_effective=("customer_id", "nunique")
        )
        counts = counts.rename_axis("segment_value").reset_index()
        parts += [
            counts.assign(segment_type=kind, question_id="q_recommend", measure=measure)
            for measure in MEASURES
        ]
    return pd.concat(parts, ignore_index=True)


def scored(answers: pd.DataFrame, people: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    """Run the real functions; people are the respondents of the wave, who may not have answered."""
    (design,) = wave_designs(on_duckdb(people.assign(survey_id="w1"))).values()
    found, _ = of_wave(answer_sums(answers, kinds), design, SCALE, plain_rows(answers, kinds))
    return found.set_index(["segment_value", "measure"])


@pytest.fixture(scope="module")
def wave() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answers and respondents of the first of the two published waves, raked."""
    people, rows = pd.read_csv(CASE / "customers.csv"), pd.read_csv(CASE / "answers.csv")
    invited = pd.read_csv(CASE / "invitations.csv")
    rows = rows[rows["survey_id"] == "w1"]
    drawn = invited[invited["survey_id"] == "w1"]["stratum"].value_counts()
    members = respondents(rows, people.drop(columns="stratum")).merge(
        people[["customer_id", "stratum"]], on="customer_id", suffixes=("_", "")
    )
    frame = people["stratum"].value_counts()
    members["design_weight"] = members["stratum"].map(frame / drawn)
    weighted = raked(members, people, ["gender", "region"])
    answers = weighted.merge(rows[["customer_id", "recommend"]], on="customer_id")
    answers["level"] = (answers["recommend"] + 1).fillna(0).astype(int)
    return answers, weighted


def test_a_published_weighted_nps(wave: Any) -> None:
    """Its interval is as wide as that of the published error, who answered twice aside."""
    answers, members = wave
    found = scored(answers, members, ["total"]).loc[("total", "nps")]
    published = json.loads((CASE / "expected.json").read_text())
    assert found["score"] == pytest.approx(published["w1 nps"], abs=1e-9)
    # HC2 adds, and several questionnaires of one customer are told apart by their number alone
    assert found["standard_error"] == pytest.approx(published["w1 nps se"], rel=0.05)


@pytest.mark.parametrize("measure", ["nps", "mean", "satisfied_share"])
@pytest.mark.parametrize("value", ["total", "north"])
def test_errors_are_those_of_a_regression_over_respondents(
    wave: Any, measure: str, value: str
) -> None:
    answers, members = wave
    once = answers.drop_duplicates("customer_id")
    kind = "total" if value == "total" else "region"
    found = scored(once, members, [kind]).loc[(value, measure)]
    of_level = {
        "nps": 100.0 * SCALE["is_promoter"] - 100.0 * SCALE["is_detractor"],
        "mean": SCALE["value"],
        "satisfied_share": 100.0 * SCALE["is_satisfied"],
    }[measure].to_numpy()
    rows = members.merge(once[["customer_id", "level"]], on="customer_id")
    inside = ((rows[kind] == value) & (rows["level"] > 0)).to_numpy(float)
    y = of_level[np.maximum(rows["level"] - 1, 0)]
    w, d = rows["weight"].to_numpy(), rows["design_weight"].to_numpy()
    mean = (w * inside * y).sum() / (w * inside).sum()
    u = inside * (y - mean) / (w * inside).sum()
    codes = [pd.factorize(rows[name], sort=True)[0] for name in ("gender", "region")]
    e, h = residuals(u, d, codes)
    z = pd.Series(w * e / np.sqrt(1 - h))
    n = z.groupby(rows["stratum"]).transform("size")
    variance = (n / (n - 1) * (z - z.groupby(rows["stratum"]).transform("mean")) ** 2).sum()
    inner = w * inside
    spread = (inner**2).sum() ** 2 / (inner**4).sum()
    variance *= spread / (spread - 1) / (len(rows) / (len(rows) - 1))
    assert found["score"] == pytest.approx(mean)
    assert found["standard_error"] == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert found["n_effective"] == pytest.approx(inner.sum() ** 2 / (inner**2).sum())
    if measure == "mean":
        t = stats.t.ppf(0.975, np.floor(spread) - 2)
        assert found["score_high"] - mean == pytest.approx(t * np.sqrt(variance))


def test_equal_weights_are_no_weights(wave: Any) -> None:
    """Scores and the errors of means; the interval of a share has Student's t for z."""
    answers, members = wave
    members = alone(members.assign(stratum=""), np.ones(len(members)))
    once = answers.drop_duplicates("customer_id")[["customer_id", "level", "total", "region"]]
    once = once.merge(members.drop(columns=["total", "region"]), on="customer_id")
    found = scored(once, members, ["total", "region"])
    given = once[once["level"] > 0]
    values = given["level"] - 1.0
    mean = found.loc[("total", "mean")]
    assert mean["score"] == pytest.approx(values.mean())
    assert mean["standard_error"] == pytest.approx(values.std() / np.sqrt(len(values)))
    assert mean["n_effective"] == pytest.approx(len(values))
    share = found.loc[("total", "promoters")]
    p, n = (values >= 9).mean(), len(values)
    assert share["score"] == pytest.approx(100 * p)
    t = np.array([stats.t.ppf(0.975, n - 1)])
    low, high = weighted_scores.wilson(np.array([p]), np.array([n - 1.0]), t)
    assert (share["score_low"], share["score_high"]) == pytest.approx((100 * low[0], 100 * high[0]))
    assert set(found.index.unique("measure")) <= set(scores.SHARES) | {"mean", "nps"}


def test_shares_of_all_and_of_nobody_have_a_width(wave: Any) -> None:
    answers, members = wave
    once = answers.drop_duplicates("customer_id").assign(level=11)
    found = scored(once, members, ["total"])
    assert found.loc[("total", "promoters"), ["score", "score_high"]].tolist() == pytest.approx(
        [100, 100]
    )
    assert 85 < found.loc[("total", "promoters"), "score_low"] < 97
    assert 0 < found.loc[("total", "detractors"), "score_high"] < 15
    assert found.loc[("total", "nps"), "score_low"] < 97
    nobody = scored(
        once.assign(weight=0.0, design_weight=0.0, error_weight=0.0), members, ["total"]
    )
    assert nobody.empty


def test_intervals_hold_the_customers_where_men_answer_nine_times_as_often() -> None:
    """Nine to one, n = 300: a mean, NPS, and shares of 83 and of hardly any %."""
    rng = np.random.default_rng(4)
    n_people, n_surveys = 3000, 200
    people = pd.DataFrame({"gender": np.repeat(["f", "m"], n_people // 2), "total": "total"})
    people["customer_id"] = np.arange(n_people).astype(str)
    is_man = (people["gender"] == "m").to_numpy()
    held = dict.fromkeys(["mean", "nps", "satisfied_share", "bottom_box"], 0)
    for _ in range(n_surveys):
        mood = rng.normal(np.where(is_man, 8.5, 7.0), 2.0, n_people)
        value = np.clip(np.round(mood), 0, 10)
        answered = rng.random(n_people) < np.where(is_man, 0.18, 0.02)
        members = people[answered].assign(survey_id="w", stratum="", design_weight=1.0)
        members = raked(members, people, ["gender"])
        level = pd.Series(value + 1, index=people["customer_id"]).astype(int)
        answers = members.assign(level=members["customer_id"].map(level))
        found = scored(answers, members, ["total"]).loc["total"]
        truth = {
            "mean": value.mean(),
            "nps": 100 * ((value >= 9).mean() - (value <= 6).mean()),
            "satisfied_share": 100 * (value >= 7).mean(),
            "bottom_box": 100 * (value == 0).mean(),
        }
        for measure, true in truth.items():
            low, high = found.loc[measure, ["score_low", "score_high"]]
            held[measure] += low <= true <= high
    # of 200 surveys that each hold the truth with 95 %, 92 to 98 % do
    for measure in ("mean", "nps", "satisfied_share"):
        assert 0.92 <= held[measure] / n_surveys <= 0.98, held
    # of a share of nobody or hardly anybody more: its interval begins at 0
    assert held["bottom_box"] / n_surveys >= 0.92, held
