"""Expressions that every topic needs: exact sums, divisors above 0, values under a condition."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add

import narwhals as nw


def exact_sum(values: nw.Expr, places: int = 12) -> nw.Expr:
    """Sum over decimals: the same whatever the order of the rows.

    Parameters
    ----------
    values : Expr
        Floats whose sum is below 10 ** (38 - places).
    places : int
        Digits kept after the point.
    """
    return values.cast(nw.Decimal(38, places)).sum().cast(nw.Float64)


def positive(divisor: nw.Expr) -> nw.Expr:
    """Null where a divisor is not above 0: engines differ in what they make of x / 0."""
    return nw.when(divisor > 0).then(divisor)


def not_negative(variance: nw.Expr) -> nw.Expr:
    """At least 0, null where it is null: rounding may leave a variance of zero a hair below it."""
    return nw.when(variance > 0).then(variance).otherwise(variance * 0.0)


def total(values: Iterable[nw.Expr]) -> nw.Expr:
    """Add up expressions in their order."""
    return reduce(add, values)


def value_or_zero(condition: nw.Expr, value: nw.Expr | float) -> nw.Expr:
    """Take the value where a condition holds, else 0."""
    return nw.when(condition).then(value).otherwise(nw.lit(0.0))
