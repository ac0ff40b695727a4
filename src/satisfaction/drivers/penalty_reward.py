"""Penalty-reward contrast analysis: what a factor does for the verdict when rated low and high.

Says of factors, from ordinary ratings, what Kano's model asks pairs of questions for: hygiene
factors only displease, motivators only please, performance factors do both.

A verdict on a few levels varies less at the ends of its scale than in the middle, so that least
squares' own errors are wrong. HC3 leaves out one respondent after the other. Rows are never
fetched, so what is left out here is a group of respondents, dealt by chance; where there are fewer
respondents than groups this is nearly one at a time.

References
----------
Brandt (1987), A procedure for identifying value-enhancing service components using customer
satisfaction survey data, in Surprenant (ed.), Add Value to Your Service, 61-65.
Matzler and Sauerwein (2002), The factor structure of customer satisfaction, International Journal
of Service Industry Management 13 (4).
MacKinnon and White (1985), Some heteroskedasticity-consistent covariance matrix estimators with
improved finite sample properties, Journal of Econometrics 29 (3): HC3, the jackknife.
Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage
samples, Survey Methodology 28 (2): the same with groups.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from satisfaction.core.moments import LEAST_PIVOT, SEGMENT, FloatArray, per_weight, solve
from satisfaction.core.quantiles import t_value

ONE, VERDICT, LOW, HIGH = "one", "verdict", "_low", "_high"
EFFECTS = ("penalty", "reward", "asymmetry")
FIGURES = [f"{effect}{end}" for effect in EFFECTS for end in ("", "_low", "_high")]
COUNTS = ["n_respondents", "n_low", "n_high", "degrees_of_freedom"]
COLUMNS = [*SEGMENT, "factor_id", *COUNTS, "n_effective", *FIGURES, "r_squared", "category"]


def penalties_and_rewards(
    products: pd.DataFrame, factors: pd.DataFrame, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Regress the verdict on two dummies per factor, low and high, in every segment of a wave.

    Parameters
    ----------
    products : DataFrame
        SEGMENT, resample_group, and for every two of the variables the sum of their products in the
        group, <left>__<right>: of one (1 for everybody), verdict (0-100) and, for every factor, the
        dummies <factor>_low and <factor>_high. Products that are always 0 may be left out. Where
        respondents are weighted, all this is times their weight, and beside it stand weight_squares
        and n__one, n__<factor>_low, n__<factor>_high, which count them.
    factors : DataFrame
        factor_id, factor_column.
    confidence_level : float
        Of the intervals: Student's with n - p - 1 degrees of freedom, p dummies, errors HC3; n are
        the effective respondents, (sum w)^2 / sum w^2.

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
    names = [ONE, *(k + end for k in factors["factor_column"] for end in (LOW, HIGH)), VERDICT]
    ids = dict(zip(factors["factor_column"], factors["factor_id"], strict=True))
    rows = products.sort_values([*SEGMENT, "resample_group"], ignore_index=True)
    sums = np.zeros((len(rows), len(names), len(names)))
    for i, left in enumerate(names):
        for j, right in enumerate(names):
            if f"{left}__{right}" in rows:
                sums[:, i, j] = sums[:, j, i] = rows[f"{left}__{right}"]
    counts = sums[:, 0]
    if weighted := "weight_squares" in rows:
        plain = [f"n__{name}" for name in names[:-1]]
        counts = rows.reindex(columns=[*plain, "n__one"]).fillna(0).to_numpy(float)
    found = []
    for at in rows.groupby(SEGMENT).indices.values():
        cell = {name: str(rows.at[at[0], name]) for name in SEGMENT}
        groups = sums[at]
        if weighted:  # so that weights add up to the effective respondents
            squares = rows["weight_squares"].to_numpy(float)[at].sum()
            groups = groups * per_weight(groups[:, 0, 0].sum(), squares)
        for effects in _cell_effects(names, groups, counts[at].sum(axis=0), confidence_level):
            found.append(effects.assign(**cell))
    frame = pd.concat([pd.DataFrame(columns=COLUMNS), *found], ignore_index=True)
    frame["factor_id"] = frame["factor_id"].map(ids)
    text = dict.fromkeys([*SEGMENT, "factor_id", "category"], "string")
    numbers = dict.fromkeys(COUNTS, "int64")
    numbers |= dict.fromkeys(["n_effective", *FIGURES, "r_squared"], "float64")
    frame = frame[COLUMNS].astype(text | numbers)
    return frame.sort_values([*SEGMENT, "factor_id"], ignore_index=True)


def least_squares(groups: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Regress the last of some variables on the others, and on all groups but one at a time.

    Parameters
    ----------
    groups : (g, q, q) array
        Sums of products of the variables in each group; the first is 1 for everybody.

    Returns
    -------
    (q - 1,) array, (q - 1, q - 1) array
        Coefficients, and their covariances: the sum over the groups of the products of what leaving
        the group out changes. With a respondent per group this is HC3. A dummy that is left with
        nobody counts as without effect.
    """
    total = groups.sum(axis=0)
    # on the scale of the whole, so that solve() tells what is collinear from what is small
    scale = np.sqrt(np.diagonal(total[:-1, :-1]))
    left = np.concatenate([total[None], total - groups])
    design = left[:, :-1, :-1] / scale[:, None] / scale
    with_last = left[:, :-1, -1] / scale
    found = solve(design, with_last)
    wrong = ~np.isfinite(found).all(axis=1)
    inverses = np.linalg.pinv(design[wrong], rcond=1e-9, hermitian=True)
    found[wrong] = (inverses @ with_last[wrong][..., None])[..., 0]
    found /= scale
    changes = found[1:] - found[0]
    return found[0], changes.T @ changes


def _cell_effects(
    names: Sequence[str], groups: FloatArray, counts: FloatArray, confidence_level: float
) -> Iterator[pd.DataFrame]:
    total = groups.sum(axis=0)
    n = float(total[0, 0])
    # what nobody or everybody is
    share = total[0] / max(n, 1)
    kept = (share > 0) & (share < 1) if n else np.zeros(len(names), dtype=bool)
    mean = total[0, -1] / max(n, 1)
    spread = total[-1, -1] - n * mean**2
    kept[0], kept[-1] = True, spread > LEAST_PIVOT * max(total[-1, -1], 1.0)
    names = [name for name, good in zip(names, kept, strict=True) if good]
    factors = [name.removesuffix(LOW) for name in names if name.endswith(LOW)]
    factors = [factor for factor in factors if factor + HIGH in names]
    freedom = math.floor(n) - (len(names) - 1)
    if not factors or VERDICT not in names or freedom < 1:
        return
    groups = groups[:, kept][:, :, kept]
    total = groups.sum(axis=0)
    scale = np.sqrt(np.diagonal(total[:-1, :-1]))
    if np.linalg.eigvalsh(total[:-1, :-1] / scale[:, None] / scale)[0] < LEAST_PIVOT:
        return
    slopes, variances = least_squares(groups)
    t = t_value(confidence_level, min(freedom, max(len(groups) - 1, 1)))
    low, high = ([names.index(factor + kind) for factor in factors] for kind in (LOW, HIGH))
    left = total[-1, -1] - slopes @ total[:-1, -1]
    rows = pd.DataFrame(
        {"factor_id": factors, "n_respondents": counts[0], "n_effective": n}
        | {"r_squared": 1 - left / spread, "degrees_of_freedom": freedom}
        | {"n_low": counts[kept][low], "n_high": counts[kept][high]}
    )
    own = np.diagonal(variances)
    effects = {
        "penalty": (slopes[low], own[low]),
        "reward": (slopes[high], own[high]),
        "asymmetry": (slopes[low] + slopes[high], own[low] + own[high] + 2 * variances[low, high]),
    }
    for name, (effect, variance) in effects.items():
        rows[name] = effect
        rows[f"{name}_low"] = effect - t * np.sqrt(variance)
        rows[f"{name}_high"] = effect + t * np.sqrt(variance)
    displeases, pleases = rows["penalty_high"] < 0, rows["reward_low"] > 0
    rows["category"] = np.select(
        [displeases & pleases, displeases, pleases],
        ["performance", "hygiene", "motivator"],
        "indifferent",
    )
    yield rows
