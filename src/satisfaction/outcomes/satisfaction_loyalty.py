"""Satisfaction and loyalty together: who stays at which level, and whether more satisfaction pays.

Counts are frames with one row per segment of a wave, outcome, overall_level (1 to 5), is_satisfied
(of the level on its own scale), relation_id (blank where there is none) and outcome_value: how many
respondents (n) there are, and where they are weighted the sums of their weights and of the squares
of these (weights, weight_squares). The value of one of OUTCOMES is 1 where it happened and 0 where
not, that of one of ANSWERS is the answer itself.

A share is of weights, and as sure as one of as many respondents as these are worth,
(sum w)^2 / sum w^2 (Kish 1965, Survey Sampling, section 11.7).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import narwhals as nw
import numpy as np
import pandas as pd
from scipy.special import ndtr

from satisfaction.core.intervals import contrast_interval, wilson_interval
from satisfaction.core.moments import SEGMENT, FloatArray, per_weight
from satisfaction.outcomes.rank_correlation import Correlation, gamma_and_tau, spearman

OUTCOMES = ("loyal_class", "repurchase_high", "kept", "revenue_held")
ANSWERS = ("repeat_probability", "recommendation")
ITEMS = {"level": "overall_level", "relation": "relation_id"}
SHARES = ["share", "share_low", "share_high", "share_of_all", "share_of_all_low"]
SHARES += ["share_of_all_high", "step", "step_low", "step_high"]
FIGURES = ["estimate", "estimate_low", "estimate_high", "p_value", "n", "n_effective"]
WEIGHTS = ["weights", "weight_squares"]
STEP = np.array([1.0, -1.0])  # a share less that of the level below
TEXT: Final = "string"
KEY = [*SEGMENT, "outcome"]
GRAIN = [*KEY, "item_type", "item_id"]
# test: what it shows where the interval lies above the bound, and below it
VERDICTS: dict[str, tuple[str, str, float]] = {
    "trend": ("rising", "falling", 0),
    "curvature": ("increasing", "diminishing", 0),
    "last_step": ("increasing", "diminishing", 0),
    "leavers_satisfied": ("most", "minority", 0.5),
    "protection": ("protects", "reversed", 0),
    "spearman": ("positive", "negative", 0),
    "gamma": ("positive", "negative", 0),
    "kendall_tau_b": ("positive", "negative", 0),
}


def weighted(counts: pd.DataFrame) -> pd.DataFrame:
    """Give one who is not weighted a weight of 1; leave out those of a weight of 0.

    Rows are in order, so that weights add up to the same in every build.
    """
    if "weights" not in counts:
        counts = counts.assign(weights=counts["n"], weight_squares=counts["n"])
    counts = counts.sort_values([*KEY, "overall_level", "relation_id", "outcome_value"])
    return counts[counts["weights"] > 0].astype(dict.fromkeys(WEIGHTS, "float64"))


def effective(frame: pd.DataFrame, weights: str = "weights") -> pd.Series[float]:
    """Return as how many respondents of equal weight those of each row count, or a part of them."""
    scale = per_weight(frame["weights"], frame["weight_squares"])
    found: pd.Series[float] = frame[weights] * scale
    return found


def with_wilson(
    frame: pd.DataFrame, name: str, part: str, whole: str, n: str, confidence_level: float
) -> pd.DataFrame:
    """Add the share part / whole of n respondents as name, name_low and name_high."""
    share = nw.col(part) / nw.col(whole)
    # rounding may leave an end a hair outside
    low, high = (e.clip(0, 1) for e in wilson_interval(share, nw.col(n), confidence_level))
    found: pd.DataFrame = (
        nw.from_native(frame)
        .with_columns(share.alias(name), low.alias(f"{name}_low"), high.alias(f"{name}_high"))
        .to_native()
    )
    return found


def loyalty_shares(counts: pd.DataFrame, confidence_level: float = 0.95) -> pd.DataFrame:
    """Say which share of the respondents at each level, and of each relation, had an outcome.

    Parameters
    ----------
    counts : DataFrame
        See the module.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        One row per segment of a wave, outcome, item_type (level or relation) and item_id, with n,
        n_loyal, n_effective and SHARES: the share with Wilson's interval; share_of_all, the item's
        part of all respondents whose outcome and item are known, with Wilson's; of a level whose
        next lower one has respondents too the step, its share less theirs, with Newcombe's
        interval.
    """
    return _shares(counts, confidence_level)[[*GRAIN, "n", "n_loyal", "n_effective", *SHARES]]


def _shares(counts: pd.DataFrame, confidence_level: float) -> pd.DataFrame:
    """Return `loyalty_shares` with the effective respondents who had the outcome, loyal."""
    binary = weighted(counts[counts["outcome"].isin(OUTCOMES)])
    binary = binary.assign(
        n_loyal=binary["n"] * binary["outcome_value"],
        loyal=binary["weights"] * binary["outcome_value"],
    )
    summed = ["n", "n_loyal", "loyal", *WEIGHTS]
    found = []
    for item_type, column in ITEMS.items():
        known = binary[binary[column] != ""].rename(columns={column: "item_id"})
        if item_type == "level":
            known["item_id"] = known["item_id"].astype("int64").astype(TEXT)
        items = known.groupby([*KEY, "item_id"], as_index=False)[summed].sum()
        found.append(items.assign(item_type=item_type))
    frame = pd.concat(found, ignore_index=True).astype(
        dict.fromkeys([*KEY, "item_type", "item_id"], TEXT)
        | dict.fromkeys(["n", "n_loyal"], "int64")
        | dict.fromkeys(["loyal", *WEIGHTS], "float64")
    )
    everyone = frame.groupby([*KEY, "item_type"])[WEIGHTS].transform("sum")
    frame = frame.assign(
        n_effective=effective(frame), all=everyone["weights"], n_all=effective(everyone)
    )
    frame = with_wilson(frame, "share", "loyal", "weights", "n_effective", confidence_level)
    frame = with_wilson(frame, "share_of_all", "weights", "all", "n_all", confidence_level)
    levels = frame[frame["item_type"] == "level"]
    below = levels.assign(item_id=(levels["item_id"].astype("int64") + 1).astype(TEXT))
    ends = ["share", "share_low", "share_high"]
    both = frame.merge(
        below[[*KEY, "item_type", "item_id", *ends]],
        on=[*KEY, "item_type", "item_id"],
        how="left",
        suffixes=("", "_below"),
    )
    shares, low, high = (both[[end, f"{end}_below"]].to_numpy(float) for end in ends)
    both["step"] = shares @ STEP
    both["step_low"], both["step_high"] = contrast_interval(STEP, shares, low, high)
    both = both.astype(dict.fromkeys(SHARES, "float64"))
    both["loyal"] = effective(both, "loyal")
    return both.sort_values(GRAIN, ignore_index=True)


def cochran_armitage(levels: FloatArray, n: FloatArray, k: FloatArray) -> tuple[float, float]:
    """Test whether shares rise or fall in a line over the levels.

    Parameters
    ----------
    levels, n, k : (m,) arrays
        Scores of the levels, respondents, and those of them with the outcome.

    Returns
    -------
    tuple of float
        z and its two-sided p-value; NaN where all have the outcome or none, or there is one level.

    References
    ----------
    Cochran (1954), Some methods for strengthening the common chi-squared tests, Biometrics 10.
    Armitage (1955), Tests for linear trends in proportions and frequencies, Biometrics 11.

    Examples
    --------
    Malformations of newborns by what their mothers drank (Agresti 2002, Categorical Data Analysis,
    section 5.3.5: z = 2.56, P = 0.010).

    >>> z, p = cochran_armitage(
    ...     np.array([0, 0.5, 1.5, 4, 7]),
    ...     np.array([17114, 14502, 793, 127, 38]),
    ...     np.array([48, 38, 5, 1, 1]),
    ... )
    >>> round(z, 2), round(p, 3)
    (2.56, 0.01)
    """
    everyone, share = n.sum(), k.sum() / n.sum()
    distance = levels - (n @ levels) / everyone
    variance = share * (1 - share) * (n @ distance**2)
    if not variance > 0:
        return np.nan, np.nan
    z = float((k @ distance) / np.sqrt(variance))
    return z, float(2 * ndtr(-abs(z)))


def regression_weights(levels: FloatArray, n: FloatArray, degree: int) -> FloatArray:
    """Weights with which shares add up to the leading coefficient of a polynomial through them.

    Parameters
    ----------
    levels, n : (m,) arrays
        m > degree different levels, and the respondents of each, by which they are weighted.
    degree : int
        1: the slope of a line; 2: the curvature of a parabola.
    """
    design = np.vander(levels - levels.mean(), degree + 1, increasing=True)
    weighted = design.T * n
    return np.asarray(np.linalg.solve(weighted @ design, weighted)[degree])


def _line_tests(rows: pd.DataFrame) -> Iterator[tuple[str, float, float, float, float]]:
    """Test the shares of one segment's levels: test_id, estimate, its interval and p."""
    level, n, k = (rows[name].to_numpy(float) for name in ("level", "n_effective", "loyal"))
    ends = [rows[name].to_numpy(float) for name in ("share", "share_low", "share_high")]
    weights, p_values = {}, {}
    if len(level) > 1:
        weights["trend"] = regression_weights(level, n, 1)
        p_values["trend"] = cochran_armitage(level, n, k)[1]
    if len(level) > 2:
        weights["curvature"] = regression_weights(level, n, 2)
    if set(level[-3:]) == {3.0, 4.0, 5.0}:
        weights["last_step"] = np.where(level > 2, np.where(level == 4, -2.0, 1.0), 0.0)
    for test_id, weight in weights.items():
        low, high = contrast_interval(weight, *ends)
        # shares that are all alike differ by a hair
        estimate = round(float(weight @ ends[0]), 12)
        yield test_id, estimate, float(low), float(high), p_values.get(test_id, np.nan)


def _trap_tests(counts: pd.DataFrame, confidence: float) -> list[pd.DataFrame]:
    """Test the satisfaction trap (满意陷阱) in every segment at once."""
    sides = weighted(counts[counts["outcome"].isin(OUTCOMES)])
    has_left = 1 - sides["outcome_value"]
    left = {f"left_{name}": sides[name] * has_left for name in ("n", *WEIGHTS)}
    sides = sides.assign(is_satisfied=sides["is_satisfied"].astype(bool), **left)
    sides = sides.astype(dict.fromkeys(KEY, TEXT))
    sides = sides.groupby([*KEY, "is_satisfied"], as_index=False)[["n", *WEIGHTS, *left]].sum()
    sides["n_effective"] = effective(sides)
    sides = with_wilson(sides, "estimate", "left_weights", "weights", "n_effective", confidence)
    satisfied, others = (
        sides[sides["is_satisfied"] == side].drop(columns="is_satisfied") for side in (True, False)
    )
    leavers = sides.groupby(KEY, as_index=False)[[*left]].sum()
    leavers = leavers.rename(columns=lambda name: name.removeprefix("left_"))
    leavers = leavers[leavers["n"] > 0].merge(satisfied[[*KEY, "left_weights"]], on=KEY, how="left")
    leavers = leavers.fillna({"left_weights": 0}).assign(n_effective=effective(leavers))
    leavers = with_wilson(leavers, "estimate", "left_weights", "weights", "n_effective", confidence)
    both = others.merge(satisfied, on=KEY, suffixes=("", "_satisfied"))
    ends = ["estimate", "estimate_low", "estimate_high"]
    shares, low, high = (both[[end, f"{end}_satisfied"]].to_numpy(float) for end in ends)
    both["estimate"], both["n"] = shares @ STEP, both["n"] + both["n_satisfied"]
    both["n_effective"] = both["n_effective"] + both["n_effective_satisfied"]
    both["estimate_low"], both["estimate_high"] = contrast_interval(STEP, shares, low, high)
    return [
        satisfied.assign(test_id="satisfied_leaving"),
        leavers.assign(test_id="leavers_satisfied"),
        both.assign(test_id="protection"),
    ]


def loyalty_tests(counts: pd.DataFrame, confidence_level: float = 0.95) -> pd.DataFrame:
    """Test what is said of satisfaction and loyalty, in every segment of every wave.

    Parameters
    ----------
    counts : DataFrame
        See the module.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        One row per segment of a wave, outcome and test_id with FIGURES and verdict. A test that the
        answers do not allow has no row; what is not known is NaN. Of OUTCOMES:

        - trend: slope of the share per level (least squares over respondents); p by Cochran and
          Armitage;
        - curvature: of a parabola through the shares;
        - last_step: the step from level 4 to 5 less that from 3 to 4;
        - satisfied_leaving: the share of the satisfied without the outcome;
        - leavers_satisfied: the share of the satisfied among all without it;
        - protection: the share without it among the others, less that among the satisfied.

        Of ANSWERS, correlated with the level: spearman, gamma, kendall_tau_b. Intervals of shares
        are Wilson's, of what is made of several shares `contrast_interval`'s. The verdict says on
        which side of the bound in VERDICTS the whole interval lies, or not_shown.
    """
    shares = _shares(counts, confidence_level)
    levels = shares[shares["item_type"] == "level"]
    levels = levels.assign(level=levels["item_id"].astype("int64"))
    found = [
        (*key, *row, rows["n"].sum(), rows["n_effective"].sum())
        for key, rows in levels.groupby(KEY)
        for row in _line_tests(rows.sort_values("level"))
    ]
    answers = weighted(counts[counts["outcome"].isin(ANSWERS)])
    for key, rows in answers.groupby(KEY):
        table = _crossed(rows)
        found += [
            (*key, test_id, *row, rows["n"].sum(), table.sum())
            for test_id, row in _rank_tests(table, confidence_level)
        ]
    tested = pd.DataFrame(found, columns=[*KEY, "test_id", *FIGURES])
    traps = _trap_tests(counts, confidence_level)
    frame = pd.concat([tested, *traps], ignore_index=True).reindex(columns=tested.columns)
    types = dict.fromkeys([*KEY, "test_id"], TEXT) | dict.fromkeys(FIGURES, "float64")
    frame = frame[frame["estimate"].notna()].astype(types | {"n": "int64"})
    frame["verdict"] = _verdicts(frame)
    return frame.sort_values([*KEY, "test_id"], ignore_index=True)


def _crossed(rows: pd.DataFrame) -> FloatArray:
    """Count effective respondents by level and answer, both rising."""
    levels, i = np.unique(rows["overall_level"].to_numpy(float), return_inverse=True)
    answers, j = np.unique(rows["outcome_value"].to_numpy(float), return_inverse=True)
    table = np.zeros((len(levels), len(answers)))
    np.add.at(table, (i, j), rows["weights"].to_numpy(float))
    return table * float(per_weight(table.sum(), rows["weight_squares"].sum()))


def _rank_tests(table: FloatArray, confidence: float) -> Iterator[tuple[str, Correlation]]:
    yield "spearman", spearman(table, confidence)
    gamma, tau = gamma_and_tau(table, confidence)
    yield "gamma", gamma
    yield "kendall_tau_b", tau


def _verdicts(frame: pd.DataFrame) -> pd.Series[str]:
    """Read the intervals; null where there is none, or nothing to test."""
    verdict = pd.Series(pd.NA, frame.index, TEXT)
    low, high = frame["estimate_low"], frame["estimate_high"]
    for test_id, (above, below, bound) in VERDICTS.items():
        tested = (frame["test_id"] == test_id) & low.notna()
        verdict[tested] = "not_shown"
        verdict[tested & (low > bound)] = above
        verdict[tested & (high < bound)] = below
    return verdict
