"""What customers with each distinct summary of purchases will do."""

from satisfaction.core.frames import lazy, small
from satisfaction.value import purchase_values


def model(dbt, session):
    """Fetch each distinct summary once, and predict."""
    dbt.config(materialized="table")
    return purchase_values.predictions(
        lazy(dbt.ref("int_purchase_summaries")),
        small(dbt.ref("py_purchase_models")),
        value_months=float(dbt.config.meta_get("value_horizon_months")),
        repeat_months=float(dbt.config.meta_get("repeat_horizon_months")),
        annual_discount=float(dbt.config.meta_get("discount_rate_annual")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    )
