"""The F distribution: printed tables, a slow integral, and what must hold anywhere."""

from __future__ import annotations

from math import exp, lgamma, log

import numpy as np
import pytest

from satisfaction.distributions import MANY, f_quantile, f_tail, incomplete_beta


@pytest.mark.parametrize(
    ("probability", "above", "below", "printed"),
    [
        # the usual tables of F, 5 % and 1 %
        (0.95, 1, 10, 4.96),
        (0.95, 3, 10, 3.71),
        (0.95, 5, 10, 3.33),
        (0.95, 10, 20, 2.35),
        (0.95, 5, 2, 19.30),
        (0.95, 1, 1, 161.4),
        (0.95, 120, 120, 1.35),
        (0.99, 2, 5, 13.27),
        (0.99, 4, 60, 3.65),
        (0.975, 5, 18, 3.38),
    ],
)
def test_printed_quantiles_of_f(
    probability: float, above: float, below: float, printed: float
) -> None:
    assert f_quantile(probability, above, below) == pytest.approx(printed, rel=2e-3)


@pytest.mark.parametrize(
    ("freedom", "printed"), [(1, 12.706), (2, 4.303), (10, 2.228), (30, 2.042), (120, 1.980)]
)
def test_printed_quantiles_of_t(freedom: float, printed: float) -> None:
    assert f_quantile(0.95, 1, freedom) ** 0.5 == pytest.approx(printed, abs=5e-4)


@pytest.mark.parametrize(("a", "b"), [(2.5, 9), (9, 2.5), (1, 1), (60, 45.5), (3, 400)])
def test_the_beta_function_is_its_integral(a: float, b: float) -> None:
    """By the trapezoidal rule, which needs many steps."""
    steps = 40_000
    log_beta = lgamma(a) + lgamma(b) - lgamma(a + b)

    def density(t: float) -> float:
        if not 0 < t < 1:
            return 1.0 if a == b == 1 else 0.0
        return exp((a - 1) * log(t) + (b - 1) * log(1 - t) - log_beta)

    for x in (0.05, 0.3, 0.5, 0.8):
        inner = sum(density(x * i / steps) for i in range(1, steps))
        integral = (inner + (density(0) + density(x)) / 2) * x / steps
        assert incomplete_beta(x, a, b) == pytest.approx(integral, abs=1e-7)


def test_what_holds_for_any_degrees_of_freedom() -> None:
    rng = np.random.default_rng(5)
    above, below = 10 ** rng.uniform(0, 3, (2, 50))
    for probability in (0.005, 0.1, 0.5, 0.975):
        quantile = f_quantile(probability, above, below)
        assert f_tail(quantile, above, below) == pytest.approx(1 - probability, abs=1e-9)
        # F turned upside down is F
        assert 1 / f_quantile(1 - probability, below, above) == pytest.approx(quantile, rel=1e-7)
    assert f_tail([0.0, np.inf], 3, 7).tolist() == [1.0, 0.0]


def test_very_many_degrees_of_freedom() -> None:
    """Of t the quantile is the normal one."""
    assert f_quantile(0.95, 1, 1e7) ** 0.5 == pytest.approx(1.95996, abs=1e-4)
    assert f_quantile(0.95, 1, 1e7) == f_quantile(0.95, 1, MANY)
