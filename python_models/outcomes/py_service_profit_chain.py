"""The service-profit chain in every segment of every wave."""

from satisfaction.core.frames import one_blas_thread, small
from satisfaction.outcomes import service_profit_chain


def model(dbt, session):
    """Fetch the sums over pairs of stages, and follow the chain."""
    dbt.config(materialized="table")
    one_blas_thread()
    return service_profit_chain.service_profit_chain(
        small(dbt.ref("int_service_profit_moments")),
        n_draws=int(dbt.config.meta_get("bootstrap_draws")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
        min_respondents=float(dbt.config.meta_get("min_respondents")),
    )
