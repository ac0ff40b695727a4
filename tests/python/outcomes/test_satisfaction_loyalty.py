"""Satisfaction and loyalty: published figures, slow implementations, and a case counted by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations, pairwise, product
from math import sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfaction.core import intervals
from satisfaction.outcomes import rank_correlation, satisfaction_loyalty
from satisfaction.outcomes.satisfaction_loyalty import loyalty_shares, loyalty_tests
from satisfaction.outcomes.service_profit_chain import LINKS, service_profit_chain
from tests.python.conftest import Built
from tests.python.engine import Engine

Z = NormalDist().inv_cdf(0.975)
JOBS = np.array([[1, 3, 10, 6], [2, 3, 10, 7], [1, 6, 14, 12], [0, 1, 9, 11]], float)
SEGMENT = ("w", "total", "total")


def wilson(k: float, n: float) -> tuple[float, float]:
    """Solve (p - k/n)^2 = z^2 p (1 - p) / n for p."""
    ends = np.roots([1 + Z**2 / n, -(2 * k / n + Z**2 / n), (k / n) ** 2])
    return float(min(ends.real)), float(max(ends.real))


def expanded(table: np.ndarray) -> tuple[list[int], list[int]]:
    cells = [(i, j) for (i, j), n in np.ndenumerate(table) for _ in range(int(n))]
    return [i for i, _ in cells], [j for _, j in cells]


@pytest.mark.parametrize(
    ("k", "n", "j", "m", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_newcombe(k: int, n: int, j: int, m: int, low: float, high: float) -> None:
    """Newcombe (1998), table II, method 10."""
    ends = np.array([wilson(k, n), wilson(j, m)])
    shares = np.array([k / n, j / m])
    found = intervals.contrast_interval(np.array([1.0, -1.0]), shares, ends[:, 0], ends[:, 1])
    assert found == pytest.approx((low, high), abs=6e-5)


def test_published_correlations() -> None:
    """Agresti (2002), Categorical Data Analysis, section 3.4.3: gamma 0.221, its ASE 0.117."""
    gamma, tau = rank_correlation.gamma_and_tau(JOBS)
    assert gamma.estimate == pytest.approx(0.221, abs=5e-4)
    assert (gamma.high - gamma.low) / 2 / Z == pytest.approx(0.117, abs=5e-4)
    assert tau.estimate == pytest.approx(0.152, abs=5e-4)


def gamma_of(p: np.ndarray) -> tuple[float, float]:
    """Compare every two cells of a table of any unit."""
    agree = differ = same_row = same_column = 0.0
    for (i, j), (k, m) in product(np.ndindex(*p.shape), repeat=2):
        weight = p[i, j] * p[k, m]
        agree += weight * ((i - k) * (j - m) > 0)
        differ += weight * ((i - k) * (j - m) < 0)
        same_row += weight * (i == k)
        same_column += weight * (j == m)
    everyone = p.sum() ** 2
    root = sqrt((everyone - same_row) * (everyone - same_column))
    return (agree - differ) / (agree + differ), (agree - differ) / root


@pytest.mark.parametrize("seed", range(4))
def test_correlations_against_pairs_and_the_delta_method(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 9, (rng.integers(2, 6), rng.integers(2, 7))).astype(float)
    table[0, 0] += 5
    n = table.sum()
    share = table / n
    found = rank_correlation.gamma_and_tau(table)
    slopes = np.zeros((2, *table.shape))
    for cell in np.ndindex(*table.shape):
        step = np.zeros_like(share)
        step[cell] = 1e-6
        more, less = gamma_of(share + step), gamma_of(share - step)
        slopes[(slice(None), *cell)] = (np.array(more) - less) / 2e-6
    for expected, slope, got in zip(gamma_of(share), slopes, found, strict=True):
        assert got.estimate == pytest.approx(expected)
        # multinomial: the variance of a smooth function is that of its slope over cells
        error = sqrt(((share * slope**2).sum() - (share * slope).sum() ** 2) / n)
        assert got.high == pytest.approx(min(expected + Z * error, 1), abs=1e-5)
        assert got.low == pytest.approx(max(expected - Z * error, -1), abs=1e-5)
    left, right = expanded(table)
    assert found[1].estimate == pytest.approx(stats.kendalltau(left, right).statistic)
    # Somers' d is tested by the same standard error under independence
    assert found[1].p_value == pytest.approx(stats.somersd(table).pvalue)
    rho = rank_correlation.spearman(table)
    expected = stats.spearmanr(left, right)
    assert (rho.estimate, rho.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    half = Z * sqrt((1 + rho.estimate**2 / 2) / (n - 3))
    low, high = np.tanh(np.arctanh(rho.estimate) + np.array([-half, half]))
    assert (rho.low, rho.high) == pytest.approx((low, high))


def test_correlations_that_say_nothing() -> None:
    for table in (np.array([[3.0, 4.0]]), np.array([[3.0], [4.0]]), np.array([[7.0]])):
        for found in (*rank_correlation.gamma_and_tau(table), rank_correlation.spearman(table)):
            assert np.isnan(found).all()
    # all pairs agree: the coefficient is known, how sure it is not
    for found in (
        *rank_correlation.gamma_and_tau(np.eye(3) * 4),
        rank_correlation.spearman(np.eye(3) * 4),
    ):
        assert found.estimate == pytest.approx(1)
        assert np.isnan([found.low, found.high]).all()


def counts_of(cells: dict[tuple[str, int, str, float], int]) -> pd.DataFrame:
    """Lay out counts on a scale of which levels 4 and 5 are satisfied."""
    columns = ["outcome", "overall_level", "relation_id", "outcome_value", "n", "is_satisfied"]
    rows = [[*key, n, key[1] >= 4] for key, n in cells.items()]
    names = dict(zip(["survey_id", "segment_type", "segment_value"], SEGMENT, strict=True))
    return pd.DataFrame(rows, columns=columns).assign(**names)


def by_level(kept: dict[int, tuple[int, int]], outcome: str = "kept") -> pd.DataFrame:
    """Lay out (with the outcome, of how many) by level."""
    cells = {}
    for level, (k, n) in kept.items():
        cells |= {(outcome, level, "", 1.0): k, (outcome, level, "", 0.0): n - k}
    return counts_of({key: n for key, n in cells.items() if n})


def test_of(counts: pd.DataFrame) -> dict[str, pd.Series]:
    found = loyalty_tests(counts)
    return {row["test_id"]: row for _, row in found.iterrows()}


test_of.__test__ = False  # type: ignore[attr-defined]


def test_cochran_and_armitage_are_a_correlation() -> None:
    """For ones and zeros z is the correlation with the level times the root of n."""
    levels, n, k = (
        np.arange(1.0, 6),
        np.array([5, 20, 60, 40, 12.0]),
        np.array([1, 7, 30, 31, 11.0]),
    )
    score = np.repeat(levels, n.astype(int))
    hit = np.concatenate([np.arange(m) < j for m, j in zip(n, k, strict=True)])
    z, p = satisfaction_loyalty.cochran_armitage(levels, n, k)
    assert z == pytest.approx(np.corrcoef(score, hit)[0, 1] * sqrt(n.sum()))
    assert p == pytest.approx(2 * NormalDist().cdf(-z))
    for degree in (1, 2):
        weights = satisfaction_loyalty.regression_weights(levels, n, degree)
        assert weights @ (k / n) == pytest.approx(np.polyfit(score, hit, degree)[0])


def test_shares_and_steps() -> None:
    found = loyalty_shares(by_level({2: (3, 10), 3: (20, 40), 5: (18, 20)}))
    rows = {row["item_id"]: row for _, row in found.iterrows()}
    assert list(rows) == ["2", "3", "5"]
    for level, (k, n) in {"2": (3, 10), "3": (20, 40), "5": (18, 20)}.items():
        row = rows[level]
        assert (row["n"], row["n_loyal"]) == (n, k)
        assert (row["share_low"], row["share_high"]) == pytest.approx(wilson(k, n))
        assert row["share_of_all"] == pytest.approx(n / 70)
        assert (row["share_of_all_low"], row["share_of_all_high"]) == pytest.approx(wilson(n, 70))
    assert rows["3"]["step"] == pytest.approx(0.2)
    low, above = wilson(20, 40)[0], wilson(3, 10)[1]
    assert rows["3"]["step_low"] == pytest.approx(0.2 - sqrt((0.5 - low) ** 2 + (above - 0.3) ** 2))
    # nobody gave the level below: there is no step
    assert rows["2"][["step", "step_low"]].isna().all() and np.isnan(rows["5"]["step"])


def test_weighted_shares_and_tests() -> None:
    """Who stayed counts three times; and if all count twice, nothing changes."""
    counts = by_level({3: (20, 40), 4: (30, 40), 5: (18, 20)})
    twice = counts.assign(weights=2.0 * counts["n"], weight_squares=4.0 * counts["n"])
    for function in (loyalty_shares, loyalty_tests):
        pd.testing.assert_frame_equal(function(twice), function(counts))
    times = np.where(counts["outcome_value"] == 1, 3.0, 1.0)
    weighted = counts.assign(weights=times * counts["n"], weight_squares=times**2 * counts["n"])
    rows = {row["item_id"]: row for _, row in loyalty_shares(weighted).iterrows()}
    for level, (k, n) in {"3": (20, 40), "4": (30, 40), "5": (18, 20)}.items():
        row, whole = rows[level], 3 * k + n - k
        effective = whole**2 / (9 * k + n - k)
        assert (row["n"], row["n_loyal"]) == (n, k)
        assert row["n_effective"] == pytest.approx(effective)
        ends = wilson(3 * k / whole * effective, effective)
        assert (row["share_low"], row["share_high"]) == pytest.approx(ends)
        assert row["share_of_all"] == pytest.approx(whole / 236)
    found = test_of(weighted)
    assert found["satisfied_leaving"]["estimate"] == pytest.approx(12 / (12 + 3 * 48))
    assert found["leavers_satisfied"]["estimate"] == pytest.approx(12 / 32)
    assert found["trend"]["n"] == 100 and found["trend"]["n_effective"] < 100


def test_relations_are_a_matrix() -> None:
    counts = counts_of({
        ("loyal_class", 5, "fully_satisfied_loyal", 1.0): 12,
        ("loyal_class", 4, "satisfied_loyal", 1.0): 20,
        ("loyal_class", 4, "satisfied_not_loyal", 0.0): 8,
        ("loyal_class", 3, "", 0.0): 5,
    })  # fmt: skip
    found = loyalty_shares(counts)
    relations = found[found["item_type"] == "relation"].set_index("item_id")
    assert relations["share_of_all"].to_dict() == pytest.approx(
        {"fully_satisfied_loyal": 0.3, "satisfied_loyal": 0.5, "satisfied_not_loyal": 0.2}
    )
    assert found[found["item_type"] == "level"]["n"].sum() == 45


def test_diminishing_returns_are_found_where_they_are() -> None:
    flat = test_of(by_level({3: (200, 1000), 4: (700, 1000), 5: (720, 1000)}))
    assert flat["last_step"]["estimate"] == pytest.approx(0.72 - 2 * 0.7 + 0.2)
    assert flat["curvature"]["estimate"] == pytest.approx((0.72 - 2 * 0.7 + 0.2) / 2)
    assert {t: flat[t]["verdict"] for t in ("trend", "curvature", "last_step")} == {
        "trend": "rising", "curvature": "diminishing", "last_step": "diminishing"
    }  # fmt: skip
    steep = test_of(by_level({3: (200, 1000), 4: (220, 1000), 5: (720, 1000)}))
    assert steep["last_step"]["verdict"] == steep["curvature"]["verdict"] == "increasing"
    line = test_of(by_level({3: (300, 1000), 4: (400, 1000), 5: (500, 1000)}))
    assert line["last_step"]["verdict"] == line["curvature"]["verdict"] == "not_shown"
    down = test_of(by_level({3: (500, 1000), 4: (400, 1000), 5: (300, 1000)}))
    assert (down["trend"]["verdict"], down["protection"]["verdict"]) == ("falling", "reversed")


def test_the_trap() -> None:
    found = test_of(by_level({2: (8, 20), 3: (30, 60), 4: (60, 80), 5: (36, 40)}))
    left = {2: 12, 3: 30, 4: 20, 5: 4}
    among, whose, saved = (
        found[t] for t in ("satisfied_leaving", "leavers_satisfied", "protection")
    )
    assert among["estimate"] == pytest.approx(24 / 120) and among["n"] == 120
    assert (among["estimate_low"], among["estimate_high"]) == pytest.approx(wilson(24, 120))
    assert pd.isna(among["verdict"])
    assert whose["estimate"] == pytest.approx(24 / sum(left.values())) and whose["n"] == 66
    assert (whose["estimate_low"], whose["estimate_high"]) == pytest.approx(wilson(24, 66))
    assert whose["verdict"] == "minority"
    assert saved["estimate"] == pytest.approx(42 / 80 - 24 / 120) and saved["n"] == 200
    (low, high), (below, above) = wilson(42, 80), wilson(24, 120)
    assert saved["estimate_low"] == pytest.approx(
        saved["estimate"] - sqrt((42 / 80 - low) ** 2 + (above - 0.2) ** 2)
    )
    assert saved["estimate_high"] == pytest.approx(
        saved["estimate"] + sqrt((high - 42 / 80) ** 2 + (0.2 - below) ** 2)
    )
    assert saved["verdict"] == "protects"


def test_what_the_answers_do_not_allow_has_no_row() -> None:
    everyone = test_of(by_level({4: (30, 30), 5: (20, 20)}))
    # nobody left: whose leavers were is no question, and nobody is there to compare with
    assert set(everyone) == {"trend", "satisfied_leaving"}
    assert np.isnan(everyone["trend"]["p_value"])
    assert everyone["trend"]["verdict"] == "not_shown"
    assert set(test_of(by_level({4: (3, 30)}))) == {"satisfied_leaving", "leavers_satisfied"}
    # only others left
    assert test_of(by_level({2: (3, 30)}))["leavers_satisfied"]["estimate"] == 0
    nothing = by_level({4: (3, 30)})[:0]
    assert loyalty_shares(nothing).empty and loyalty_tests(nothing).empty


REGIONS = ("north", "south")
WAVES = {"w1": "2024-07-10", "w2": "2024-09-20", "w3": "2024-11-05"}
MONTHS = [f"2024-{m:02d}" for m in range(1, 13)]
LEVELS = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "很不满意"}


def relation(level: int, is_likely: bool, is_loyal: bool) -> str:
    if level <= 2:
        return "dissatisfied_captive" if is_likely else "dissatisfied_not_loyal"
    if not is_loyal:
        return "satisfied_not_loyal"
    return "fully_satisfied_loyal" if level == 5 else "satisfied_loyal"


class Simulated:
    """Eighty customers: some buy, some hold a service, some do neither."""

    def __init__(self) -> None:
        rng = np.random.default_rng(11)
        self.answers: dict[tuple[str, int], tuple[int, int, int]] = {}
        self.bought: dict[int, Counter[str]] = defaultdict(Counter)
        self.held: dict[int, int] = {}  # the month in which the service ends, 13 = goes on
        self.joined = {c: "2024-06-03" if c % 11 == 0 else "2020-02-01" for c in range(80)}
        for c in range(80):
            mood = int(rng.integers(1, 6))
            for wave in WAVES:
                if rng.random() < 0.8:
                    level = int(np.clip(mood + rng.integers(-1, 2), 1, 5))
                    again = int(np.clip(2 * level + rng.integers(-2, 2), 0, 10))
                    self.answers[wave, c] = (level, again, int(rng.integers(0, 11)))
            if c % 4 == 0:
                self.held[c] = int(rng.choice([8, 10, 13]))
            if c % 4 != 1:
                stops = int(rng.choice([7, 8, 10, 13], p=[0.2, 0.2, 0.2, 0.4]))
                for m in range(7 if c % 11 == 0 else 1, 13):
                    if m < stops and rng.random() < 0.5:
                        self.bought[c][MONTHS[m - 1]] += int(rng.integers(1, 3))

    def files(self) -> dict[str, str]:
        customers = ["customer_id,region,joined_on"]
        answers = ["response_id,question_id,survey_id,customer_id,answer,answered_at"]
        sales = [
            "transaction_id,customer_id,product_id,service_line,ordered_at,amount,quantity,status"
        ]
        lines = [
            "subscription_id,customer_id,service_line,started_on,ended_on,monthly_fee,end_reason"
        ]
        for c in range(80):
            customers.append(f"c{c},{REGIONS[c % 2]},{self.joined[c]}")
            for month, n in self.bought[c].items():
                sales += [
                    f"t{c}-{month}-{i},c{c},p,voice,{month}-12,100,1,completed" for i in range(n)
                ]
            if c in self.held:
                end = "" if self.held[c] == 13 else f"2024-{self.held[c]:02d}-15"
                lines.append(f"s{c},c{c},voice,2020-03-01,{end},80,")
        for (wave, c), given in self.answers.items():
            texts = (LEVELS[given[0]], *given[1:])
            for question, text in zip(
                ("q_overall", "q_repurchase", "q_recommend"), texts, strict=True
            ):
                answers.append(f"{wave}-{c},{question},{wave},c{c},{text},{WAVES[wave]}")
        # the newest day of the data makes December complete
        sales.append("last,c79,p,voice,2024-12-31,100,1,completed")
        self.bought[79]["2024-12"] += 1
        tables = {"customers": customers, "survey_answers": answers, "transactions": sales}
        tables["subscriptions"] = lines
        return {f"{name}.csv": "\n".join(rows) for name, rows in tables.items()}

    def revenue(self, c: int, months: range) -> float:
        fees = sum(80.0 for m in months if m < self.held.get(c, 0))
        return fees + 100.0 * sum(self.bought[c][MONTHS[m - 1]] for m in months)

    def is_active(self, c: int, m: int) -> bool:
        lately = range(max(m - 2, 1), m + 1)
        return m < self.held.get(c, 0) or any(self.bought[c][MONTHS[x - 1]] for x in lately)

    def outcomes(self, wave: str, c: int) -> dict[str, float]:
        """Go through the definitions, one after the other."""
        level, again, recommends = self.answers[wave, c]
        is_loyal = again >= 7 and level >= 3 and recommends >= 7
        found = {"loyal_class": is_loyal, "repurchase_high": again >= 7,
                 "repeat_probability": again / 10, "recommendation": recommends}  # fmt: skip
        m = int(WAVES[wave][5:7])
        if m + 3 <= 12 and self.is_active(c, m):
            found["kept"] = self.is_active(c, m + 3)
            before, after = (
                self.revenue(c, range(m - 2, m + 1)),
                self.revenue(c, range(m + 1, m + 4)),
            )
            # a service says that the customer was known before the day of joining
            if before >= 150 and (self.joined[c] < "2024" or c in self.held or m > 7):
                found["revenue_held"] = after >= 0.9 * before
            if any(self.bought[c][MONTHS[x - 1]] for x in range(1, m + 1)):
                found["purchases"] = sum(self.bought[c][MONTHS[x - 1]] for x in range(m + 1, m + 4))
                found["bought"] = found["purchases"] > 0
        return {name: float(value) for name, value in found.items()}


@pytest.fixture(scope="module")
def case(engine: Engine) -> Simulated:
    simulated = Simulated()
    engine.lay(simulated.files())
    marts = ["+fct_satisfaction_loyalty", "+fct_satisfaction_loyalty_tests", "+fct_hypotheses"]
    # by months alone, so that a loop can count them
    assert not engine.run(*marts, segment_by=["region"], active_gaps=0)
    return simulated


def test_the_case_has_what_it_is_about(case: Simulated) -> None:
    known = Counter(k for key in case.answers for k in case.outcomes(*key))
    assert known["kept"] > known["revenue_held"] > 60 and known["bought"] > 60
    assert 0.2 < np.mean([case.outcomes(*k).get("kept", 0.5) for k in case.answers]) < 0.9


def test_every_share_is_what_a_loop_counts(engine: Engine, case: Simulated) -> None:
    expected: dict[tuple, list[float]] = defaultdict(list)
    for (wave, c), (level, again, recommends) in case.answers.items():
        is_loyal = again >= 7 and level >= 3 and recommends >= 7
        for outcome, value in case.outcomes(wave, c).items():
            if outcome in satisfaction_loyalty.OUTCOMES:
                items = [("level", str(level)), ("relation", relation(level, again >= 7, is_loyal))]
                segments = [("total", "total"), ("region", REGIONS[c % 2])]
                for item, segment in product(items, segments):
                    expected[wave, *segment, outcome, *item].append(value)
    found = engine.rows(
        "select survey_id, segment_type, segment_value, outcome, item_type, item_id, "
        "n_respondents, n_loyal, share from fct_satisfaction_loyalty"
    )
    assert {row[:6]: row[6:] for row in found} == {
        key: (len(values), sum(values), pytest.approx(np.mean(values)))
        for key, values in expected.items()
    }


def test_correlations_of_the_case(engine: Engine, case: Simulated) -> None:
    found = engine.rows(
        "select survey_id, outcome, n_respondents, estimate from fct_satisfaction_loyalty_tests "
        "where test_id = 'spearman' and segment_type = 'total'"
    )
    assert len(found) == 6
    for wave, outcome, n, estimate in found:
        pairs = [(given[0], case.outcomes(w, c)[outcome])
                 for (w, c), given in case.answers.items() if w == wave]  # fmt: skip
        assert n == len(pairs)
        assert estimate == pytest.approx(stats.spearmanr(*zip(*pairs, strict=True)).statistic)


def test_claims_count_each_customer_once(engine: Engine, case: Simulated) -> None:
    sides: dict[str, list[list[float]]] = defaultdict(lambda: [[], []])
    claims = {"six_times_bought": ("bought", (5,), (4,)),
              "twice_as_often": ("bought", (5,), (3, 4)),
              "six_times_intended": ("repurchase_high", (5,), (4,)),
              "satisfied_six_times": ("bought", (3, 4, 5), (1, 2)),
              "satisfied_six_times_intended": ("repurchase_high", (3, 4, 5), (1, 2))}  # fmt: skip
    for claim, (measure, above, below) in claims.items():
        for c in range(80):
            waves = [w for w in WAVES if (w, c) in case.answers and measure in case.outcomes(w, c)]
            if waves:
                level = case.answers[waves[-1], c][0]
                for side, levels in enumerate((above, below)):
                    if level in levels:
                        sides[claim][side].append(case.outcomes(waves[-1], c)[measure])
    found = engine.rows(
        "select claim_id, n_upper, n_lower, mean_upper, mean_lower from fct_hypotheses"
    )
    expected = {
        claim: (len(up), len(down), pytest.approx(np.mean(up)), pytest.approx(np.mean(down)))
        for claim, (up, down) in sides.items()
    }
    assert {row[0]: row[1:] for row in found} == expected | {
        "keeping_costs_a_fifth": (0, 0, None, None)
    }


def test_answers_without_behaviour(engine: Engine) -> None:
    engine.lay({"survey_answers.csv": Simulated().files()["survey_answers.csv"]})
    assert not engine.run("+fct_satisfaction_loyalty", "+fct_hypotheses", segment_by=[])
    outcomes = engine.rows("select distinct outcome from fct_satisfaction_loyalty order by 1")
    assert outcomes == [("loyal_class",), ("repurchase_high",)]
    silent = engine.rows("select count(*) from fct_hypotheses where verdict = 'no_data'")
    assert silent == [(4,)]


def test_the_scale_says_everywhere_who_is_satisfied(engine: Engine) -> None:
    """Of ten verdicts 一般 (neutral) is no satisfied one on this scale: four are satisfied."""
    words = ["一般"] * 4 + ["满意"] * 2 + ["很满意"] * 2 + ["不满意", "很不满意"]
    again = [9, 9, 2, 2, 9, 2, 9, 2, 9, 2]
    answers = ["response_id,survey_id,customer_id,answered_at,q_overall,q_repurchase,q_recommend"]
    answers += [f"r{c},w1,c{c},2025-05-10,{word},{again[c]},9" for c, word in enumerate(words)]
    questions = ["question_id,factor_id,scale_id,role,text_zh,text_en"]
    questions += ["q_overall,,satisfaction5_neutral,overall,满意吗？,Satisfied?"]
    questions += ["q_repurchase,,juster11,repurchase,再买吗？,Again?"]
    questions += ["q_recommend,,nps11,recommend,推荐吗？,Recommend?"]
    engine.lay({"survey_wide.csv": "\n".join(answers), "questions.csv": "\n".join(questions)})
    marts = ["fct_survey_scores", "fct_word_of_mouth", "fct_customer_loyalty", "fct_hypotheses"]
    marts += ["fct_satisfaction_loyalty", "fct_satisfaction_loyalty_tests", "fct_next_best_action"]
    assert not engine.run(*(f"+{mart}" for mart in marts), segment_by=[], as_of_date="2025-05-31")
    said = {
        "satisfied_share": "select score from fct_survey_scores "
        "where measure = 'satisfied_share' and segment_type = 'total'",
        "dissatisfied": "select n_dissatisfied from fct_word_of_mouth where segment_type = 'total'",
        "satisfied": "select count(*) filter (where is_satisfied) from fct_customer_loyalty",
        "relations": "select sum(n_respondents) from fct_satisfaction_loyalty where item_id in "
        "('fully_satisfied_loyal', 'satisfied_loyal', 'satisfied_not_loyal') "
        "and outcome = 'loyal_class'",
        # two of the four would hardly buy again
        "leaving": "select n_respondents, estimate from fct_satisfaction_loyalty_tests "
        "where test_id = 'satisfied_leaving' and outcome = 'repurchase_high'",
        "to fix": "select count(*) from fct_next_best_action "
        "where line_id in ('ask_captive', 'ask_what_failed')",
    }
    found = {name: engine.rows(query)[0] for name, query in said.items()}
    assert found == {
        "satisfied_share": (pytest.approx(40),),
        "dissatisfied": (pytest.approx(6),),
        "satisfied": (4,),
        "relations": (4,),
        "leaving": (4, pytest.approx(0.5)),
        "to fix": (6,),
    }


def test_a_cost_that_is_a_mistake_stops_no_build(engine: Engine) -> None:
    costs = [("ann", "1e14", "5e13"), ("bob", "10", "5"), ("cho", "20", "8")]
    rows = [
        f"{who},{name}_cost,{cost},2025-01-01\n"
        for who, *both in costs
        for name, cost in zip(("acquisition", "retention"), both, strict=True)
    ]
    engine.lay({"customer_profiles.csv": "customer_id,attribute,value,as_of\n" + "".join(rows)})
    assert not engine.run("+fct_hypotheses", as_of_date="2025-02-28", segment_by=[])
    query = "select n_upper, estimate from fct_hypotheses where claim_id = 'keeping_costs_a_fifth'"
    assert engine.rows(query) == [(2, pytest.approx(13 / 30))]


def test_no_revenue_is_no_baseline(engine: Engine) -> None:
    services = "subscription_id,customer_id,service_line,started_on,ended_on,monthly_fee\n"
    answer = "response_id,survey_id,customer_id,answered_at,q_overall\nr1,w1,ann,2025-05-10,5\n"
    engine.lay({
        "subscriptions.csv": f"{services}s1,ann,voice,2025-01-01,,0\n",
        "survey_wide.csv": answer,
    })  # fmt: skip
    free = {"as_of_date": "2025-12-31", "baseline_min_amount": 0, "segment_by": []}
    assert not engine.run("+int_wave_outcomes", **free)
    found = engine.rows("select is_kept, revenue_kept, is_revenue_held from int_wave_outcomes")
    assert found == [(True, None, None)]


def test_the_chain_on_a_plain_table() -> None:
    """Links are correlations over those who have both; the chain is their product."""
    rng = np.random.default_rng(5)
    n = 400
    values = {"quality": rng.normal(size=n)}
    for left, right in (("quality", "satisfaction"), ("satisfaction", "loyalty"),
                        ("loyalty", "kept"), ("loyalty", "revenue_kept")):  # fmt: skip
        values[right] = 0.8 * values[left] + rng.normal(size=n)
    values["kept"] = np.where(np.arange(n) % 3, (values["kept"] > 0) * 1.0, np.nan)
    rows = []
    for left, right in [*combinations(sorted(values), 2), *((name, name) for name in values)]:
        for group in range(100):
            x, y = values[left][group::100], values[right][group::100]
            both = np.isfinite(x) & np.isfinite(y)
            x, y = x[both], y[both]
            sums = (len(x), x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), (x * y).sum())
            rows.append([*SEGMENT, group, left, right, *sums])
    columns = ["survey_id", "segment_type", "segment_value", "resample_group", "left_id",
               "right_id", "n", "sum_left", "sum_right", "square_left", "square_right",
               "product"]  # fmt: skip
    found = service_profit_chain(pd.DataFrame(rows, columns=columns), 300)
    found = found.set_index(["effect", "from_stage", "to_stage"])

    def correlation(left: str, right: str) -> float:
        both = np.isfinite(values[left]) & np.isfinite(values[right])
        return float(np.corrcoef(values[left][both], values[right][both])[0, 1])

    for link in LINKS:
        assert found.loc[("link", *link), "estimate"] == pytest.approx(correlation(*link))
    steps = pairwise(("quality", "satisfaction", "loyalty", "kept"))
    links = [correlation(*link) for link in steps]
    chain = found.loc[("chain", "quality", "kept")]
    assert chain["estimate"] == pytest.approx(np.prod(links))
    assert chain["n_respondents"] == np.isfinite(values["kept"]).sum()
    # Sobel's standard error of a product, by the delta method: (1 - r^2) / sqrt(n) of each link
    errors = [
        (1 - r * r) / sqrt(m) for r, m in zip(links, (n, n, chain["n_respondents"]), strict=True)
    ]
    sobel = chain["estimate"] * sqrt(sum((e / r) ** 2 for e, r in zip(errors, links, strict=True)))
    assert chain["standard_error"] == pytest.approx(sobel, rel=0.25)
    assert chain["estimate_low"] < chain["estimate"] < chain["estimate_high"]
    total = found.loc[("total", "quality", "revenue_kept"), "estimate"]
    assert total == pytest.approx(correlation("quality", "revenue_kept"))
    # what nobody has, or in which nobody differs, has no rows
    same = pd.DataFrame(rows, columns=columns)
    assert service_profit_chain(same[:0], 50).empty
    lost = same[(same["left_id"] != "kept") & (same["right_id"] != "kept")]
    assert "kept" not in set(service_profit_chain(lost, 50)["to_stage"])


def test_demo_chain(demo: Built) -> None:
    rows = demo.build_rows(
        "select i.index_score_rescaled, o.overall_level, o.repeat_probability, o.revenue_kept, "
        "cast(o.is_kept as integer) "
        "from int_wave_outcomes as o left join py_customer_index as i "
        "using (survey_id, customer_id) where survey_id = '2025q2'"
    )
    values = np.array(rows, dtype=float)
    names = ("quality", "satisfaction", "loyalty", "revenue_kept", "kept")
    found = demo.rows(
        "select from_stage, to_stage, n_respondents, estimate from fct_service_profit_chain "
        "where survey_id = '2025q2' and segment_type = 'total' and effect <> 'chain'"
    )
    assert len(found) == 7
    for left, right, n, estimate in found:
        pair = values[:, [names.index(left), names.index(right)]]
        pair = pair[np.isfinite(pair).all(axis=1)]
        assert n == len(pair)
        assert estimate == pytest.approx(np.corrcoef(pair.T)[0, 1])
