"""Weights of the factors by every source and every expert."""

import narwhals as nw

from satisfaction import index, sensitivity
from satisfaction.frames import lazy, one_blas_thread, small


def model(dbt, session):
    """Ask every source of weights for its own."""
    dbt.config(materialized="table")
    one_blas_thread()
    pairs = lazy(dbt.ref("int_driver_moments"))
    counts, scales = lazy(dbt.ref("int_factor_counts")), lazy(dbt.ref("int_factor_scales"))
    return sensitivity.weight_scenarios(
        small(dbt.ref("method_ahp_hierarchy")),
        small(dbt.ref("method_ahp_experts")),
        small(dbt.ref("method_ahp_judgements")),
        importance=small(dbt.ref("int_stated_importance")),
        pairs=small(pairs.filter(nw.col("segment_type") == "total").to_native()),
        scores=index.factor_scores(counts, scales),
        aggregation=dbt.config.meta_get("aggregation"),
        priority=dbt.config.meta_get("priority"),
        ri_table=dbt.config.meta_get("random_index"),
    )
