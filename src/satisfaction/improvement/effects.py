"""What a measure changed: the change of its customers, less the change of all others.

The same customers are asked before and after, so that each has a change of its own, and the mean
change of those who got the measure is held against that of those who did not: the difference in
differences of a panel of two waves. It takes out whatever moved both alike, and nothing else. A
measure is no trial: nobody drew lots for who gets it.

References
----------
Card and Krueger (1994), Minimum wages and employment, American Economic Review 84 (4). Angrist and
Pischke (2009), Mostly Harmless Econometrics, section 5.2. Welch (1947), The generalization of
"Student's" problem when several different population variances are involved, Biometrika 34.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from satisfaction.core.comparisons import difference_test, q_values

Numbers = NDArray[np.float64]
#: what is said of a measure beside its id and the two numbers of customers
SAID = (
    *("paired_change", "paired_change_low", "paired_change_high", "control_change"),
    *("net_effect", "net_effect_standard_error", "net_effect_low", "net_effect_high"),
    *("p_value", "q_value"),
)


def net_effects(sums: pd.DataFrame, confidence_level: float = 0.95) -> pd.DataFrame:
    """Estimate what each measure changed.

    Parameters
    ----------
    sums : DataFrame
        action_id, is_treated, n_pairs, change_sum and change_squares: number, sum and sum of
        squares of the changes of those who answered both times, in points of the 0-100 score.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        A row per measure, in the order of action_id: action_id, n_treated, n_control and SAID, in
        points. With m the mean changes and s the standard deviations of the treated (t) and the
        others (c), net_effect = m_t - m_c, and its standard error is the root of
        s_t^2 / n_t + s_c^2 / n_c; its interval has the quantile of Student's t with the degrees of
        freedom of Welch. NaN where a mean has nobody, or an interval fewer than two on a side.

    Examples
    --------
    >>> found = net_effects(pd.DataFrame({
    ...     "action_id": ["A1", "A1"], "is_treated": [True, False], "n_pairs": [4, 4],
    ...     "change_sum": [60.0, 16.0], "change_squares": [950.0, 96.0]}))
    >>> found[["net_effect", "net_effect_standard_error"]].round(3).to_numpy().tolist()
    [[11.0, 2.614]]
    """
    keys = pd.Index(sorted(set(sums["action_id"])), dtype="string")
    treated, others = (_moments(sums, keys, side) for side in (True, False))
    (n, mean, variance), (n_others, mean_others, other_variance) = treated, others
    change = difference_test(mean, variance, n - 1, confidence_level)
    net = difference_test(
        mean - mean_others,
        variance + other_variance,
        welch_freedom(variance, n, other_variance, n_others),
        confidence_level,
    )
    values = [*(change[name] for name in ("difference", "low", "high")), mean_others]
    values += [net[name] for name in ("difference", "standard_error", "low", "high", "p_value")]
    values += [q_values(net["p_value"])]
    counts = {"n_treated": n.astype(np.int64), "n_control": n_others.astype(np.int64)}
    said = dict(zip(SAID, values, strict=True))
    return pd.DataFrame({"action_id": keys.to_series(index=range(len(keys))), **counts, **said})


def welch_freedom(
    variance: Numbers, n: Numbers, other_variance: Numbers, n_others: Numbers
) -> Numbers:
    """Degrees of freedom of the difference of two means of different people, by Welch.

    Parameters
    ----------
    variance, other_variance : (k,) array
        Of the two means.
    n, n_others : (k,) array
        People behind them.

    Returns
    -------
    (k,) array
        (v + w)^2 / (v^2 / (n - 1) + w^2 / (m - 1)), between the lesser of n - 1 and m - 1 and
        their sum; the lesser one where nobody differs from anybody. NaN where one side has fewer
        than two people.
    """
    least = np.minimum(n, n_others) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = (variance + other_variance) ** 2 / (
            variance**2 / (n - 1) + other_variance**2 / (n_others - 1)
        )
    return np.where(least < 1, np.nan, np.where(variance + other_variance > 0, freedom, least))


def _moments(sums: pd.DataFrame, keys: pd.Index, side: bool) -> tuple[Numbers, Numbers, Numbers]:
    """Return the number of changes of one side, their mean, and the variance of it."""
    rows = sums[sums["is_treated"].astype(bool) == side].set_index("action_id").reindex(keys)
    n, total, squares = (
        rows[name].to_numpy(np.float64, na_value=np.nan)
        for name in ("n_pairs", "change_sum", "change_squares")
    )
    n = np.nan_to_num(n)
    some, two = np.where(n > 0, n, np.nan), np.where(n > 1, n, np.nan)
    mean = total / some
    # what is left of equal changes after rounding is no variance
    spread = np.maximum(squares - some * mean**2, 0)
    spread = np.where(spread > 1e-9 * np.maximum(squares, 1e-9), spread, 0)
    return n, mean, spread / (two - 1) / two
