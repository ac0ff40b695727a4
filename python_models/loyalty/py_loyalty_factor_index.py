"""Contribution of every loyalty factor to every customer's loyalty index."""

from satisfaction.core.frames import lazy
from satisfaction.survey import index


def model(dbt, session):
    """Split each customer's loyalty index among the factors; the engine does the work."""
    dbt.config(materialized="table")
    return index.contributions(
        lazy(dbt.ref("int_loyalty_factor_scores")),
        lazy(dbt.ref("py_loyalty_weights")),
        lazy(dbt.ref("py_loyalty_index")),
        keys=("profile_id",),
    ).to_native()
