"""Weights of the factors by every source and every expert."""

import narwhals as nw

from satisfaction.core.frames import lazy, method_table, one_blas_thread, small
from satisfaction.survey import index
from satisfaction.weights import hierarchy, sensitivity


def model(dbt, session):
    """Ask every source of weights for its own."""
    dbt.config(materialized="table")
    one_blas_thread()
    rows = dbt.ref("method_rows")
    pairs = lazy(dbt.ref("int_driver_moments")).filter(nw.col("segment_type") == "total")
    counts, scales = lazy(dbt.ref("int_factor_counts")), lazy(dbt.ref("int_factor_scales"))
    return sensitivity.weight_scenarios(
        *(method_table(rows, name, *columns) for name, columns in hierarchy.TABLES.items()),
        importance=small(dbt.ref("int_stated_importance")),
        pairs=small(pairs.to_native()),
        scores=index.factor_scores(counts, scales),
        aggregation=dbt.config.meta_get("aggregation"),
        priority=dbt.config.meta_get("priority"),
        ri_table=dbt.config.meta_get("random_index"),
    )
