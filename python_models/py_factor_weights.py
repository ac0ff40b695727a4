"""Weights of the factors from the chosen source."""

from satisfaction import index, weights
from satisfaction.frames import lazy, one_blas_thread, small


def model(dbt, session):
    """Take the weights of satisfaction from weight_source, those of loyalty from AHP."""
    dbt.config(materialized="table")
    one_blas_thread()
    counts, scales = lazy(dbt.ref("int_factor_counts")), lazy(dbt.ref("int_factor_scales"))
    return weights.factor_weights(
        dbt.config.meta_get("weight_source"),
        hierarchy=small(dbt.ref("method_ahp_hierarchy")),
        ahp=small(dbt.ref("py_ahp_global_weights")),
        importance=small(dbt.ref("int_stated_importance")),
        scores=index.factor_scores(counts, scales),
        outcomes=lazy(dbt.ref("int_overall_verdicts")),
    )
