"""Changes of weighted scores and gaps: loops over respondents, plain figures, and simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfaction.core.frames import small
from satisfaction.gap import gap_analysis, weighted_gaps
from satisfaction.survey import score_changes, weighted_scores
from satisfaction.survey.scores import SCORE, survey_scores
from tests.python.conftest import on_duckdb
from tests.python.gap.test_weighted_gaps import TOLERANCE, answered, gap_sums
from tests.python.survey.test_design import CASE, alone, raked, residuals, respondents
from tests.python.survey.test_weighted_scores import MEASURES, SCALE, answer_sums

UNIT = ["stratum", "weighting_cell"]
KINDS = ["total", "region"]
BY = ["gender", "region"]
WAVES = pd.DataFrame({"survey_id": ["w1", "w2"], "previous_survey_id": [None, "w1"]})
#: what an answer adds to measures that are checked, by level from 0 on
LEVELS = {
    "nps": [0.0] + [-100.0] * 7 + [0.0] * 2 + [100.0] * 2,
    "mean": [0.0, *range(11)],
    "promoters": [0.0] * 10 + [100.0] * 2,
}


def both_waves(
    said: pd.DataFrame, columns: list[str], kinds: list[str], waves: pd.DataFrame = WAVES
) -> pd.DataFrame:
    """Join what customers of two waves said, as the models do; null where they said nothing."""
    names = [*columns, *UNIT, "error_weight", *kinds]
    pairs = []
    for survey, before in waves.dropna().itertuples(index=False, name=None):
        now, earlier = (
            said.loc[said["survey_id"] == wave, ["customer_id", *names]]
            for wave in (survey, before)
        )
        both = now.merge(earlier, on="customer_id", suffixes=("", "_before"))
        pairs.append(both.assign(survey_id=survey))
    found = pd.concat(pairs)
    e, earlier = found["error_weight"], found["error_weight_before"]
    return found.assign(errors=e, errors_before=earlier, both=e * earlier, n=1)


def plain_scores(
    answers: pd.DataFrame, kinds: list[str], waves: pd.DataFrame = WAVES
) -> pd.DataFrame:
    """Run the functions that are not weighted."""
    given = answers[answers["level"] > 0]
    said = given.merge(SCALE, on="level")
    keys = ["survey_id", "segment_type", "segment_value"]
    parts = [said.assign(segment_type=kind, segment_value=said[kind]) for kind in kinds]
    flags = {"satisfied": "is_satisfied", "top_2": "is_top_2", "bottom": "is_bottom"}
    flags |= {"promoters": "is_promoter", "detractors": "is_detractor"}
    sums = (
        pd.concat(parts)
        .groupby(keys, as_index=False)
        .agg(
            n_valid=("level", "size"),
            value_sum=("value", "sum"),
            square_sum=("value", lambda value: (value**2).sum()),
            **{f"n_{name}": (flag, "sum") for name, flag in flags.items()},
        )
    )
    sums = sums.assign(
        question_id="q_recommend", role="recommend", n_levels=11, value_min=0.0, value_max=10.0,
        n_satisfied_levels=4, n_missing=0, n_not_understood=0, n_respondents=sums["n_valid"],
    )  # fmt: skip
    both = both_waves(given, ["level"], kinds, waves)
    pairs = [
        both[both[kind] == both[f"{kind}_before"]].assign(
            segment_type=kind, segment_value=lambda t, kind=kind: t[kind]
        )
        for kind in kinds
    ]
    twice = pd.concat(pairs).rename(columns={"level_before": "previous_level"})
    counted = twice.groupby([*keys, "level", "previous_level"], as_index=False)["n"].sum()
    counted = counted.rename(columns={"n": "n_pairs"}).assign(question_id="q_recommend")
    times = on_duckdb(waves.assign(n_respondents=100, invited=0).astype({"survey_id": "string"}))
    scored = survey_scores(on_duckdb(sums), times, 5.0)
    asked = on_duckdb(SCALE.assign(role="recommend"))
    found = score_changes.score_changes(scored, on_duckdb(counted), asked, times)
    return small(found.to_native())


def scored(
    answers: pd.DataFrame, members: pd.DataFrame, kinds: list[str], order: pd.DataFrame = WAVES
) -> pd.DataFrame:
    """Run the real functions; level 0 is a blank, and who has none skipped the question."""
    waves = [
        answer_sums(of_wave, kinds).assign(survey_id=wave)
        for wave, of_wave in answers.groupby("survey_id")
    ]
    asked = members.merge(answers[["survey_id", "customer_id", "level"]], how="left")
    asked["level"] = asked["level"].where(asked["level"] > 0).astype("Int64")
    pairs = both_waves(asked, ["level"], kinds, order).assign(question_id="q_recommend")
    frames = (pd.concat(waves), members, pairs, SCALE, plain_scores(answers, kinds, order), order)
    parts = [on_duckdb(frame) for frame in frames]
    found = weighted_scores.weighted_scores(*parts, kinds, 5.0)
    return found.set_index(list(SCORE)).droplevel("question_id")


@pytest.fixture(scope="module")
def two_waves() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Customers, respondents of two waves in two strata, and what they answered once."""
    people, rows = pd.read_csv(CASE / "customers.csv"), pd.read_csv(CASE / "answers.csv")
    members = respondents(rows, people.drop(columns="stratum")).drop(columns="stratum")
    members = members.merge(people[["customer_id", "stratum"]], on="customer_id")
    members["design_weight"] = members["stratum"].map({"key": 1.2, "other": 3.5})
    once = rows.drop_duplicates(["survey_id", "customer_id"])
    levels = once[["survey_id", "customer_id", "recommend"]].assign(
        level=(once["recommend"] + 1).fillna(0).astype(int)
    )
    return people, members, levels.drop(columns="recommend")


def z_of(of_wave: pd.DataFrame, inside: Any, value: Any) -> pd.Series:
    """What margins leave of a mean, of each respondent of a wave, one by one."""
    w, d = of_wave["weight"].to_numpy(), of_wave["design_weight"].to_numpy()
    mean = (w * inside * value).sum() / (w * inside).sum()
    u = inside * (value - mean) / (w * inside).sum()
    codes = [pd.factorize(of_wave[name], sort=True)[0] for name in BY]
    e, h = residuals(u, d, codes)
    z = pd.Series(w * e / np.sqrt(1 - h), index=of_wave["customer_id"])
    of = of_wave.set_index("customer_id")["stratum"]
    if of.nunique() == 1:
        return z
    n = z.groupby(of).transform("size")
    return np.sqrt(n / (n - 1)) * (z - z.groupby(of).transform("mean"))


def r_of(z: dict[str, pd.Series], less: float = 0.0) -> float:
    both = z["w1"].index.intersection(z["w2"].index)
    covariance = (z["w1"][both] * z["w2"][both]).sum()
    covariance = max(covariance - less, 0) if covariance > 0 else covariance
    return float(covariance / np.sqrt((z["w1"] ** 2).sum() * (z["w2"] ** 2).sum()))


def expected_low(now: pd.Series, before: pd.Series, names: tuple[str, str, str], r: float) -> float:
    """Lower end of a change from the ends of both figures, see `score_changes`."""
    figure, low, high = names
    down, rise = now[figure] - now[low], before[high] - before[figure]
    return float(now[figure] - before[figure] - np.sqrt(down**2 - 2 * r * down * rise + rise**2))


@pytest.mark.parametrize("strata", [True, False])
@pytest.mark.parametrize("value", ["total", "north"])
def test_scores_change_as_loops_over_respondents_say(
    two_waves: Any, strata: bool, value: str
) -> None:
    people, members, levels = two_waves
    rows = raked(members if strata else members.assign(stratum=""), people, BY)
    answers = rows.merge(levels, on=["survey_id", "customer_id"])
    found = scored(answers, rows, KINDS)
    kind = "total" if value == "total" else "region"
    for measure, said in LEVELS.items():
        z, both = {}, {}
        for wave, of_wave in answers.groupby("survey_id"):
            inside = ((of_wave[kind] == value) & (of_wave["level"] > 0)).to_numpy(float)
            z[wave] = z_of(of_wave, inside, np.array(said)[of_wave["level"]])
            n = of_wave.groupby("stratum")["level"].transform("size")
            scale = np.sqrt(n / (n - 1)) if strata else 1.0
            e = scale * of_wave["error_weight"] / (of_wave["weight"] * inside).sum()
            both[wave] = e.set_axis(of_wave["customer_id"])[inside > 0]
        # Newcombe's half an answer of a share, times what an answer of both waves counts
        half = 0.5e4 * (both["w1"] * both["w2"]).mean() if measure == "promoters" else 0.0
        row, before = (found.loc[(wave, kind, value, measure)] for wave in ("w2", "w1"))
        r = r_of(z, half)
        assert abs(r) > 0.02
        low = expected_low(row, before, ("score", "score_low", "score_high"), r)
        assert row["change_low"] == pytest.approx(low, rel=1e-9)


def test_equal_weights_are_no_weights(two_waves: Any) -> None:
    _, members, levels = two_waves
    # all answer, so that nobody stands beside the question
    levels = levels[levels["level"] > 0]
    rows = members.merge(levels, on=["survey_id", "customer_id"])
    rows = alone(rows.assign(stratum=""), np.ones(len(rows)))
    found, plain = scored(rows, rows.drop(columns="level"), KINDS), plain_scores(rows, KINDS)
    expected = plain.set_index(list(SCORE)).droplevel("question_id")
    for place in expected.index[expected["previous_score"].notna()]:
        if place[0] == "w2" and place[3] in MEASURES:
            row, before = found.loc[place], found.loc[("w1", *place[1:])]
            r = expected.loc[place, "change_correlation"]
            if place[3] == "mean":
                # whose standard error without weights divides by n - 1, and whose covariance by n
                sizes = (expected.loc[(wave, *place[1:]), "n_answers"] for wave in ("w1", "w2"))
                r *= np.prod([np.sqrt(n / (n - 1)) for n in sizes])
            low = expected_low(row, before, ("score", "score_low", "score_high"), r)
            assert row["change_low"] == pytest.approx(low), place


def gap_pairs(rows: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    """int_weighted_gap_pairs of respondents with p and e, where they are not silent."""
    gap = (rows["p"] - rows["e"]).where(~rows["is_silent"])
    found = both_waves(rows.assign(gap=gap), ["gap"], kinds)
    now, before, both = found["gap"], found["gap_before"], found["both"]
    return found.assign(
        item_type="factor", item_id="speed",
        is_said=now.notna(), is_said_before=before.notna(),
        errors_gap=found["errors"] * now, errors_before_gap=found["errors_before"] * before,
        both_gap=both * now, both_gap_before=both * before, both_gaps=both * now * before,
    )  # fmt: skip


GAP_WAVES = WAVES.assign(item_type="factor", item_id="speed").astype("string")
NAMES = ("gap", "gap_low", "gap_high")


def weighed(rows: pd.DataFrame, kinds: list[str], waves: pd.DataFrame = GAP_WAVES) -> pd.DataFrame:
    """Run the real function, as if the plain gap of every segment had a wave before."""
    sums = [
        gap_sums(of_wave[~of_wave["is_silent"]], kinds) for _, of_wave in rows.groupby("survey_id")
    ]
    known = pd.concat(sums)[[*gap_analysis.ITEM]].drop_duplicates()
    plain = known.assign(previous_gap=np.where(known["survey_id"] == "w1", np.nan, 0.0))
    frames = (pd.concat(sums), rows, gap_pairs(rows, kinds), plain, waves)
    found = weighted_gaps.weighted_gaps(*(on_duckdb(f) for f in frames), kinds, TOLERANCE)
    return found.set_index(["survey_id", "segment_type", "segment_value"])


@pytest.mark.parametrize("strata", [True, False])
@pytest.mark.parametrize("value", ["total", "north"])
def test_gaps_change_as_loops_over_respondents_say(
    two_waves: Any, strata: bool, value: str
) -> None:
    people, members, _ = two_waves
    rows = raked(members if strata else members.assign(stratum=""), people, BY)
    rows = answered(rows).assign(is_silent=np.random.default_rng(8).random(len(rows)) < 0.2)
    # the same customer answers alike
    rows["p"] += 75 * (rows["customer_id"].str[-1].astype(int) > 4)
    found = weighed(rows, KINDS)
    kind = "total" if value == "total" else "region"
    z = {}
    for wave, of_wave in rows.groupby("survey_id"):
        inside = ((of_wave[kind] == value) & ~of_wave["is_silent"]).to_numpy(float)
        z[wave] = z_of(of_wave, inside, (of_wave["p"] - of_wave["e"]).to_numpy())
    row, before = (found.loc[(wave, kind, value)] for wave in ("w2", "w1"))
    r = r_of(z)
    assert abs(r) > 0.02
    assert row["change_low"] == pytest.approx(expected_low(row, before, NAMES, r), rel=1e-9)


def test_equal_gaps_are_those_without_weights(two_waves: Any) -> None:
    _, members, _ = two_waves
    rows = alone(answered(members.assign(stratum="")), np.ones(len(members)))
    rows = rows.assign(is_silent=np.random.default_rng(8).random(len(rows)) < 0.2)
    found = weighed(rows, ["total"])
    of = {
        wave: of_wave[~of_wave["is_silent"]].set_index("customer_id")
        for wave, of_wave in rows.groupby("survey_id")
    }
    now, before = ((wave["p"] - wave["e"]) for wave in (of["w2"], of["w1"]))
    both = now.index.intersection(before.index)
    n, earlier = len(now), len(before)
    products = ((now[both] - now.mean()) * (before[both] - before.mean())).sum()
    r = products / ((n - 1) * (earlier - 1)) ** 0.5 / (now.std() * before.std())
    row, old = (found.loc[(wave, "total", "total")] for wave in ("w2", "w1"))
    assert row["change_low"] == pytest.approx(expected_low(row, old, NAMES, r), rel=1e-9)


def test_intervals_hold_the_change_where_men_answer_six_times_as_often() -> None:
    """A gender says the same in both waves, which margins explain: its answers do not add up."""
    rng = np.random.default_rng(7)
    n_people, panels = 2000, [f"p{number:03d}" for number in range(300)]
    is_man = np.arange(n_people) >= n_people // 2
    parts, truth = [], {}
    for panel in panels:
        people = pd.DataFrame(
            {"panel": panel, "cell": np.where(is_man, f"{panel} m", f"{panel} f")}
        )
        people["customer_id"] = [f"{panel} {number}" for number in range(n_people)]
        # who answers does so in two of three waves
        willing, means = rng.random(n_people) < np.where(is_man, 0.3, 0.05), {}
        for wave in ("w1", "w2"):
            mood = np.where(is_man, 9.0, 5.0) + rng.normal(0, 1.2, n_people)
            value = np.clip(np.round(mood + 0.3 * (wave == "w2")), 0, 10)
            came = willing & (rng.random(n_people) < 2 / 3)
            parts.append(people[came].assign(survey_id=wave, level=value[came].astype(int) + 1))
            means[wave] = value.mean()
        truth[panel] = means["w2"] - means["w1"]
    customers = pd.DataFrame(
        {"cell": [f"{panel} {gender}" for panel in panels for gender in "fm" for _ in range(1000)]}
    )
    rows = pd.concat(parts).assign(total="total", stratum="", design_weight=1.0)
    rows = raked(rows, customers, ["cell"])
    found = scored(rows, rows.drop(columns="level"), ["total", "panel"])
    found = found.xs("mean", level="measure").loc[("w2", "panel")]
    true = pd.Series(truth).loc[found.index]
    held = (found["change_low"] <= true) & (true <= found["change_high"])
    # of 300 that each hold it with 95 %, 92 to 98 % do
    assert len(held) == 300
    assert 0.92 <= held.mean() <= 0.98
    half = (found["change_high"] - found["change_low"]).mean() / 2
    assert half == pytest.approx(2.0 * np.std(found["score_change"] - true), rel=0.1)
