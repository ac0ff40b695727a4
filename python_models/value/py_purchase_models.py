"""BG/NBD and gamma-gamma, fitted to all customers."""

from satisfaction.core.frames import lazy
from satisfaction.value import purchase_values


def model(dbt, session):
    """Fetch each distinct summary once, and fit."""
    dbt.config(materialized="table")
    return purchase_values.fits(
        lazy(dbt.ref("int_purchase_summaries")),
        min_customers=int(dbt.config.meta_get("min_respondents")),
        max_correlation=float(dbt.config.meta_get("max_value_correlation")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    )
