"""What customers got beside what they expected, and beside what it cost them.

Every function takes and returns narwhals lazy frames: the engine behind the frame does the work.
The respondent is the unit; sums are over the respondents of a segment and item.

Notation: P and E are a respondent's performance and expectation as places on their scales, 0 to
100; p and e the same answers as shares of the scales' maxima. G = P - E is the gap, c = p / e the
confirmation ratio. Delivered value is G = B - C, benefits less costs.

References
----------
Oliver (1980), A cognitive model of the antecedents and consequences of satisfaction decisions,
Journal of Marketing Research 17 (4): expectation and disconfirmation.
Parasuraman, Zeithaml and Berry (1988), SERVQUAL: a multiple-item scale for measuring consumer
perceptions of service quality, Journal of Retailing 64 (1): gaps by item and dimension.
Kotler (1994), Marketing Management, 8th edition, chapter 2: customer delivered value.
"""

from __future__ import annotations

import narwhals as nw

from satisfaction.core.expressions import not_negative, positive
from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame
from satisfaction.core.intervals import wilson_interval
from satisfaction.core.quantiles import t_expression

ITEM = (*WAVE_SEGMENT, "item_type", "item_id")
STATES = ("negative", "confirmed", "positive")
# places that are kept of a ratio and of variances: floats leave 1e-16 where there is nothing
PLACES = 12
PLACES_OF_POINTS = 9
FIGURES = (
    "performance",
    "expectation",
    "cost",
    "gap",
    "standard_error",
    "gap_low",
    "gap_high",
    "confirmation_ratio",
    "confirmation_standard_error",
    "confirmation_low",
    "confirmation_high",
    "confirmation_state",
    "n_undefined",
    *(f"{state}_share{end}" for state in STATES for end in ("", "_low", "_high")),
)


def mean_gaps(sums: LazyFrame, against: str, confidence_level: float = 0.95) -> LazyFrame:
    """Take the mean gap of each item, with Student's interval.

    Parameters
    ----------
    sums : LazyFrame
        ITEM keys, n_respondents (n), performance_sum, <against>_sum (either may be null: then it is
        not part of the gap), gap_squares (sum of G^2).
    against : str
        What performance is set against: expectation or cost.
    confidence_level : float
        Of the interval.

    Returns
    -------
    LazyFrame
        The columns of sums, performance, <against>, gap (all in points), standard_error
        s / sqrt(n), null for one respondent, gap_low, gap_high.
    """
    n = nw.col("n_respondents").cast(nw.Float64)
    total = nw.col("performance_sum").fill_null(0.0) - nw.col(f"{against}_sum").fill_null(0.0)
    squares = nw.col("gap_squares") - total * total / n
    half = t_expression(confidence_level, nw.col("n_respondents") - 1) * nw.col("standard_error")
    return sums.with_columns(
        performance=nw.col("performance_sum") / n,
        gap=total / n,
        standard_error=root(squares / positive(n - 1), PLACES_OF_POINTS) / n**0.5,
        **{against: nw.col(f"{against}_sum") / n},
    ).with_columns(gap_low=nw.col("gap") - half, gap_high=nw.col("gap") + half)


def confirmation(sums: LazyFrame, tolerance: float, confidence_level: float = 0.95) -> LazyFrame:
    """Set what was experienced against what was expected, as a ratio.

    The ratio of a segment is c = sum p / sum e; its standard error is linearised,

        SE^2 = sum (p - c e)^2 / (n (n - 1)) / (sum e / n)^2.

    Parameters
    ----------
    sums : LazyFrame
        ITEM keys, n_respondents (n), experience_sum (of p), expected_sum (of e),
        experience_squares, expected_squares, products (of p e) and how many respondents have which
        c of their own: n_undefined (e = 0), n_negative, n_positive.
    tolerance : float
        Within 1 -+ tolerance c confirms the expectation, both ends included.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    LazyFrame
        The columns of sums, confirmation_ratio (null where nothing was expected), its standard
        error (null for one respondent) and interval, confirmation_state (negative, confirmed,
        positive), and the share of each state among respondents with a ratio, 0-1, with Wilson's
        interval.

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 5.6: the ratio.
    """
    n = nw.col("n_respondents").cast(nw.Float64)
    ratio, expected = nw.col("confirmation_ratio"), positive(nw.col("expected_sum"))
    squares = (
        nw.col("experience_squares")
        - 2 * ratio * nw.col("products")
        + ratio * ratio * nw.col("expected_squares")
    )
    error = root(squares / positive(n - 1), PLACES) * n**0.5 / expected
    # rounded as the respondents' own are, so that 0.95 stands on the edge
    rounded = ratio.round(PLACES)
    state = (
        nw.when(rounded < round(1 - tolerance, PLACES))
        .then(nw.lit("negative"))
        .when(rounded > round(1 + tolerance, PLACES))
        .then(nw.lit("positive"))
        .when(~ratio.is_null())
        .then(nw.lit("confirmed"))
    )
    defined = nw.col("n_respondents") - nw.col("n_undefined")
    counts = {"negative": nw.col("n_negative"), "positive": nw.col("n_positive")}
    counts["confirmed"] = defined - counts["negative"] - counts["positive"]
    shares: dict[str, nw.Expr] = {}
    for name in STATES:
        share = counts[name].cast(nw.Float64) / positive(defined)
        low, high = wilson_interval(share, defined, confidence_level)
        shares |= {f"{name}_share": share, f"{name}_share_low": low, f"{name}_share_high": high}
    t = t_expression(confidence_level, nw.col("n_respondents") - 1)
    half = t * nw.col("confirmation_standard_error")
    return (
        sums.with_columns(confirmation_ratio=nw.col("experience_sum") / expected)
        .with_columns(
            confirmation_standard_error=error,
            confirmation_state=state,
            **shares,
        )
        .with_columns(
            confirmation_low=ratio - half,
            confirmation_high=ratio + half,
        )
    )


def gap_analysis(
    expected: LazyFrame, valued: LazyFrame, tolerance: float, confidence_level: float = 0.95
) -> LazyFrame:
    """Put every gap beside its interval, and what was expected beside what was experienced.

    Parameters
    ----------
    expected : LazyFrame
        Sums as `mean_gaps` (against expectation) and `confirmation` take them.
    valued : LazyFrame
        Sums of delivered value and its components, as `mean_gaps` (against cost) takes them.
    tolerance : float
        See `confirmation`.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    LazyFrame
        ITEM keys, n_respondents and FIGURES; null what an item does not have.
    """
    gaps = confirmation(
        mean_gaps(expected, "expectation", confidence_level), tolerance, confidence_level
    )
    values = mean_gaps(valued, "cost", confidence_level)
    return nw.concat([with_figures(gaps), with_figures(values)])


def with_figures(rows: LazyFrame) -> LazyFrame:
    """Keep ITEM keys, n_respondents and FIGURES, null where rows have no such column."""
    present = rows.collect_schema().names()
    kinds: dict[str, nw.dtypes.DType] = {
        "n_undefined": nw.Int64(),
        "confirmation_state": nw.String(),
    }
    kept = [
        (nw.col(name) if name in present else nw.lit(None))
        .cast(kinds.get(name, nw.Float64()))
        .alias(name)
        for name in FIGURES
    ]
    return rows.select(*ITEM, "n_respondents", *kept)


def root(variance: nw.Expr, places: int) -> nw.Expr:
    """Square root of a variance that rounding may have left a hair off 0."""
    return not_negative(variance.round(places)) ** 0.5
