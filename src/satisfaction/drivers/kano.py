"""Kano's model: what a feature does for satisfaction when it is there and when it is not.

Each feature is asked about twice: how do you feel if it is there (functional), and if it is not
(dysfunctional)? Attitudes are levels 5 like, 4 must-be, 3 neutral, 2 live with, 1 dislike. A pair
of answers falls into one of six categories:

    A attractive, O one-dimensional, M must-be, I indifferent, R reverse, Q questionable.

References
----------
Kano, Seraku, Takahashi and Tsuji (1984), Attractive quality and must-be quality, Hinshitsu 14 (2).
Berger et al. (1993), Kano's methods for understanding customer-defined quality, Center for Quality
of Management Journal 2 (4): the table, better and worse.
Fong (1996), Using the self-stated importance questionnaire to interpret Kano questionnaire results,
Center for Quality of Management Journal 5 (3): the test.
Lee and Newcomb (1997), Applying the Kano methodology to meet customer requirements, Quality
Management Journal 4 (3): category strength and total strength.
"""

from __future__ import annotations

from functools import reduce
from operator import add, or_

import narwhals as nw

from satisfaction.core.expressions import positive
from satisfaction.core.frames import WAVE_SEGMENT, LazyFrame
from satisfaction.core.intervals import wilson_interval

# rows: functional, columns: dysfunctional, both from like to dislike
BERGER = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
# of categories named equally often the one that matters more counts
CATEGORIES = "MOAIRQ"
ITEM = (*WAVE_SEGMENT, "factor_id")
# Fong's test is at 90 %, two-sided
FONG_Z = 1.65


def category_of(functional_level: int, dysfunctional_level: int) -> str:
    """Look a pair of attitudes up in Berger's table.

    Parameters
    ----------
    functional_level, dysfunctional_level : int
        5 like to 1 dislike.
    """
    return BERGER[5 - functional_level][5 - dysfunctional_level]


def is_in(category: str) -> nw.Expr:
    """Say whether functional_level and dysfunctional_level fall into a category."""
    cells = [
        (nw.col("functional_level") == f) & (nw.col("dysfunctional_level") == d)
        for f in range(1, 6)
        for d in range(1, 6)
        if category_of(f, d) == category
    ]
    return reduce(or_, cells)


def category_counts(pairs: LazyFrame) -> LazyFrame:
    """Count the pairs in each category.

    Parameters
    ----------
    pairs : LazyFrame
        ITEM keys, functional_level, dysfunctional_level, n_pairs.

    Returns
    -------
    LazyFrame
        ITEM keys and n_a, n_o, n_m, n_i, n_r, n_q.
    """
    sums = []
    for category in CATEGORIES:
        inside = nw.when(is_in(category)).then(nw.col("n_pairs")).otherwise(nw.lit(0))
        sums.append(inside.sum().cast(nw.Int64).alias(f"n_{category.lower()}"))
    return pairs.group_by(*ITEM).agg(*sums)


def kano(counts: LazyFrame, confidence_level: float = 0.95) -> LazyFrame:
    """Categorise items, and say how clear that is and what it does for satisfaction.

    Parameters
    ----------
    counts : LazyFrame
        As of `category_counts`.
    confidence_level : float
        Of the intervals of better and worse (Wilson).

    Returns
    -------
    LazyFrame
        The columns of counts and

        - n_pairs, and category: the most frequent one, of equals the first of M, O, A, I, R, Q;
        - category_strength: its share less that of the second, 0-1;
        - total_strength: (A + O + M) / n;
        - share_a, share_o, share_m, share_i, share_r, share_q: of all pairs, 0-1;
        - is_significant: whether the counts a and b of the two most frequent categories differ by
          at least 1.65 sqrt((a + b)(2n - a - b) / 2n);
        - better = (A + O) / (A + O + M + I), worse = -(O + M) / (A + O + M + I), with _low and
          _high; null where nobody is in any of the four.
    """
    number = {c: nw.col(f"n_{c.lower()}") for c in CATEGORIES}
    with_top = counts.with_columns(
        n_pairs=reduce(add, number.values()), top=nw.max_horizontal(*number.values())
    )
    category = nw.lit("Q")
    for c in reversed(CATEGORIES[:-1]):
        category = nw.when(number[c] == nw.col("top")).then(nw.lit(c)).otherwise(category)
    others = [
        nw.when(nw.col("category") != c).then(number[c]).otherwise(nw.lit(0)) for c in CATEGORIES
    ]
    ranked = with_top.with_columns(category=category).with_columns(
        second=nw.max_horizontal(*others)
    )
    n = nw.col("n_pairs").cast(nw.Float64)
    a, b = nw.col("top"), nw.col("second")
    least_difference = FONG_Z * ((a + b) * (2 * n - a - b) / (2 * n)) ** 0.5
    wanted = number["A"] + number["O"] + number["M"] + number["I"]
    better = (number["A"] + number["O"]).cast(nw.Float64) / positive(wanted)
    worse = (number["O"] + number["M"]).cast(nw.Float64) / positive(wanted)
    better_low, better_high = wilson_interval(better, wanted, confidence_level)
    # worse is negative: its lower end mirrors the upper one of its size
    size_low, size_high = wilson_interval(worse, wanted, confidence_level)
    return ranked.with_columns(
        category_strength=(a - b) / n,
        total_strength=(number["A"] + number["O"] + number["M"]) / n,
        is_significant=(a - b) >= least_difference,
        better=better,
        better_low=better_low,
        better_high=better_high,
        worse=-worse,
        worse_low=-size_high,
        worse_high=-size_low,
        **{f"share_{c.lower()}": number[c].cast(nw.Float64) / n for c in CATEGORIES},
    ).drop("top", "second")
