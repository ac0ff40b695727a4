"""A few-row case with every figure computed by hand, and the demo recomputed from its answers."""

from math import sqrt
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

ROOT = Path(__file__).resolve().parents[3]
CASE = ROOT / "tests" / "cases" / "satisfaction"
# Student's t by degrees of freedom
T = {1: 12.706204736174694, 2: 4.302652729749462, 3: 3.1824463052837086}
SEGMENT = ["survey_id", "segment_type", "segment_value"]


def is_figure(value):
    return pytest.approx(value, abs=1e-9) if isinstance(value, float) else value


def compare(row, expected):
    """Every expected figure, and null exactly where None is expected."""
    for name, value in expected.items():
        found = row[name]
        found = None if pd.isna(found) else found
        assert found == is_figure(value), (name, found, value)


# The case -------------------------------------------------------------------------------------
#
# Weights: service over price 3, speed over care 2, so speed 1/2, care 1/4, price 1/4.
# Scales: speed 4, 6, 8, 10 (poor, fair, good, great); care (two questions) and price 1 to 5.
#
#            spring, wave date 2025-03-31          summer, wave date 2025-06-30
#            speed   care 1, 2   price             speed   care 1, 2   price
# A north    10      5, 4        4                 8       4, 4        4      born 1990-06-15
# B north    8       3, blank    2                 6       3, 3        2      born 1980
# C south    6       4, 2        n/a               10      4, n/a      3      born 2000
# D south    10      4, 4        (not asked)       -                          born 1970
# E (blank)  -       2, 3        -                 -                          no birth date
# F south    -                                     6       2, 2        3      born 1995
#
# A turns 35 between the waves: young in spring, mature in summer.


@pytest.fixture(scope="module")
def case(engine):
    """Marts of the case as frames, read before another case is built."""
    files = {path.name: path.read_bytes() for path in CASE.iterdir()}
    dbt_vars = yaml.safe_load(files.pop("vars.yml"))
    engine.lay(files)
    names = ["fct_customer_satisfaction", "fct_customer_factor_satisfaction", "dim_waves"]
    names += ["fct_segment_satisfaction", "fct_segment_factor_satisfaction", "dim_segments"]
    names += ["dim_factors"]
    assert not engine.check(*[f"+{name}" for name in names], **dbt_vars)
    with duckdb.connect(str(engine.target / "satisfaction.duckdb"), read_only=True) as con:
        return {name: con.sql(f"select * from {name}").df() for name in names}


def one(frame, **key):
    rows = frame
    for name, value in key.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, key
    return rows.iloc[0]


def test_weights_of_the_case(case):
    weights = case["dim_factors"].set_index("factor_id")["weight"].to_dict()
    assert weights == pytest.approx({"speed": 0.5, "care": 0.25, "price": 0.25}, abs=1e-12)


def test_a_wave_without_answers_is_there_and_passed_over(case):
    waves = case["dim_waves"].sort_values("wave_number")
    assert waves["survey_id"].tolist() == ["spring", "empty", "summer"]
    assert waves["n_respondents"].tolist() == [5, 0, 4]
    assert waves["n_missing_answers"].tolist() == [2, 0, 1]
    assert waves["previous_survey_id"].replace({np.nan: None}).tolist() == [
        None,
        "spring",
        "spring",
    ]
    assert "empty" not in set(case["fct_segment_satisfaction"]["survey_id"])


CUSTOMERS = {
    # speed 10/10, care 4.5/5, price 4/5: .5 + .225 + .2; 0-100: 1, 3.5/4, 3/4
    ("spring", "A"): (92.5, 90.625, 1.0, 3),
    # .8, .6, .4: .4 + .15 + .1; 0-100: 2/3, 1/2, 1/4
    ("spring", "B"): (65.0, 100 * (1 / 3 + 0.125 + 0.0625), 1.0, 3),
    # .6, 3/5, price not applicable: (.3 + .15) / .75; 0-100: 1/3, 1/2
    ("spring", "C"): (60.0, 100 * (1 / 6 + 1 / 8) / 0.75, 0.75, 2),
    # 1, 4/5, price not asked: (.5 + .2) / .75; 0-100: 1, 3/4
    ("spring", "D"): (100 * 0.7 / 0.75, 100 * 0.6875 / 0.75, 0.75, 2),
    # only care: coverage 1/4 is below 1/2
    ("spring", "E"): (None, None, 0.25, 1),
    # .8, .8, .8; 0-100: 2/3, 3/4, 3/4
    ("summer", "A"): (80.0, 100 * (1 / 3 + 0.1875 + 0.1875), 1.0, 3),
    # .6, .6, .4; 0-100: 1/3, 1/2, 1/4
    ("summer", "B"): (55.0, 100 * (1 / 6 + 0.125 + 0.0625), 1.0, 3),
    # 1, 4/5 (one answer), 3/5; 0-100: 1, 3/4, 1/2
    ("summer", "C"): (85.0, 81.25, 1.0, 3),
    # .6, .4, .6; 0-100: 1/3, 1/4, 1/2
    ("summer", "F"): (55.0, 100 * (1 / 6 + 0.0625 + 0.125), 1.0, 3),
}


def test_index_of_every_customer(case):
    found = case["fct_customer_satisfaction"]
    assert set(zip(found["survey_id"], found["customer_id"], strict=True)) == set(CUSTOMERS)
    names = ["satisfaction_index", "satisfaction_index_0_100", "weight_coverage", "n_factors"]
    for (wave, customer), figures in CUSTOMERS.items():
        row = one(found, survey_id=wave, customer_id=customer)
        compare(row, dict(zip(names, figures, strict=True)))


def test_answers_of_a_customer_are_counted(case):
    found = case["fct_customer_satisfaction"]
    counted = {"n_valid_answers": 3, "n_missing_answers": 1, "n_responses": 1}
    compare(one(found, survey_id="spring", customer_id="B"), counted)
    compare(one(found, survey_id="spring", customer_id="C"), counted)


def test_factors_of_a_customer(case):
    found = case["fct_customer_factor_satisfaction"]
    own = found[(found["survey_id"] == "spring") & (found["customer_id"] == "C")]
    assert sorted(own["factor_id"]) == ["care", "speed"]
    # the weights 1/2 and 1/4 count as 2/3 and 1/3: 40 of speed, 20 of care
    compare(
        one(own, factor_id="speed"),
        {
            "factor_score": 60.0,
            "factor_score_0_100": 100 / 3,
            "weight": 2 / 3,
            "contribution": 40.0,
        },
    )
    compare(
        one(own, factor_id="care"),
        {"factor_score": 60.0, "factor_score_0_100": 50.0, "weight": 1 / 3, "contribution": 20.0}
        | {"n_valid": 2, "n_missing": 0},
    )
    below = one(found, survey_id="spring", customer_id="E")
    compare(below, {"factor_score": 50.0, "weight": 1.0, "contribution": None})


def wave_figures(
    index, rescaled, error, n, mean, indexed, coverage=1.0, absent=0, reliable=True, freedom=1
):
    """Columns of fct_segment_satisfaction but for the change."""
    half = None if error is None else T[freedom] * error
    return {
        "satisfaction_index": index,
        "satisfaction_index_0_100": rescaled,
        "standard_error": error,
        "index_low": None if half is None else max(index - half, 0.0),
        "index_high": None if half is None else min(index + half, 100.0),
        "n_respondents": n,
        "mean_customer_index": mean,
        "n_indexed_customers": indexed,
        "weight_coverage": coverage,
        "n_factors_absent": absent,
        "is_reliable": reliable,
    }


# With v_k = u_k / n = sum_i C_i (s_ik - D_i m_ik) / M_i the standard error is
# 100 sqrt(sum v_k^2 n / (n - 1)); C_i is shared out over the factors that were answered.
SEGMENTS = {
    # speed 34/4 of 10 = .85, care 31/9 of 5 = 31/45, price 6/2 of 5 = .6: .425 + 31/180 + .15.
    # 0-100: 4.5/6, (31/9 - 1)/4 = 11/18, 1/2.
    # 12960 v: A 719, B -437, C -469, D 323, E -136 (sum 0); squares 1050716, times 5/4.
    # a factor has 4/2 + 5/4 + 2/4 = 3.75 respondents: two degrees of freedom.
    ("spring", "total", "total"): wave_figures(
        100 * 269 / 360,
        100 * 47 / 72,
        100 * sqrt(1313395) / 12960,
        5,
        100 * 373 / 480,
        4,
        freedom=2,
    ),
    # A, B: speed 9/10, care 12/3 of 5, price 3/5: .45 + .2 + .15; 0-100: 5/6, 3/4, 1/2.
    # v: +-1/15, so SE = 2/15; t of one degree is 12.7, and the ends are cut at 0 and 100.
    ("spring", "region", "north"): wave_figures(
        80.0, 100 * (5 / 12 + 0.1875 + 0.125), 100 * 2 / 15, 2, 78.75, 2, reliable=False
    ),
    # C, D: speed 8/10, care 14/4 of 5, price absent: (.4 + .175) / .75; 0-100: 2/3, 2.5/4.
    # v: +-(1/16) / .75 = +-1/12, so SE = 1/6.
    ("spring", "region", "south"): wave_figures(
        100 * 0.575 / 0.75,
        100 * (1 / 3 + 0.15625) / 0.75,
        100 / 6,
        2,
        100 * 23 / 30,
        2,
        0.75,
        1,
        False,
    ),
    # E alone: care 2.5 of 5; no interval.
    ("spring", "region", "unknown"): wave_figures(50.0, 37.5, None, 1, None, 0, 0.25, 2, False),
    ("spring", "age_band", "unknown"): wave_figures(50.0, 37.5, None, 1, None, 0, 0.25, 2, False),
    # A (34), C: speed 8/10, care 15/4 of 5, price 4/5: .4 + .1875 + .2; 0-100: 2/3, 2.75/4, 3/4.
    # v: +-(.05 + .01875), so SE = .1375.
    ("spring", "age_band", "young"): wave_figures(
        78.75, 100 * (1 / 3 + 0.171875 + 0.1875), 13.75, 2, 76.25, 2, reliable=False
    ),
    # B, D: speed 9/10, care 11/3 of 5, price 2/5: .45 + 11/60 + .1; 0-100: 5/6, 2/3, 1/4.
    # v: +-(.025 + 1/90) = +-13/360, so SE = 13/180.
    ("spring", "age_band", "mature"): wave_figures(
        100 * 44 / 60,
        100 * (5 / 12 + 1 / 6 + 0.0625),
        1300 / 180,
        2,
        100 * 19 / 24,
        2,
        reliable=False,
    ),
    # speed 30/4 of 10 = .75, care 22/7 of 5 = 22/35, price 12/4 of 5 = .6: .375 + 11/70 + .15.
    # 0-100: 3.5/6, 15/28, 1/2.
    # 7840 v: A 243, B -261, C 293, F -275 (sum 0); squares 288644, times 4/3.
    ("summer", "total", "total"): wave_figures(
        100 * 191 / 280,
        100 * (7 / 24 + 15 / 112 + 1 / 8),
        100 * sqrt(288644 * 4 / 3) / 7840,
        4,
        68.75,
        4,
        freedom=3,
    ),
    # A, B: speed 7/10, care 14/4 of 5, price 3/5: .35 + .175 + .15; 0-100: 1/2, 2.5/4, 1/2.
    # v: +-(.025 + .0125 + .025) = +-1/16, so SE = 1/8.
    ("summer", "region", "north"): wave_figures(67.5, 53.125, 12.5, 2, 67.5, 2, reliable=False),
    # C, F: speed 8/10, care 8/3 of 5, price 3/5: .4 + 2/15 + .15; 0-100: 2/3, 5/12, 1/2.
    # v: +-(.05 + 1/45) = +-13/180, so SE = 13/90.
    ("summer", "region", "south"): wave_figures(
        100 * 41 / 60, 56.25, 1300 / 90, 2, 70.0, 2, reliable=False
    ),
    # C, F again, and A (now 35), B
    ("summer", "age_band", "young"): wave_figures(
        100 * 41 / 60, 56.25, 1300 / 90, 2, 70.0, 2, reliable=False
    ),
    ("summer", "age_band", "mature"): wave_figures(67.5, 53.125, 12.5, 2, 67.5, 2, reliable=False),
}

# Covariance = sum of v_k (spring) v_k (summer) over who answered both in the segment, times
# sqrt(n / (n - 1)) of each wave. Change, variance of the change as a share of 1, flag:
CHANGES = {
    # A, B, C: (719 · 243 + 437 · 261 - 469 · 293) / (12960 · 7840) · sqrt(5/4 · 4/3)
    ("total", "total"): (
        100 * (191 / 280 - 269 / 360),
        1313395 / 12960**2 + 288644 * 4 / 3 / 7840**2 - 2 * 151357 / (12960 * 7840) * sqrt(5 / 3),
        "unclear",
    ),
    # what is not reliable has no flag.
    # A, B: 2 · 1/15 · 1/16 · 2 = 1/60; (2/15 - 1/8)^2 = 1/120^2: they fell together
    ("region", "north"): (-12.5, 1 / 120**2, None),
    # C: -1/12 · 13/180 · 2 = -13/1080
    ("region", "south"): (
        100 * (41 / 60 - 23 / 30),
        1 / 36 + (13 / 90) ** 2 + 2 * 13 / 1080,
        None,
    ),
    # C only, for A is no longer young: -.06875 · 13/180 · 2
    ("age_band", "young"): (
        100 * 41 / 60 - 78.75,
        0.1375**2 + (13 / 90) ** 2 + 4 * 0.06875 * 13 / 180,
        None,
    ),
    # B only, for A was not yet mature: -13/360 · -1/16 · 2
    ("age_band", "mature"): (
        67.5 - 100 * 44 / 60,
        (13 / 180) ** 2 + 1 / 64 - 4 * 13 / 360 / 16,
        None,
    ),
}


def test_index_and_interval_of_every_segment(case):
    found = case["fct_segment_satisfaction"]
    assert set(found[SEGMENT].itertuples(index=False, name=None)) == set(SEGMENTS)
    for key, figures in SEGMENTS.items():
        compare(one(found, **dict(zip(SEGMENT, key, strict=True))), figures)


def test_error_of_the_rescaled_index(case):
    """North: v = +-3/32. South: +-(1/12 + 1/64) / .75 = +-19/144. Total: 2592 v = 200, -116, …"""
    found = case["fct_segment_satisfaction"]
    found = found[found["survey_id"] == "spring"].set_index("segment_value")["standard_error_0_100"]
    assert found["north"] == pytest.approx(18.75, abs=1e-9)
    assert found["south"] == pytest.approx(100 * 38 / 144, abs=1e-9)
    squares = 200**2 + 116**2 + 151**2 + 101**2 + 34**2
    assert found["total"] == pytest.approx(100 * sqrt(squares * 5 / 4) / 2592, abs=1e-9)


def test_change_from_the_wave_before(case):
    found = case["fct_segment_satisfaction"]
    spring, summer = (found[found["survey_id"] == wave] for wave in ("spring", "summer"))
    names = ["previous_survey_id", "previous_index", "index_change", "change_standard_error"]
    names += ["change_low", "change_high", "change_flag"]
    assert spring[names].isna().all().all()
    assert len(summer) == len(CHANGES)
    for (kind, value), (change, variance, flag) in CHANGES.items():
        error = 100 * sqrt(variance)
        expected = ["spring", SEGMENTS["spring", kind, value]["satisfaction_index"], change, error]
        half = T[2 if kind == "total" else 1] * error
        expected += [change - half, change + half, flag]
        row = one(summer, segment_type=kind, segment_value=value)
        compare(row, dict(zip(names, expected, strict=True)))


def test_level_counts_of_the_total(case):
    found = case["fct_segment_factor_satisfaction"]
    levels = [f"n_level_{j}" for j in range(1, 12)]
    spring = {"survey_id": "spring", "segment_type": "total"}
    expected = {  # respondents, valid, missing, levels from the worst
        "speed": (4, 4, 0, [0, 1, 1, 2]),
        "care": (5, 9, 1, [0, 2, 2, 4, 1]),
        "price": (2, 2, 1, [0, 1, 0, 1, 0]),
    }
    for factor, (respondents, valid, missing, counts) in expected.items():
        row = one(found, **spring, factor_id=factor)
        compare(row, {"n_respondents": respondents, "n_valid": valid, "n_missing": missing})
        counts = counts + [None] * (11 - len(counts))  # null beyond the scale
        compare(row, dict(zip(levels, counts, strict=True)))
        compare(row, {"is_absent": False, "is_reliable": respondents >= 3})
    # 85, 31/45 and 60, each times its weight
    parts = {"speed": 42.5, "care": 100 * 31 / 180, "price": 15.0}
    for factor, points in parts.items():
        compare(one(found, **spring, factor_id=factor), {"contribution": points})
    compare(one(found, **spring, factor_id="speed"), {"factor_score_0_100": 75.0})


def test_a_factor_absent_in_one_segment_is_flagged_and_its_weight_shared_out(case):
    found = case["fct_segment_factor_satisfaction"]
    south = {"survey_id": "spring", "segment_type": "region", "segment_value": "south"}
    compare(
        one(found, **south, factor_id="price"),
        {"is_absent": True, "n_valid": 0, "n_missing": 1, "n_respondents": 0, "n_level_3": 0}
        | dict.fromkeys(["factor_score", "factor_score_0_100", "weight", "contribution"]),
    )
    compare(one(found, **south, factor_id="speed"), {"weight": 2 / 3, "contribution": 80 * 2 / 3})
    compare(one(found, **south, factor_id="care"), {"weight": 1 / 3, "contribution": 70 / 3})
    assert len(found) == 3 * len(SEGMENTS)


def test_a_segment_type_without_labels_is_shown_by_its_codes(case):
    found = case["dim_segments"]
    row = one(found, segment_type="region", segment_value="south")
    compare(row, {"type_label_en": "region", "label_zh": "south"})
    row = one(found, segment_type="age_band", segment_value="mature")
    compare(row, {"type_label_zh": "年龄段", "label_en": "35 and over"})


# The demo, once more from scratch ---------------------------------------------------------------


@pytest.fixture(scope="module")
def published(demo):
    with duckdb.connect(str(demo.target / "marts.duckdb"), read_only=True) as con:
        names = ["fct_customer_satisfaction", "fct_segment_satisfaction", "dim_waves"]
        names += ["fct_segment_factor_satisfaction", "fct_factor_weights", "dim_factors"]
        return {name: con.sql(f"select * from {name}").df() for name in names}


@pytest.fixture(scope="module")
def scales(published):
    """Weight and ends of the scale of each factor, from the method tables of the demo."""
    method = ROOT / "seeds" / "method" / "survey"
    questions = pd.read_csv(method / "seed_questions.csv").query("role == 'performance'")
    levels = pd.read_csv(method / "seed_scale_levels.csv")
    ends = levels.groupby("scale_id")["value"].agg(["min", "max"])
    weights = published["fct_factor_weights"].query("model == 'satisfaction' and is_leaf")
    factors = questions.drop_duplicates("factor_id").set_index("factor_id")[["scale_id"]]
    factors = factors.join(ends, on="scale_id")
    return factors.join(weights.set_index("node_id")["weight"])


@pytest.fixture(scope="module")
def answers(demo):
    """Accepted performance answers with a level: wave, customer, factor, value."""
    method = ROOT / "seeds" / "method" / "survey"
    with duckdb.connect(str(demo.target / "satisfaction.duckdb"), read_only=True) as con:
        accepted = con.sql(
            """select survey_id, customer_id, question_id, level
            from stg_answers where level is not null"""
        ).df()
    questions = pd.read_csv(method / "seed_questions.csv").query("role == 'performance'")
    levels = pd.read_csv(method / "seed_scale_levels.csv")
    rows = accepted.merge(questions[["question_id", "factor_id", "scale_id"]], on="question_id")
    return rows.merge(levels[["scale_id", "level", "value"]], on=["scale_id", "level"])


def whole_years(born, day):
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@pytest.fixture(scope="module")
def members(demo, published, answers):
    """Segments of every respondent of a wave, from the customer's version of the wave's date."""
    with duckdb.connect(str(demo.target / "satisfaction.duckdb"), read_only=True) as con:
        rows = con.sql("select * from base_customers where reject_reason is null").df()
    versions = {customer: group for customer, group in rows.groupby("customer_id")}
    bands = pd.read_csv(ROOT / "seeds" / "method" / "survey" / "seed_segments.csv")
    bands = bands.query("segment_type == 'age_band' and segment_value.notna()")
    dates = published["dim_waves"].set_index("survey_id")["wave_date"]
    found = []
    for wave, customer in sorted(
        set(zip(answers["survey_id"], answers["customer_id"], strict=True))
    ):
        known = {}
        if customer in versions:
            own = versions[customer].sort_values("valid_from", na_position="first")
            started = own[~(own["valid_from"] > dates[wave])]
            known = (started if len(started) else own.iloc[:1]).iloc[-1].dropna().to_dict()
        segments = {"total": "total"}
        for name in ("customer_type", "region", "gender"):
            segments[name] = known.get(name, "unknown")
        age = whole_years(known["birth_date"], dates[wave]) if "birth_date" in known else np.nan
        low, high = bands["lower_bound"].fillna(-np.inf), bands["upper_bound"].fillna(np.inf)
        band = bands.loc[(low <= age) & (age < high), "segment_value"]
        segments["age_band"] = band.iloc[0] if len(band) else "unknown"
        found += [(wave, customer, kind, value) for kind, value in segments.items()]
    return pd.DataFrame(found, columns=["survey_id", "customer_id", *SEGMENT[1:]])


def influences(rows, scales):
    """u_k of every respondent of a cell in points, its index, its rescaled index and its t."""
    sums = rows.pivot_table(
        index="customer_id", columns="factor_id", values="value", aggfunc=["sum", "count"]
    )
    s, m = sums["sum"].fillna(0), sums["count"].fillna(0)
    factors = scales.loc[s.columns]
    weight = factors["weight"] / factors["weight"].sum()
    mean = s.sum() / m.sum()
    gap = (s - m * mean) / factors["max"]
    u = 100 * (gap * weight / m.sum()).sum(axis=1) * len(s)
    index = 100 * (weight * mean / factors["max"]).sum()
    share = (mean - factors["min"]) / (factors["max"] - factors["min"])
    # respondents that a factor has on the weighted mean, in whole numbers
    answering = int(((m > 0).sum() * weight).sum() + 1e-9)
    return u, index, 100 * (weight * share).sum(), stats.t.ppf(0.975, max(answering - 1, 1))


def mean_error(u):
    n = len(u)
    return np.sqrt((u**2).sum() / (n * (n - 1))) if n > 1 else np.nan


@pytest.fixture(scope="module")
def recomputed(answers, members, scales, published):
    """fct_segment_satisfaction from the accepted answers, one cell after the other."""
    rows = answers.merge(members, on=["survey_id", "customer_id"])
    cells = {key: influences(group, scales) for key, group in rows.groupby(SEGMENT)}
    waves = published["dim_waves"].sort_values("wave_number")["survey_id"].tolist()
    before = dict(zip(waves[1:], waves, strict=False))
    out = []
    for (wave, kind, value), (u, index, rescaled, t) in cells.items():
        row = {"survey_id": wave, "segment_type": kind, "segment_value": value}
        row |= {"n_respondents": len(u), "satisfaction_index": index}
        row |= {"satisfaction_index_0_100": rescaled, "standard_error": mean_error(u)}
        row["index_low"] = np.maximum(index - t * mean_error(u), 0)
        row["index_high"] = np.minimum(index + t * mean_error(u), 100)
        if (before.get(wave), kind, value) in cells:
            u_0, index_0, _, t_0 = cells[before[wave], kind, value]
            n, n_0 = len(u), len(u_0)
            both = u.index.intersection(u_0.index)
            size = np.sqrt(n * (n - 1) * n_0 * (n_0 - 1))
            covariance = (u[both] * u_0[both]).sum() / size if size else np.nan
            error = np.sqrt(mean_error(u) ** 2 + mean_error(u_0) ** 2 - 2 * covariance)
            row |= {"previous_index": index_0, "index_change": index - index_0}
            row |= {"change_standard_error": error}
            row["change_low"] = index - index_0 - max(t, t_0) * error
            row["change_high"] = index - index_0 + max(t, t_0) * error
        out.append(row)
    return pd.DataFrame(out)


def test_demo_customer_indices_follow_from_the_accepted_answers(published, answers, scales):
    found = published["fct_customer_satisfaction"].set_index(["survey_id", "customer_id"])
    own = answers.groupby(["survey_id", "customer_id", "factor_id"])["value"].mean().reset_index()
    own = own.join(scales, on="factor_id")
    own["points"] = own["weight"] * own["value"] / own["max"]
    share = (own["value"] - own["min"]) / (own["max"] - own["min"])
    own["points_0_100"] = own["weight"] * share
    sums = own.groupby(["survey_id", "customer_id"])[["weight", "points", "points_0_100"]].sum()
    sums = sums.reindex(found.index)
    enough = sums["weight"] >= 0.5 - 1e-9
    assert (sums["weight"] < 1 - 1e-9).sum() > 50  # weights shared out over answered factors
    for name, column in (("", "points"), ("_0_100", "points_0_100")):
        expected = (100 * sums[column] / sums["weight"]).where(enough)
        np.testing.assert_allclose(found[f"satisfaction_index{name}"], expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["weight_coverage"], sums["weight"].fillna(0), atol=1e-12)


def test_demo_segments_follow_from_the_accepted_answers(published, recomputed):
    found = published["fct_segment_satisfaction"].set_index(SEGMENT).sort_index()
    expected = recomputed.set_index(SEGMENT).sort_index()
    assert found.index.tolist() == expected.index.tolist()
    assert len(found) > 80
    for name in expected.columns:
        np.testing.assert_allclose(
            found[name].astype(float), expected[name].astype(float), 0, 1e-5, err_msg=name
        )
    waves = dict(found.reset_index()[["survey_id", "previous_survey_id"]].itertuples(index=False))
    large = {key for key, n in found["n_respondents"].items() if n >= 30}
    outside = (expected["change_low"] > 0) | (expected["change_high"] < 0)
    has_change = expected["change_low"].notna()
    assert ((found["change_p_value"] <= 0.05) == outside)[has_change].all()
    is_tested = np.array(
        [{(wave, *cell), (waves[wave], *cell)} <= large for wave, *cell in found.index]
    )
    tests = found[is_tested]
    q = tests.groupby(["survey_id", "segment_type"])["change_p_value"].transform(
        stats.false_discovery_control
    )
    np.testing.assert_allclose(tests["change_q_value"], q)
    assert found.loc[~is_tested, "change_q_value"].isna().all()
    flag = pd.Series("unclear", index=q.index).where(
        q > 0.05, np.where(tests["index_change"] > 0, "up", "down")
    )
    # one of several segments that its own interval would call changed
    assert ((flag == "unclear") & outside[is_tested]).any()
    flag = [None if pd.isna(x) else x for x in flag.reindex(found.index)]
    assert found["change_flag"].replace({np.nan: None}).tolist() == flag
    assert found["change_low"].notna().sum() > len(flag) - flag.count(None)
    assert {"down", "unclear"} <= set(found["change_flag"].dropna())
    assert (found["is_reliable"] == (found["n_respondents"] >= 30)).all()


def test_demo_mean_of_customer_indices(published, members):
    own = published["fct_customer_satisfaction"][["survey_id", "customer_id", "satisfaction_index"]]
    means = members.merge(own, on=["survey_id", "customer_id"])
    means = means.groupby(SEGMENT)["satisfaction_index"].agg(["mean", "count"]).sort_index()
    found = published["fct_segment_satisfaction"].set_index(SEGMENT).sort_index()
    np.testing.assert_allclose(found["mean_customer_index"], means["mean"], rtol=0, atol=1e-9)
    assert found["n_indexed_customers"].tolist() == means["count"].tolist()


def test_demo_indices_follow_from_the_published_level_counts(published, scales):
    cells = published["fct_segment_factor_satisfaction"].join(scales["max"], on="factor_id")
    levels = cells[[f"n_level_{j}" for j in range(1, 12)]].fillna(0).to_numpy(float)
    method = pd.read_csv(ROOT / "seeds" / "method" / "survey" / "seed_scale_levels.csv")
    values = {
        scale: group.sort_values("level")["value"] for scale, group in method.groupby("scale_id")
    }
    x = np.zeros_like(levels)
    for i, factor in enumerate(cells["factor_id"]):
        own = values[scales.loc[factor, "scale_id"]]
        x[i, : len(own)] = own
    assert (levels.sum(axis=1) == cells["n_valid"]).all()
    score = (levels * x).sum(axis=1) / levels.sum(axis=1).clip(1) / cells["max"]
    known = cells["n_valid"] > 0
    weight = cells["factor_id"].map(scales["weight"]).where(known, 0)
    cells["weight_sum"], cells["points"] = weight, 100 * weight * score
    sums = cells.groupby(SEGMENT)[["points", "weight_sum", "contribution"]].sum()
    found = published["fct_segment_satisfaction"].set_index(SEGMENT)["satisfaction_index"]
    index = (sums["points"] / sums["weight_sum"]).reindex(found.index)
    np.testing.assert_allclose(found, index, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found, sums["contribution"].reindex(found.index), rtol=0, atol=1e-9)


def test_demo_figures_in_the_page_on_uncertainty(published):
    text = (ROOT / "docs" / "methods" / "survey" / "uncertainty.md").read_text(encoding="utf-8")
    text = " ".join(text.replace("\u2212", "-").split())
    found = published["fct_segment_satisfaction"].query("segment_type == 'total'")
    first, last = (row for _, row in found.sort_values("wave_number").iloc[[0, 3]].iterrows())
    assert (
        f"In the demo {first['n_respondents']} customers answer the first wave: "
        f"index {first['satisfaction_index']:.1f}, 95 % interval {first['index_low']:.1f} "
        f"to {first['index_high']:.1f}. In the last it is lower by "
        f"{-last['index_change']:.1f} points than in the one before, interval "
        f"{last['change_low']:.1f} to {last['change_high']:.1f}." in text
    )
    assert last["change_flag"] == "unclear"
