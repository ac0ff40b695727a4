"""The path model of every segment and wave."""

from satisfaction.core.frames import lazy, method_table, one_blas_thread, small
from satisfaction.path.path_estimates import path_estimates


def model(dbt, session):
    """Fetch the sums of one wave after the other, and estimate."""
    dbt.config(materialized="table")
    one_blas_thread()
    return path_estimates(
        lazy(dbt.ref("int_path_moments")),
        small(dbt.ref("int_path_items")),
        method_table(dbt.ref("method_rows"), "path_links", "from_block", "to_block"),
        scheme=dbt.config.meta_get("path_scheme"),
        scaling=dbt.config.meta_get("path_scaling"),
        n_draws=int(dbt.config.meta_get("bootstrap_draws")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
        min_respondents=float(dbt.config.meta_get("min_respondents")),
    )
