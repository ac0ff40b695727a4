"""AHP loyalty index of every customer and month."""

from satisfaction.core.frames import lazy
from satisfaction.survey import index


def model(dbt, session):
    """Join each customer's loyalty factor scores with the weights; the engine does the work."""
    dbt.config(materialized="table")
    return index.weighted_index(
        lazy(dbt.ref("int_loyalty_factor_scores")),
        lazy(dbt.ref("py_loyalty_weights")),
        keys=("profile_id",),
        min_coverage=float(dbt.config.meta_get("min_weight_coverage")),
    ).to_native()
