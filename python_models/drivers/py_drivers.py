"""How much each factor matters to the overall verdict, by every method."""

from satisfaction.core.frames import lazy, one_blas_thread, small
from satisfaction.drivers import drivers


def model(dbt, session):
    """Fetch the sums over pairs, and explain the verdict in every segment of every wave."""
    dbt.config(materialized="table")
    one_blas_thread()
    return drivers.drivers(
        lazy(dbt.ref("int_driver_moments")),
        small(dbt.ref("int_importance_sums")),
        n_draws=int(dbt.config.meta_get("bootstrap_draws")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
        min_respondents=float(dbt.config.meta_get("min_respondents")),
    )
