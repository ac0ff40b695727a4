"""Intraclass correlation: a published table, the variance parted row by row, and the demo."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from satisfaction.quality import consistency
from tests.python.conftest import Built

# Shrout and Fleiss (1979), table 2: six targets (here units) rated four times, out of ten
SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]


def sums_of(scores: dict[str, list[float]], item: str = "speed") -> pd.DataFrame:
    rows = [
        ("w", "branch", item, unit, len(x), sum(x), sum(v * v for v in x))
        for unit, x in scores.items()
    ]
    names = [*consistency.ITEM, "unit_value", "n_respondents", "score_sum", "square_sum"]
    return pd.DataFrame(rows, columns=names)


def found_in(scores: dict[str, list[float]]) -> pd.Series:
    return consistency.service_consistency(sums_of(scores)).iloc[0]


def test_published_example() -> None:
    """ICC(1,1) = .17 (table 4) of mean squares 11.24 and 6.26 (table 3); interval of R's psych."""
    found = found_in({f"t{i}": [x / 10 for x in row] for i, row in enumerate(SHROUT_FLEISS)})
    assert found["icc"] == pytest.approx(0.17, abs=0.005)
    assert found["within_sd"] == pytest.approx(10 * 6.26**0.5, abs=0.01)
    assert found["between_sd"] == pytest.approx(10 * ((11.24 - 6.26) / 4) ** 0.5, abs=0.02)
    assert found["f_value"] == pytest.approx(1.8, abs=0.01)
    assert found["p_value"] == pytest.approx(0.16, abs=0.005)
    assert found["icc_low"] == pytest.approx(-0.133, abs=0.0005)
    assert found["icc_high"] == pytest.approx(0.72, abs=0.005)
    assert (found["lowest_unit"], found["highest_unit"]) == ("t1", "t4")
    assert (found["lowest_mean"], found["highest_mean"]) == (30, 75)


def slow(scores: dict[str, list[float]]) -> tuple[float, float, float]:
    """ICC, mean squares between and within, one customer after another."""
    every = [x for unit in scores.values() for x in unit]
    grand = sum(every) / len(every)
    between = within = 0.0
    for unit in scores.values():
        mean = sum(unit) / len(unit)
        for x in unit:
            between += (mean - grand) ** 2
            within += (x - mean) ** 2
    k, n = len(scores), len(every)
    n0 = (n - sum(len(unit) ** 2 for unit in scores.values()) / n) / (k - 1)
    between, within = between / (k - 1), within / (n - k)
    return (between - within) / (between + (n0 - 1) * within), between, within


def test_units_of_different_sizes() -> None:
    rng = np.random.default_rng(11)
    for _ in range(50):
        k = int(rng.integers(2, 9))
        scores = {
            f"u{i}": list(rng.normal(0.5 + 0.1 * rng.normal(), 0.2, int(rng.integers(1, 40))))
            for i in range(k)
        }
        scores["u0"] += [0.1, 0.9]  # more customers than units
        found = found_in(scores)
        icc, between, within = slow(scores)
        assert found["icc"] == pytest.approx(icc, abs=1e-9)
        assert found["f_value"] == pytest.approx(between / within)
        assert found["icc_low"] < found["icc"] < found["icc_high"] <= 1
        # the interval excludes 0 as the F test does
        assert (found["icc_low"] > 0) == (found["p_value"] < 0.025)
        assert found["lowest_mean"] <= found["mean_score"] <= found["highest_mean"]


def test_the_interval_covers_what_was_drawn() -> None:
    """95 of a hundred: 1000 surveys of eight units of different sizes with an ICC of 0.2."""
    rng = np.random.default_rng(23)
    frames = []
    for draw in range(1000):
        sizes = [10, 15, 20, 25, 30, 20, 15, 10]
        units = {
            f"u{i}": list(rng.normal(rng.normal(0, 0.2**0.5), 0.8**0.5, n))
            for i, n in enumerate(sizes)
        }
        frames.append(sums_of(units, item=f"{draw}"))
    found = consistency.service_consistency(pd.concat(frames))
    covered = (found["icc_low"] <= 0.2) & (found["icc_high"] >= 0.2)
    assert 0.93 <= covered.mean() <= 0.97
    assert found["icc"].mean() == pytest.approx(0.2, abs=0.02)


def test_what_cannot_be_told() -> None:
    alone = sums_of({"north": [0.2, 0.5]})
    each_one = sums_of({"north": [0.2], "south": [0.5]}, item="care")
    assert consistency.service_consistency(pd.concat([alone, each_one])).empty
    assert consistency.service_consistency(alone.iloc[:0]).empty
    same = found_in({"north": [0.6, 0.6, 0.6], "south": [0.6, 0.6, 0.6]})
    assert same[["icc", "icc_low", "icc_high", "f_value"]].isna().all()
    assert same["between_sd"] == same["within_sd"] == 0
    apart = found_in({"north": [0.2, 0.2], "south": [0.6, 0.6]})
    assert apart["icc"] == 1
    assert apart[["icc_low", "icc_high", "f_value"]].isna().all()


def test_demo_units(demo: Built) -> None:
    """The figures of the mart from the customers' own rows."""
    rows = demo.build_rows(
        "select survey_id, 'region', 'index', region, satisfaction_index_0_100 "
        "from fct_customer_satisfaction join int_respondent_segments using (survey_id, customer_id)"
        " union all select survey_id, 'customer_type', factor_id, customer_type, "
        "avg(100 * value_share) from stg_answers "
        "join int_respondent_segments using (survey_id, customer_id) "
        "where role = 'performance' and level is not null group by 1, 2, 3, 4, customer_id"
    )
    cells: dict[tuple, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for survey, kind, item, unit, score in rows:
        if unit != "unknown" and score is not None:
            cells[survey, kind, item][unit].append(score)
    found = {
        row[:3]: row[3:]
        for row in demo.rows(
            "select survey_id, unit_type, item_id, icc, n_units, n_respondents, is_reliable "
            "from fct_service_consistency where (unit_type = 'region' and item_id = 'index') "
            "or (unit_type = 'customer_type' and item_id != 'index')"
        )
    }
    assert found.keys() == cells.keys()
    assert len(found) == 4 * 13
    for key, units in cells.items():
        icc, n_units, n, is_reliable = found[key]
        assert icc == pytest.approx(slow(units)[0], abs=1e-9)
        assert (n_units, n) == (len(units), sum(map(len, units.values())))
        assert is_reliable == (n >= 30)
