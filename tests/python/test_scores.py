"""Scores of single questions: published figures, an independent count of the demo, properties."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from statistics import stdev

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike
from scipy import stats

from satisfaction.core import intervals
from satisfaction.core.frames import lazy, small
from satisfaction.survey import scores
from tests.python.conftest import ROOT, Built, on_duckdb
from tests.python.engine import Engine

Z = 1.959963984540054
KEY = ["survey_id", "segment_type", "segment_value", "measure", "question_id"]


def wilson(counted: ArrayLike, n: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    frame = pd.DataFrame({"p": np.divide(counted, n).ravel(), "n": np.ravel(n)})
    low, high = intervals.wilson_interval(nw.col("p"), nw.col("n"))
    found = small(on_duckdb(frame.reset_index()).select("index", low=low, high=high).to_native())
    found = found.sort_values("index")
    return found["low"].to_numpy(), found["high"].to_numpy()


# --- published figures ------------------------------------------------------------------------


def test_wilson_published() -> None:
    """Newcombe (1998), Two-sided confidence intervals for the single proportion, Table I."""
    low, high = wilson([81, 15, 0, 1], [263, 148, 20, 29])
    np.testing.assert_allclose(low, [0.2553, 0.0624, 0, 0.0061], atol=5e-5)
    np.testing.assert_allclose(high, [0.3662, 0.1605, 0.1611, 0.1718], atol=5e-5)


def recommended(promoters: ArrayLike, passives: ArrayLike, detractors: ArrayLike) -> pd.DataFrame:
    """Score recommendations of 10, 8 and 3, a segment per entry."""
    high, middle, low = (
        np.atleast_1d(np.asarray(k, float)) for k in (promoters, passives, detractors)
    )
    n = high + middle + low
    sums = pd.DataFrame(
        {
            **{name: "x" for name in ["survey_id", "segment_type", "question_id"]},
            "segment_value": [str(i) for i in range(len(n))],
            "role": "recommend",
            "n_levels": 11,
            "value_min": 0.0,
            "value_max": 10.0,
            "n_respondents": n.astype(int),
            "n_valid": n.astype(int),
            "n_promoters": high,
            "n_detractors": low,
            "value_sum": 10 * high + 8 * middle + 3 * low,
            "square_sum": 100 * high + 64 * middle + 9 * low,
        }
    )
    return small(scores.mean_scores(on_duckdb(sums)).to_native()).set_index("measure")


def test_all_promoters_are_not_certain() -> None:
    """Ten of ten (Rocks 2016, AW(3, T)): p = 10.75 / 13, d = .75 / 13, 76.9 ± 1.96 · 15.0."""
    nps = recommended(10, 0, 0).loc["nps"]
    assert (nps["score"], nps["standard_error"], nps["score_high"]) == (100, 0, 100)
    error = 100 * sqrt((11.5 / 13 - (10 / 13) ** 2) / 13)
    assert nps["score_low"] == pytest.approx(100 * 10 / 13 - 1.959964 * error)
    assert nps["score_low"] == pytest.approx(47.5, abs=0.1)
    assert recommended(0, 0, 10).loc["nps"]["score_high"] == pytest.approx(-nps["score_low"])


def test_mean_of_few_has_students_interval() -> None:
    """Recommendations of 10, 10, 8, 3: mean 7.75, s = 3.304, t of three degrees 3.182."""
    mean = recommended(2, 1, 1).loc["mean"]
    half = 3.182446 * stdev([10, 10, 8, 3]) / 2
    assert mean["score_low"] == pytest.approx(7.75 - half)
    assert mean["score_high"] == 10  # cut at the end of the scale


@pytest.mark.parametrize("shares", [(0.5, 0.3, 0.2), (0.7, 0.2, 0.1), (0.1, 0.3, 0.6)])
@pytest.mark.parametrize("n", [5, 10, 30, 100])
def test_intervals_hold_the_truth(n: int, shares: tuple[float, float, float]) -> None:
    """Thousands of surveys; not reliable ones, too, hold it in 93 % at least."""
    drawn = np.random.default_rng(n).multinomial(n, shares, 4000)
    found = recommended(*drawn.T)
    truth = {"nps": 100 * (shares[0] - shares[2]), "mean": np.dot(shares, (10, 8, 3))}
    for measure, value in truth.items():
        rows = found.loc[measure].dropna(subset=["score_low"])
        held = ((rows["score_low"] <= value) & (value <= rows["score_high"])).mean()
        if n >= 30:
            assert 0.93 <= held <= 0.97, measure
        elif measure == "nps":
            assert held >= 0.93


def test_nps_published() -> None:
    """Half promoters, 30 of 100 passive, 20 detractors: 30 points, with an error of 7.81."""
    found = recommended(50, 30, 20)
    nps = found.loc["nps"]
    assert nps["score"] == pytest.approx(30)
    assert nps["standard_error"] == pytest.approx(7.81, abs=5e-3)
    # p = 50.75 / 103, d = 20.75 / 103
    error = 100 * sqrt((71.5 / 103 - (30 / 103) ** 2) / 103)
    assert nps["score_low"] == pytest.approx(3000 / 103 - Z * error)
    assert nps["score_high"] == pytest.approx(3000 / 103 + Z * error)
    mean = found.loc["mean"]
    assert mean["score"] == pytest.approx(8.0)
    # Σ(x − 8)² = 50·4 + 20·25 = 700
    assert mean["standard_error"] == pytest.approx(sqrt(700 / 99 / 100))


# --- properties -------------------------------------------------------------------------------

GRID = [(k, n) for n in (1, 2, 3, 10, 97, 10_000) for k in {0, 1, n // 3, n // 2, n - 1, n}]


def test_wilson_properties() -> None:
    """Its ends are the shares whose own standard error lies z times between them and p."""
    counted, n = (np.array(column, float) for column in zip(*GRID, strict=True))
    low, high = wilson(counted, n)
    assert (low >= -1e-12).all() and (high <= 1 + 1e-12).all() and (low < high).all()
    for end in (low, high):
        gap = counted / n - end
        np.testing.assert_allclose(gap**2, Z**2 * end * (1 - end) / n, atol=1e-12)
    mirrored_low, mirrored_high = wilson(n - counted, n)
    np.testing.assert_allclose([low, high], [1 - mirrored_high, 1 - mirrored_low], atol=1e-12)


@pytest.mark.parametrize(("p", "n"), [(1.2, 10), (0.5, 0), (-0.1, 10)])
def test_wilson_of_no_share(p: float, n: int) -> None:
    low, high = intervals.wilson_interval(nw.col("p"), nw.col("n"))
    found = on_duckdb(pd.DataFrame({"p": [p], "n": [n]})).select(low=low, high=high)
    assert small(found.to_native()).isna().all(axis=None)


def test_shrinkage() -> None:
    """2.0 over 3 answers is not 2.0 over 85; k = 0 leaves every score where it is."""
    frame = pd.DataFrame(
        {
            "survey_id": "w",
            "segment_type": ["total", "region", "region"],
            "segment_value": ["total", "few", "many"],
            "question_id": "q",
            "measure": "mean",
            "n_effective": [88, 3, 85],
            "score": [4.0, 2.0, 2.0],
        }
    )
    found = small(scores.shrink(on_duckdb(frame), 10).to_native()).set_index("segment_value")
    shrunk = found["shrunk_score"]
    assert shrunk["few"] == pytest.approx((3 * 2 + 10 * 4) / 13)
    assert shrunk["many"] == pytest.approx((85 * 2 + 10 * 4) / 95)
    assert shrunk["total"] == 4
    none = small(scores.shrink(on_duckdb(frame), 0).to_native())
    assert (none["shrunk_score"] == none["score"]).all()


# --- the demo, counted once more --------------------------------------------------------------


@pytest.fixture(scope="module")
def answers(demo: Built) -> list[tuple]:
    """Every accepted answer with the segments of who gave it, from the rows themselves."""
    return demo.build_rows(
        "select a.survey_id, a.customer_id, a.question_id, a.level, unnest(['total', "
        "'customer_type', 'region', 'gender', 'age_band']), unnest([s.total, s.customer_type, "
        "s.region, s.gender, s.age_band]) from stg_answers as a "
        "join int_respondent_segments as s using (survey_id, customer_id)"
    )


def scores_of(
    role: str, levels: dict[int, tuple[Fraction, bool]], given_answers: list[tuple[str, int | None]]
) -> dict[str, tuple]:
    """Score one cell in fractions: answers, those counted, respondents, score, by measure."""
    valid = [level for _, level in given_answers if level is not None]
    n, everybody = len(valid), len(given_answers)
    people = len({customer for customer, level in given_answers if level is not None})
    values = [levels[level][0] for level in valid]
    shares = {"item_nonresponse": (everybody - n, everybody, everybody)}
    means = {}
    if not role.startswith("kano"):
        if 5 <= len(levels) <= 10:
            shares["top_2_box"] = sum(x > len(levels) - 2 for x in valid), n, people
        means["mean"] = sum(values)
    if role in ("performance", "overall") and any(yes for _, yes in levels.values()):
        shares["satisfied_share"] = sum(levels[x][1] for x in valid), n, people
    if role == "recommend":
        p, d = sum(x >= 9 for x in values), sum(x <= 6 for x in values)
        shares |= {"promoters": (p, n, people), "detractors": (d, n, people)}
        shares["passives"] = n - p - d, n, people
        shares["bottom_box"] = sum(x == 1 for x in valid), n, people
        means["nps"] = 100 * (p - d)
    found = {
        measure: (of, counted, rests_on, float(Fraction(100 * counted, of)))
        for measure, (counted, of, rests_on) in shares.items()
        if of
    }
    return found | {m: (n, None, people, float(Fraction(x, n))) for m, x in means.items() if n}


def expected_scores(answers: list[tuple], demo: Built) -> dict[tuple, tuple]:
    """Count one cell after the other."""
    questions = {
        question: (role, scale)
        for question, role, scale in demo.rows(
            "select question_id, role, scale_id from dim_questions"
        )
    }
    scales: dict[str, dict[int, tuple[Fraction, bool]]] = {}
    for scale, level, value, satisfied in demo.build_rows(
        "select scale_id, level, value, is_satisfied from int_scale_levels"
    ):
        scales.setdefault(scale, {})[level] = (Fraction(value), satisfied)
    cells: dict[tuple, list[tuple[str, int | None]]] = {}
    for wave, customer, question, level, kind, segment in answers:
        cells.setdefault((wave, kind, segment, question), []).append((customer, level))
    found: dict[tuple, tuple] = {}
    for (wave, kind, segment, question), given_answers in cells.items():
        role, scale = questions[question]
        for measure, figures in scores_of(role, scales[scale], given_answers).items():
            found[wave, kind, segment, measure, question] = figures
    for wave, invited, answered in demo.rows(
        "select survey_id, n_invited, n_respondents from dim_waves where n_invited > 0"
    ):
        key = (wave, "total", "total", "response_rate", "survey")
        found[key] = (invited, answered, invited, 100 * answered / invited)
    return found


def test_demo_scores_follow_from_the_accepted_answers(demo: Built, answers: list[tuple]) -> None:
    expected = expected_scores(answers, demo)
    columns = [*KEY, "n_answers", "n_counted", "n_effective", "score"]
    found = {
        tuple(row[:5]): tuple(row[5:])
        for row in demo.rows(
            f"select {', '.join(columns)} from fct_survey_scores where measure != 'not_understood'"
        )
    }
    assert found.keys() == expected.keys()
    assert len(found) > 5000
    for key, (of, counted, n, score) in expected.items():
        assert found[key][:3] == (of, counted, n), key
        assert found[key][3] == pytest.approx(score, abs=1e-9), key


def test_answers_that_are_not_understood_are_counted_beside_the_scores(demo: Built) -> None:
    """As many as were refused, of those that were given; no score counts them."""
    found = demo.rows(
        "select survey_id, question_id, n_counted, n_answers, score from fct_survey_scores "
        "where measure = 'not_understood' and segment_type = 'total' order by all"
    )
    refused = demo.build_rows(
        "select survey_id, question_id, count(*) from base_refused_answers "
        "where reject_reason = 'unknown_answer' group by all order by all"
    )
    assert refused and [row[:3] for row in found] == refused
    for survey, question, n, of, score in found:
        ((valid, missing),) = demo.rows(
            "select n_answers - n_counted, n_counted from fct_survey_scores where "
            f"measure = 'item_nonresponse' and segment_type = 'total' and survey_id = '{survey}' "
            f"and question_id = '{question}'"
        )
        assert of == valid + missing + n and score == pytest.approx(100 * n / of)


def test_demo_intervals(demo: Built) -> None:
    """Wilson by its closed form, others by the standard error and the ends of scales."""
    rows = demo.rows(
        "select s.score, s.standard_error, s.score_low, s.score_high, s.n_effective, s.measure, "
        "q.scale_min, q.scale_max from fct_survey_scores as s left join dim_questions as q "
        "using (question_id)"
    )
    for score, error, low, high, n, measure, least, greatest in rows:
        if measure in ("mean", "nps"):
            if measure == "nps":
                # error² n = p + d - (p - d)²: three more answered, half of them 9, 10 or 0 to 6
                outspoken = (error / 100) ** 2 * n + (score / 100) ** 2
                net = score / 100 * n / (n + 3)
                spread = (outspoken * n + 1.5) / (n + 3) - net**2
                half = 100 * Z * sqrt(spread / (n + 3))
                assert low == pytest.approx(max(-100, 100 * net - half), abs=1e-6)
                assert high == pytest.approx(min(100, 100 * net + half), abs=1e-6)
                continue
            if n == 1 and measure == "mean":
                assert error is low is high is None or (low, high) == (least, greatest)
                continue
            half = stats.t.ppf(0.975, n - 1) * error
            assert low == pytest.approx(max(least, score - half), abs=1e-4)
            assert high == pytest.approx(min(greatest, score + half), abs=1e-4)
        else:
            p = score / 100
            assert error == pytest.approx(100 * sqrt(p * (1 - p) / n), abs=1e-6)
            centre = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
            half = Z * sqrt(p * (1 - p) / n + Z**2 / (4 * n * n)) / (1 + Z**2 / n)
            assert (low, high) == pytest.approx(
                (100 * (centre - half), 100 * (centre + half)), abs=1e-6
            )


def test_demo_promoters_passives_and_detractors_are_all(demo: Built) -> None:
    parts = demo.rows(
        "select any_value(n_answers), sum(n_counted) filter (where measure in "
        "('promoters', 'passives', 'detractors')), "
        "any_value(score) filter (where measure = 'nps'), "
        "sum(case measure when 'promoters' then score when 'detractors' then -score end) "
        "from fct_survey_scores where measure in ('nps', 'promoters', 'passives', 'detractors') "
        "group by survey_id, segment_type, segment_value, question_id"
    )
    assert len(parts) > 50
    for n, sum_of_parts, nps, difference in parts:
        assert n == sum_of_parts
        assert nps == pytest.approx(difference, abs=1e-9)


# --- scales of every kind ---------------------------------------------------------------------

QUESTIONS = """question_id,factor_id,scale_id,role,text_zh,text_en
q_speed,speed,satisfaction5,performance,速度,Speed
q_speed_7,speed_7,satisfaction7,performance,速度（七级）,Speed on seven levels
q_ten,,rating10,overall,打几分,Out of ten
q_stars,taste,stars5,performance,几颗星,Stars
q_faces,mood,faces5,performance,哪张脸,Which face
q_three,grin,faces3,performance,三张脸,One of three faces
q_effort,,effort7,effort,省力吗,Easy
"""


@pytest.fixture(scope="module")
def kinds(engine: Engine) -> dict[tuple[str, str], tuple]:
    """Ten people answer by marks, stars and faces; two of them twice; nobody is asked NPS."""
    shipped = {
        name: (ROOT / "seeds" / "method" / "survey" / f"seed_{name}.csv").read_text("utf-8")
        for name in ("scales", "scale_levels", "scale_answers")
    }
    # all scales but one are shipped: a questionnaire only names them
    shipped["scales"] += "faces3,三张脸,Three faces\n"
    for level, face in enumerate("🙁😐🙂", 1):
        shipped["scale_levels"] += f"faces3,{level},{level},{face},{face},{level > 2},\n"
        shipped["scale_answers"] += f"faces3,{face},{level}\n"
    names = ["speed", "speed_7", "taste", "mood", "grin"]
    factors = "factor_id,label_zh,label_en\n" + "".join(f"{f},{f},{f}\n" for f in names)
    rows = [
        "response_id,survey_id,customer_id,answered_at,"
        "q_speed,q_speed_7,q_ten,q_stars,q_faces,q_three,q_effort"
    ]
    for i in range(10):
        marks = [f"{1 + i}", f"{1 + i} 分", f"{1 + i}/10"][i % 3]
        stars = ["★☆☆☆☆", "2 Stars", "⭐\ufe0f⭐\ufe0f⭐\ufe0f", "四颗星", "★★★★★"][i % 5]
        faces = ["😡", "☹\ufe0f", "😐", ":-)", "Very  happy"][i % 5]
        rows.append(
            f"r{i},w,c{i},2025-03-0{1 + i % 9},{1 + i % 5},{1 + i % 7},{marks},{stars},{faces},"
            f"{'🙁😐🙂'[i % 3]},{'' if i == 3 else 1 + i % 7}"
        )
    rows += [f"r1{i},w,c{i},2025-03-10,5,7,10分,五星,😀,🙂,7" for i in (0, 1)]
    method = {
        **{f"{name}.csv": text for name, text in shipped.items()},
        "questions.csv": QUESTIONS,
        "factors.csv": factors,
        "ahp_hierarchy.csv": "model,node_id,parent_id\nsatisfaction,satisfaction,\n"
        + "".join(f"satisfaction,{f},satisfaction\n" for f in names),
        "ahp_judgements.csv": "model,expert_id,parent_id,left_id,right_id,judgement\n"
        + "".join(f"satisfaction,e,satisfaction,speed,{f},1\n" for f in names[1:]),
        "ahp_experts.csv": "expert_id,weight\ne,1\n",
    }
    engine.lay({"survey_wide.csv": "\n".join(rows) + "\n", **method})
    assert not engine.run("+fct_survey_scores", segment_by=[])
    return {
        (measure, question): figures
        for measure, question, *figures in engine.rows(
            "select measure, question_id, n_answers, n_counted, n_effective, score "
            "from fct_survey_scores"
        )
    }


def test_scales_are_scored_each_by_itself(kinds: dict[tuple[str, str], tuple]) -> None:
    found = {key: tuple(figures) for key, figures in kinds.items()}
    # ten people, two of whom answered twice: 12 answers of 10 respondents
    assert found["mean", "q_ten"] == (12, None, 10, pytest.approx((55 + 20) / 12))
    assert found["mean", "q_stars"] == (12, None, 10, pytest.approx((30 + 10) / 12))
    assert found["mean", "q_faces"] == (12, None, 10, pytest.approx((30 + 10) / 12))
    assert found["mean", "q_three"] == (12, None, 10, pytest.approx((19 + 6) / 12))
    assert found["mean", "q_speed"] == (12, None, 10, pytest.approx((30 + 10) / 12))
    assert found["mean", "q_speed_7"] == (12, None, 10, pytest.approx((34 + 14) / 12))
    assert found["mean", "q_effort"] == (11, None, 9, pytest.approx((34 - 4 + 14) / 11))
    assert found["item_nonresponse", "q_effort"] == (12, 1, 12, pytest.approx(100 / 12))
    # levels 3, 4, 5 of five are satisfied, and 5, 6, 7 of seven; else those above the middle
    assert found["satisfied_share", "q_speed"] == (12, 8, 10, pytest.approx(100 * 8 / 12))
    assert found["satisfied_share", "q_speed_7"] == (12, 5, 10, pytest.approx(100 * 5 / 12))
    assert found["satisfied_share", "q_ten"] == (12, 7, 10, pytest.approx(100 * 7 / 12))
    assert found["satisfied_share", "q_stars"] == (12, 6, 10, pytest.approx(50))
    assert found["satisfied_share", "q_faces"] == (12, 6, 10, pytest.approx(50))
    assert found["top_2_box", "q_ten"] == (12, 4, 10, pytest.approx(100 * 4 / 12))
    assert ("top_2_box", "q_three") not in found  # two of three levels say nothing


def test_what_is_not_asked_has_no_rows_and_no_error(kinds: dict[tuple[str, str], tuple]) -> None:
    unasked = {"nps", "promoters", "passives", "detractors", "response_rate"}
    assert not unasked & {measure for measure, _ in kinds}


def test_a_question_that_nobody_answered_has_no_shares_and_no_mean() -> None:
    """Blank all over: what is known of it is that all of it is missing."""
    sums = pd.DataFrame(
        {
            **{name: ["x"] for name in ["survey_id", "segment_type", "segment_value"]},
            "question_id": ["q"],
            "role": ["recommend"],
            "n_levels": [11],
            "n_satisfied_levels": [2],
            "value_min": [0.0],
            "value_max": [10.0],
            **{name: [0] for name in ["n_respondents", "n_valid", "n_satisfied", "n_top_2"]},
            "n_missing": [3],
            "n_not_understood": [0],
            **{name: [0] for name in ["n_promoters", "n_detractors", "n_bottom"]},
        }
    )
    found = small(scores.shares(on_duckdb(sums)).to_native())
    assert found[["measure", "n_counted", "n_answers"]].values.tolist() == [
        ["item_nonresponse", 3, 3]
    ]


def test_more_respondents_than_were_invited() -> None:
    waves = pd.DataFrame({"survey_id": ["w", "v"], "n_respondents": [30, 5], "invited": [20, None]})
    rates = small(scores.share_scores(scores.response_rates(on_duckdb(waves))).to_native())
    assert rates["score"].tolist() == [150.0]
    assert rates[["standard_error", "score_low", "score_high"]].isna().all(axis=None)


def test_scores_run_in_the_engine() -> None:
    """The frames stay DuckDB's until somebody asks."""
    con = duckdb.connect()
    frame = lazy(con.sql("select 'w' as survey_id, 30 as n_respondents, 20 as invited"))
    found = scores.share_scores(scores.response_rates(frame)).to_native()
    assert isinstance(found, duckdb.DuckDBPyRelation)
