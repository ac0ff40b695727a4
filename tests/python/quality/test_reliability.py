"""Reliability and careless answers: published figures, and a laid case counted once more."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta
from statistics import NormalDist, median
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import fdtri

from satisfaction.quality import reliability
from tests.python.conftest import Built
from tests.python.engine import Engine

PRINTED = np.array([[10, 6, 6, 6], [6, 11, 6, 6], [6, 6, 12, 6], [6, 6, 6, 13.0]])


def test_published_alpha() -> None:
    """The example in the documentation of StatsBase.jl, cronbachalpha."""
    assert reliability.cronbach_alpha(PRINTED) == pytest.approx(0.8136, abs=5e-5)
    for i, printed in enumerate([0.7500, 0.7606, 0.7714, 0.7826]):
        others = np.delete(np.delete(PRINTED, i, axis=0), i, axis=1)
        assert reliability.cronbach_alpha(others) == pytest.approx(printed, abs=5e-5)


@pytest.mark.parametrize("alpha", [-0.5, 0.0, 0.4, 0.83, 0.95])
@pytest.mark.parametrize(("k", "n"), [(2, 60), (5, 100), (20, 100), (12, 900)])
def test_the_interval_of_alpha_is_nearly_that_of_feldt(alpha: float, k: int, n: int) -> None:
    """Feldt (1965): (1 - alpha) / (1 - estimate) is F with n - 1 and (n - 1)(k - 1) degrees."""
    found = reliability.alpha_interval(alpha, k, n)
    feldt = [1 - (1 - alpha) * fdtri(n - 1, (n - 1) * (k - 1), p) for p in (0.975, 0.025)]
    # they part by terms of 1 / n
    assert found == pytest.approx(np.array(feldt), abs=2 / n * (1 - alpha))
    assert np.isnan(reliability.alpha_interval(alpha, k, 2)).all()


def rows_of(n: int, k: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 1)) + rng.normal(size=(n, k)) * rng.uniform(0.5, 2, k)
    return pd.DataFrame(values, columns=list("abcdefgh"[:k]))


def test_correlation_with_the_rest_is_that_of_the_rows() -> None:
    rows = rows_of(80, 5, seed=1)
    found = reliability.item_rest_correlations(rows.cov().to_numpy())
    for r, name in zip(found, rows, strict=True):
        rest = rows.drop(columns=name).sum(axis=1)
        assert r == pytest.approx(np.corrcoef(rows[name], rest)[0, 1])


def test_alpha_is_between_what_it_can_be() -> None:
    same = np.ones((4, 4))
    assert reliability.cronbach_alpha(same) == 1
    assert reliability.item_rest_correlations(same) == pytest.approx(np.ones(4))
    assert reliability.cronbach_alpha(np.eye(4)) == 0
    assert reliability.item_rest_correlations(np.eye(4)) == pytest.approx(np.zeros(4))
    opposed = np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert np.isnan(reliability.cronbach_alpha(opposed))
    assert np.isnan(reliability.cronbach_alpha(np.zeros((3, 3))))
    assert np.isnan(reliability.cronbach_alpha(np.full((2, 2), np.nan)))
    rng = np.random.default_rng(2)
    for _ in range(50):
        covariance = np.cov(rng.normal(size=(5, 12)) + rng.normal(size=12))
        alpha = reliability.cronbach_alpha(covariance)
        assert alpha <= 1
        # a change of unit common to all questions changes nothing
        assert reliability.cronbach_alpha(9 * covariance) == pytest.approx(alpha)


def test_published_interval_of_a_correlation() -> None:
    """Fisher's z of r = 0.5, n = 28: 0.549 with a standard error of 0.2: 0.16 to 0.74."""
    low, high = reliability.correlation_interval(np.array([0.5]), np.array([28.0]))
    assert (low[0], high[0]) == pytest.approx((0.1561, 0.7358), abs=1e-4)
    few = reliability.correlation_interval(np.array([0.5, 1.0]), np.array([3.0, 10.0]))
    assert np.isnan(few[:, 0]).all()
    assert few[:, 1].tolist() == [1, 1]
    # Bonett and Wright (2000): ranks are less sure
    low, high = reliability.correlation_interval(np.array([0.5]), np.array([28.0]), 0.95, True)
    half = NormalDist().inv_cdf(0.975) * ((1 + 0.25 / 2) / 25) ** 0.5
    assert np.arctanh([low[0], high[0]]) == pytest.approx(np.arctanh(0.5) + [-half, half])


# a case of its own: five performance questions on one scale, two of them about speed
QUESTIONS = {"s1": "speed", "s2": "speed", "c1": "care", "c2": "care", "i1": "image"}
FACTORS = ["care", "image", "speed"]
METHOD = {
    "questions.csv": "question_id,factor_id,scale_id,role\n"
    + "".join(f"{q},{f},satisfaction5,performance\n" for q, f in QUESTIONS.items()),
    "factors.csv": "factor_id,label_zh,label_en,servqual\n"
    "speed,速度,Speed,responsiveness\ncare,关怀,Care,responsiveness\nimage,形象,Image,tangibles\n",
    "ahp_hierarchy.csv": "model,node_id,parent_id\nsatisfaction,satisfaction,\n"
    + "".join(f"satisfaction,{f},satisfaction\n" for f in FACTORS),
    "ahp_judgements.csv": "model,expert_id,parent_id,left_id,right_id,judgement\n"
    "satisfaction,e,satisfaction,care,image,1\nsatisfaction,e,satisfaction,care,speed,1\n",
    "ahp_experts.csv": "expert_id,weight\ne,1\n",
}
OPENED = datetime(2025, 3, 1, 9)  # the last answer is of the 19th of March
Answers = dict[str, int | None]


class Case:
    """Drawn answers, and what each customer is and waited."""

    def __init__(self) -> None:
        rng = random.Random(4)
        self.responses: list[tuple[str, str, str, datetime, float, Answers]] = []
        self.regions = {f"c{i}": "ns"[i % 2] for i in range(60)}
        self.waits: dict[str, list[float]] = defaultdict(list)
        self.complaints = ""
        for i, customer in enumerate(self.regions):
            for again in range(2 if i % 10 == 0 else 1):
                mood = rng.gauss(3, 1)
                answers: Answers = {}
                for question in QUESTIONS:
                    level = min(5, max(1, round(rng.gauss(mood, 0.8))))
                    answers[question] = None if rng.random() < 0.08 else level
                if i % 7 == 3:
                    answers = dict.fromkeys(QUESTIONS, 1 + i % 5)
                seconds = 0.0 if i % 6 == 5 else float(rng.choice([40, 90, 120, 200, 300]))
                at = OPENED + timedelta(days=18 if again else i % 18, minutes=i)
                channel = "" if i % 11 == 4 else "online" if i % 3 else "phone"
                self.responses.append((f"r{i}-{again}", customer, channel, at, seconds, answers))
            for waited in [rng.choice([2.0, 5.5, 30.0, 100.0]) for _ in range(i % 3)]:
                self.waits[customer].append(waited)
                self.complain(customer, OPENED - timedelta(days=rng.randrange(5, 300)), waited)
        # older than a year, answered after the wave, never answered: none of them counts
        self.complain("c0", datetime(2024, 3, 18, 12), 500)
        self.complain("c1", OPENED, 24 * 60)
        self.complain("c2", OPENED, None)

    def complain(self, customer: str, at: datetime, waited: float | None) -> None:
        answered = "" if waited is None else str(at + timedelta(hours=waited))
        number = self.complaints.count("\n")
        self.complaints += f"k{number},{customer},{at},{answered},,fault,low,0\n"

    def files(self) -> dict[str, str]:
        rows = ["response_id,survey_id,customer_id,answered_at,channel,question_id,answer"]
        last = list(QUESTIONS)[-1]
        for response, customer, channel, at, seconds, answers in self.responses:
            for question, level in answers.items():
                time = at + timedelta(seconds=seconds if question == last else 0)
                text = "N/A" if level is None else level
                rows.append(f"{response},w,{customer},{time},{channel},{question},{text}")
        return METHOD | {
            "survey_answers.csv": "\n".join(rows) + "\n",
            "customers.csv": "customer_id,region\n"
            + "".join(f"{c},{r}\n" for c, r in self.regions.items()),
            "complaints.csv": "complaint_id,customer_id,opened_at,first_response_at,resolved_at,"
            "category,severity,reopened\n" + self.complaints,
        }

    def table(self) -> pd.DataFrame:
        """One row per customer: means of the answers (0-1), index, flags, channel, waits."""
        found = []
        for customer, region in self.regions.items():
            mine = [r for r in self.responses if r[1] == customer]
            given: dict[str, list[float]] = {
                q: [(r[5][q] - 1) / 4 for r in mine if r[5][q] is not None] for q in QUESTIONS
            }
            every = [value for values in given.values() for value in values]
            by_factor = [
                [v for q, values in given.items() if QUESTIONS[q] == f for v in values]
                for f in FACTORS
            ]
            known = [np.mean(values) for values in by_factor if values]
            seconds = [r[4] for r in mine if r[4] > 0]
            row: dict[str, Any] = {q: np.mean(v) if v else np.nan for q, v in given.items()}
            row |= {"customer": customer, "region": region, "channel": mine[-1][2] or None}
            row["index"] = 100 * np.mean(known) if len(known) * 2 >= len(FACTORS) else np.nan
            row["straight"] = None if len(every) < 5 else len(set(every)) == 1
            row["seconds"] = min(seconds) if seconds else np.nan
            row["hours"] = np.mean(self.waits[customer]) if self.waits[customer] else np.nan
            found.append(row)
        rows = pd.DataFrame(found)
        limit = median(rows["seconds"].dropna()) / 2
        rows["speeder"] = [None if np.isnan(s) else s < limit for s in rows["seconds"]]
        return rows


Figures = dict[tuple[str, ...], tuple[Any, ...]]


@pytest.fixture(scope="module")
def case() -> Case:
    return Case()


@pytest.fixture(scope="module")
def quality(case: Case, engine: Engine) -> dict[str, Figures]:
    """What the models say of the case, by segment."""
    engine.lay(case.files())
    marts = ["+fct_instrument_quality", "+fct_respondent_quality", "+fct_service_consistency"]
    standards = {"s1": "first_response_hours", "not_asked": "resolution_hours"}
    assert not engine.run(*marts, segment_by=["region"], objective_standards=standards)
    found: dict[str, Figures] = defaultdict(dict)
    for segment, measure, kind, scope, item, *figures in engine.rows(
        "select segment_value, measure, scope_type, scope_id, item_id, value, standard_error, low, "
        "high, n_items, n_respondents, n_others, is_reliable from fct_instrument_quality"
    ):
        found[segment][measure, kind, scope, item] = tuple(figures)
    flags = engine.rows(
        "select customer_id, is_straight_liner, is_speeder, channel, "
        "seconds_to_complete from fct_respondent_quality"
    )
    found["flags"] = {(customer,): tuple(row) for customer, *row in flags}
    return found


@pytest.mark.parametrize("segment", ["total", "n", "s"])
def test_agreement_in_the_case(case: Case, quality: dict[str, Figures], segment: str) -> None:
    rows = case.table()
    rows = rows if segment == "total" else rows[rows["region"] == segment]
    scopes = {
        ("factor", "speed"): ["s1", "s2"],
        ("factor", "care"): ["c1", "c2"],
        ("servqual", "responsiveness"): ["c1", "c2", "s1", "s2"],
        ("hierarchy", "satisfaction"): list(QUESTIONS),
    }
    expected = set()
    for scope, items in scopes.items():
        cov = rows[items].cov()  # of pairs, as the project's
        n = min(rows[[i, j]].dropna().shape[0] for i in items for j in items)
        value, error, low, high, k, n_found, others, is_reliable = quality[segment][
            "alpha", *scope, "all"
        ]
        alpha = len(items) / (len(items) - 1) * (1 - np.trace(cov) / cov.to_numpy().sum())
        assert value == pytest.approx(alpha)
        assert (error, k, n_found, others) == (None, len(items), n, None)
        assert is_reliable == (n >= 30)
        assert low < value < high
        expected.add(("alpha", *scope, "all"))
        for item in items:
            rest = [i for i in items if i != item]
            figures = quality[segment]["item_total", *scope, item]
            with_rest = cov.loc[item, rest].sum()
            spread = cov.loc[item, item] * cov.loc[rest, rest].to_numpy().sum()
            assert figures[0] == pytest.approx(with_rest / spread**0.5)
            expected.add(("item_total", *scope, item))
            if len(rest) > 1:
                inner = cov.loc[rest, rest].to_numpy()
                without = len(rest) / (len(rest) - 1) * (1 - np.trace(inner) / inner.sum())
                figures = quality[segment]["alpha_if_deleted", *scope, item]
                assert figures[0] == pytest.approx(without)
                assert figures[4] == len(rest)
                expected.add(("alpha_if_deleted", *scope, item))
    kinds = {"factor", "servqual", "hierarchy"}
    assert {key for key in quality[segment] if key[1] in kinds} == expected


def test_option_numbers_run_against_the_recommendation(engine: Engine) -> None:
    """Where 1 is the best of all options only the recommendation tells it."""
    rng = random.Random(6)
    rows = []
    for i in range(40):
        mood = rng.gauss(3, 1)
        best = [min(5, max(1, round(rng.gauss(mood, 0.5)))) for _ in range(2)]
        tells = min(10, max(0, round(rng.gauss(2 * mood, 1))))
        rows.append((f"r{i}", 6 - best[0], 6 - best[1] if i else "", tells if i != 1 else ""))
    answers = pd.DataFrame(rows, columns=["response_id", "speed", "whole", "tell"])
    answers = answers.assign(survey_id="w", answered_at="2025-03-01")
    questions = (
        "question_id,factor_id,scale_id,role\nspeed,speed,satisfaction5,performance\n"
        "whole,,satisfaction5,overall\ntell,,nps11,recommend\n"
    )
    engine.lay({
        "survey_wide.csv": answers.to_csv(index=False),
        "questions.csv": questions,
        "factors.csv": "factor_id,label_zh,label_en\nspeed,速度,Speed\n",
    })  # fmt: skip
    assert not engine.run("+fct_instrument_quality")
    found = engine.rows(
        "select item_id, value, low, high, n_respondents, is_reliable from fct_instrument_quality "
        "where measure = 'item_recommendation' and segment_type = 'total' order by item_id"
    )
    assert [row[0] for row in found] == ["speed", "whole"]
    for item, r, low, high, n, is_reliable in found:
        both = answers[[item, "tell"]].replace("", np.nan).dropna().astype(float)
        assert r == pytest.approx(both[item].corr(both["tell"]))
        assert (n, is_reliable) == (len(both), True)
        assert low < r < high < 0


def test_flags_in_the_case(case: Case, quality: dict[str, Figures]) -> None:
    rows = case.table()
    expected = {
        (r.customer,): (
            r.straight,
            r.speeder,
            None if pd.isna(r.channel) else r.channel,
            None if np.isnan(r.seconds) else r.seconds,
        )
        for r in rows.itertuples()
    }
    assert quality["flags"] == expected
    assert {row[0] for row in expected.values()} == {row[1] for row in expected.values()}
    assert {row[0] for row in expected.values()} == {True, False, None}


@pytest.mark.parametrize("segment", ["total", "n", "s"])
def test_shares_and_comparisons_in_the_case(
    case: Case, quality: dict[str, Figures], segment: str
) -> None:
    rows = case.table()
    rows = rows if segment == "total" else rows[rows["region"] == segment]
    for measure, flag in (("straight_lining_share", "straight"), ("speeder_share", "speeder")):
        known = [x for x in rows[flag] if x is not None]
        figures = quality[segment][measure, "survey", "survey", "all"]
        assert figures[0] == pytest.approx(100 * sum(known) / len(known))
        assert figures[5] == len(known)
        assert 0 <= figures[2] <= figures[0] <= figures[3] <= 100

    told = rows[rows["channel"].notna() & rows["index"].notna()]
    for channel in ("online", "phone"):
        here = told.loc[told["channel"] == channel, "index"]
        there = told.loc[told["channel"] != channel, "index"]
        value, error, low, high, k, n, others, _ = quality[segment][
            "mode_effect", "channel", channel, "all"
        ]
        v, w = here.var() / len(here), there.var() / len(there)
        freedom = (v + w) ** 2 / (v**2 / (len(here) - 1) + w**2 / (len(there) - 1))
        assert value == pytest.approx(here.mean() - there.mean())
        assert error == pytest.approx((v + w) ** 0.5)
        assert (k, n, others) == (None, len(here), len(there))
        # a little wider than with normal quantiles
        assert (high - low) / 2 / error == pytest.approx(1.96 * (1 + 1.2 / freedom), rel=0.01)

    both = rows.dropna(subset=["s1", "hours"])
    rho = both["s1"].rank().corr(both["hours"].rank())
    figures = quality[segment]["rating_against_standard", "standard", "first_response_hours", "s1"]
    assert figures[0] == pytest.approx(rho)
    assert figures[5] == len(both)
    standards = [key for key in quality[segment] if key[1] == "standard"]
    assert len(standards) == 1


def test_consistency_in_the_case(case: Case, quality: dict, engine: Engine) -> None:
    rows = case.table()
    (found,) = engine.rows(
        "select n_units, n_respondents, mean_score_0_100, lowest_unit, lowest_mean_0_100, "
        "highest_mean_0_100 "
        "from fct_service_consistency where item_id = 'index'"
    )
    means = rows.groupby("region")["index"].mean()
    expected = (rows["index"].mean(), means.idxmin(), means.min(), means.max())
    assert found[:2] == (2, rows["index"].count())
    assert found[3] == expected[1]
    assert (found[2], *found[4:]) == pytest.approx((expected[0], *expected[2:]))


def test_demo_alphas_follow_from_the_answers(demo: Built) -> None:
    """Where each factor is asked about once, most sums are those of the drivers."""
    answers = pd.DataFrame(
        demo.build_rows(
            "select survey_id, customer_id, question_id, avg(value_share) "
            "from stg_answers where role = 'performance' and level is not null group by all"
        ),
        columns=["wave", "customer", "question", "value"],
    )
    scopes = {
        "benefit": ["q_cost_saving", "q_gains", "q_profit"],
        "service_quality": ["q_error_rate", "q_reliability", "q_security", "q_speed"],
        "service_content": ["q_application", "q_attitude", "q_care", "q_image", "q_procedures"],
        "tangibles": ["q_application", "q_image"],
        "assurance": ["q_attitude", "q_security"],
        "responsiveness": ["q_procedures", "q_speed"],
        "reliability": ["q_error_rate", "q_reliability"],
    }
    found = {
        row[:2]: row[2]
        for row in demo.rows(
            "select survey_id, scope_id, value from fct_instrument_quality "
            "where measure = 'alpha' and segment_type = 'total'"
        )
    }
    assert len(found) == 4 * len(scopes)
    for wave, rows in answers.groupby("wave"):
        every = rows.pivot(index="customer", columns="question", values="value").cov()
        for scope, items in scopes.items():
            cov, k = every.loc[items, items].to_numpy(), len(items)
            assert found[wave, scope] == pytest.approx(
                k / (k - 1) * (1 - np.trace(cov) / cov.sum())
            )
