"""Two segment types crossed: which cells of a row differ from each other.

A cell is a segment of the pair, such as the women of the north: `female|north` in the row of women
and the column of the north. All pairs of cells of a row are compared, as columns of a banner table
are. No respondent is in two cells, so that

    V(difference) = V_a + V_b - 2 Cov(a, b)

has a covariance only where respondents are weighted: margins and strata that both cells share.

References
----------
Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 5.6. Benjamini and
Hochberg (1995), Controlling the false discovery rate, J. R. Stat. Soc. B 57 (1).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from satisfaction.core.comparisons import difference_test
from satisfaction.core.frames import CROSSED_TYPE, WAVE_SEGMENT
from satisfaction.core.moments import FloatArray
from satisfaction.survey.design import SUMMED, covariances, laid_out, ordered

#: between the row and the column of a cell
BETWEEN = "|"
_TABLE = list(WAVE_SEGMENT[:2])
_TEXTS = (*_TABLE, "row_value", "column_value", "other_value")
_NUMBERS = ("difference", "standard_error", "p_value")


def compared(
    found: pd.DataFrame, sums: pd.DataFrame | None = None, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Compare all pairs of cells of every row of the crossed segment types.

    Parameters
    ----------
    found : DataFrame
        As of `index.segment_index`; only types such as `gender x region` are looked at.
    sums : DataFrame, optional
        As of `design.design_sums`, where respondents are weighted.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        survey_id, segment_type, row_value, column_value, other_value (of two columns each is once
        the one and once the other), difference (index of the cell less that of the other, points),
        standard_error and p_value (two-sided, Student's t with the lesser degrees of freedom); NaN
        where either cell has one respondent.
    """
    crossed = found[found["segment_type"].str.contains(CROSSED_TYPE, regex=False)]
    parts = crossed["segment_value"].str.split(BETWEEN, n=1, expand=True, regex=False)
    cells = crossed[[*WAVE_SEGMENT, *_MEASURED]].assign(
        row_value=parts[0] if len(parts) else "", column_value=parts[1] if len(parts) else ""
    )
    row = [*_TABLE, "row_value"]
    both = cells.merge(cells.rename(columns={"column_value": "other_value"}), on=row)
    both = both[both["column_value"] != both["other_value"]]
    both = both.sort_values(list(_TEXTS), ignore_index=True)
    number = {name: both[name].to_numpy(np.float64) for name in _BESIDE}
    variance = number["standard_error_x"] ** 2 + number["standard_error_y"] ** 2
    if sums is not None:
        variance -= 2 * _covariances_of(both, sums)
    difference = number["index_score_x"] - number["index_score_y"]
    freedom = np.minimum(number["freedom_x"], number["freedom_y"])
    tested = difference_test(difference, variance, freedom, confidence_level)
    types = dict.fromkeys(_TEXTS, "string")
    return both[list(_TEXTS)].astype(types).assign(**{name: tested[name] for name in _NUMBERS})


_MEASURED = ("index_score", "standard_error", "freedom", "weight_coverage")
_BESIDE = tuple(f"{name}_{side}" for name in _MEASURED for side in "xy")


def _covariances_of(both: pd.DataFrame, sums: pd.DataFrame) -> FloatArray:
    """Covariance of the indices of both cells, in points."""
    found = np.zeros(len(both))
    of_tables = dict(iter(ordered(sums).groupby(_TABLE)))
    for table, rows in both.groupby(_TABLE):
        design, values, by_unit = laid_out(of_tables[table])
        summed = [by_unit(name) for name in SUMMED]
        place = {value: number for number, value in enumerate(values)}
        one, other = (
            np.array([place[value] for value in rows[f"segment_value_{side}"]]) for side in "xy"
        )
        of_one, of_other = ([sums_of[:, at] for sums_of in summed] for at in (one, other))
        inflation = design.inflation(by_unit("n_weighted").sum(axis=0))
        coverage = (rows["weight_coverage_x"] * rows["weight_coverage_y"]).to_numpy(np.float64)
        scale = 100**2 * inflation[one] * inflation[other] / coverage
        found[rows.index] = scale * covariances(design, of_one, of_other)
    return found
