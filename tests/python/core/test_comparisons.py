"""Many tests at once, against published and independent figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from satisfaction.core.comparisons import q_values

#: the fifteen p-values of the example of Benjamini and Hochberg (1995), section 4.1
PUBLISHED = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
PUBLISHED += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]


def test_the_published_example_has_four_findings() -> None:
    found = q_values(PUBLISHED)
    assert (found <= 0.05).tolist() == [True] * 4 + [False] * 11


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_scipy_adjusts_alike(p_values: list[float]) -> None:
    assert q_values(p_values) == pytest.approx(stats.false_discovery_control(p_values))


def test_what_could_not_be_tested_is_no_test() -> None:
    found = q_values([0.04, np.nan, 0.01])
    assert found.tolist() == pytest.approx([0.04, np.nan, 0.02], nan_ok=True)
    assert np.isnan(q_values([np.nan])).all()
    assert q_values([]).shape == (0,)


def test_few_findings_are_false_where_nothing_is_to_be_found() -> None:
    """Families of ten null tests: one in twenty has a finding at all."""
    draws = np.random.default_rng(5).uniform(size=(2000, 10))
    share = np.mean([(q_values(row) <= 0.05).any() for row in draws])
    assert share <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 2000)
