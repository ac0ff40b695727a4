"""Penalty-reward contrast analysis: what a factor does for the verdict when rated low and high.

Says of factors, from ordinary ratings, what Kano's model asks pairs of questions for: hygiene
factors only displease, motivators only please, performance factors do both.

References
----------
Brandt (1987), A procedure for identifying value-enhancing service components using customer
satisfaction survey data, in Surprenant (ed.), Add Value to Your Service, 61-65.
Matzler and Sauerwein (2002), The factor structure of customer satisfaction, International Journal
of Service Industry Management 13 (4).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from satisfaction import moments
from satisfaction.drivers import OUTCOME
from satisfaction.moments import LEAST_PIVOT, SEGMENT, Cell, FloatArray
from satisfaction.quantiles import z_value

LOW, HIGH = "low ", "high "  # with the factor's name, the names of its two dummies
EFFECTS = ("penalty", "reward", "asymmetry")
FIGURES = [f"{effect}{end}" for effect in EFFECTS for end in ("", "_low", "_high")]
COUNTS = ["n_respondents", "n_low", "n_high"]
COLUMNS = [*SEGMENT, "factor_id", *COUNTS, *FIGURES, "r_squared", "category"]


def penalties_and_rewards(pairs: pd.DataFrame, confidence_level: float = 0.95) -> pd.DataFrame:
    """Regress the verdict on two dummies per factor, low and high, in every segment of a wave.

    Parameters
    ----------
    pairs : DataFrame
        Sums over pairs of the dummies and the verdict (0-100), as of `moments.cells`; every
        respondent has all of them.
    confidence_level : float
        Of the intervals, which are normal, with the standard errors of least squares.

    Returns
    -------
    DataFrame
        COLUMNS, a row per factor that somebody rated low and somebody high:

        - penalty, reward: points of the verdict for a low and for a high rating against one
          between the two, the other factors held still;
        - asymmetry = reward + penalty;
        - category: hygiene where only the penalty is beyond chance (below 0), motivator where only
          the reward is (above 0), performance where both are, indifferent where neither is.
    """
    z = z_value(confidence_level)
    found = [rows for cell in moments.cells(pairs) for rows in _cell_effects(cell, z)]
    frame = pd.concat([pd.DataFrame(columns=COLUMNS), *found], ignore_index=True)[COLUMNS]
    text = dict.fromkeys([*SEGMENT, "factor_id", "category"], "string")
    numbers = dict.fromkeys(COUNTS, "int64") | dict.fromkeys([*FIGURES, "r_squared"], "float64")
    return frame.astype(text | numbers).sort_values([*SEGMENT, "factor_id"], ignore_index=True)


def least_squares(covariance: FloatArray, n: float) -> tuple[FloatArray, FloatArray, float]:
    """Regress the last of some variables on the others.

    Parameters
    ----------
    covariance : (p + 1, p + 1) array
        Of n rows, divided by n - 1; n > p + 1.

    Returns
    -------
    (p,) array, (p, p) array, float
        Slopes, their covariances, and R^2.
    """
    inverse, with_last = np.linalg.inv(covariance[:-1, :-1]), covariance[:-1, -1]
    slopes = inverse @ with_last
    explained = slopes @ with_last
    left = (covariance[-1, -1] - explained) / (n - len(slopes) - 1)
    return slopes, inverse * left, float(explained / covariance[-1, -1])


def _cell_effects(cell: Cell, z: float) -> Iterator[pd.DataFrame]:
    cell = cell.only([*(name for name in cell.names if name != OUTCOME), OUTCOME])
    varies = np.isfinite(np.diagonal(moments.correlations(cell.sums)))
    cell = cell.only([name for name, good in zip(cell.names, varies, strict=True) if good])
    names, sums = list(cell.names), cell.sums
    factors = [name[len(LOW) :] for name in names if name.startswith(LOW)]
    factors = [factor for factor in factors if HIGH + factor in names]
    if not factors or OUTCOME not in names:
        return
    n = int(sums[0, 0, 0])
    if n <= len(names) or np.linalg.eigvalsh(moments.correlations(sums)[:-1, :-1])[0] < LEAST_PIVOT:
        return
    slopes, spread, r_squared = least_squares(moments.covariances(sums), n)
    low, high = ([names.index(kind + factor) for factor in factors] for kind in (LOW, HIGH))
    counts = moments.means(sums) * n
    rows = pd.DataFrame(
        dict(zip(SEGMENT, cell.key, strict=True))
        | {"factor_id": factors, "n_respondents": n, "r_squared": r_squared}
        | {"n_low": counts[low].round(), "n_high": counts[high].round()}
    )
    variances = spread[low, low], spread[high, high]
    effects = {
        "penalty": (slopes[low], variances[0]),
        "reward": (slopes[high], variances[1]),
        "asymmetry": (slopes[low] + slopes[high], sum(variances) + 2 * spread[low, high]),
    }
    for name, (effect, variance) in effects.items():
        rows[name] = effect
        rows[f"{name}_low"] = effect - z * np.sqrt(variance)
        rows[f"{name}_high"] = effect + z * np.sqrt(variance)
    displeases, pleases = rows["penalty_high"] < 0, rows["reward_low"] > 0
    rows["category"] = np.select(
        [displeases & pleases, displeases, pleases],
        ["performance", "hygiene", "motivator"],
        "indifferent",
    )
    yield rows
