"""All pairs of cells in every row of two segment types crossed: differences and p-values."""

from satisfaction.core.frames import small
from satisfaction.survey import pairs


def model(dbt, session):
    """Compare the cells; the sums of the engine have a row per cell, of weighted ones by unit."""
    dbt.config(materialized="table")
    found, sums = small(dbt.ref("py_segment_index")), dbt.ref("py_segment_sums")
    is_weighted = dbt.config.meta_get("weighting") != "none"
    level = float(dbt.config.meta_get("confidence_level"))
    return pairs.compared(found, small(sums) if is_weighted else None, level)
