"""Weights of the satisfaction factors from the chosen source."""

import narwhals as nw

from satisfaction.core.frames import WAVE_CUSTOMER, lazy, method_table, one_blas_thread, small
from satisfaction.survey import index
from satisfaction.weights import hierarchy, weights


def model(dbt, session):
    """Weigh the hierarchy of satisfaction as weight_source says."""
    dbt.config(materialized="table")
    one_blas_thread()
    rows, verdict = dbt.ref("method_rows"), nw.col("overall_level").cast(nw.Float64)
    counts, scales = lazy(dbt.ref("int_factor_counts")), lazy(dbt.ref("int_factor_scales"))
    found = weights.factor_weights(
        dbt.config.meta_get("weight_source"),
        hierarchy=method_table(rows, "ahp_hierarchy", *hierarchy.TABLES["ahp_hierarchy"]),
        ahp=small(lazy(dbt.ref("py_ahp")).filter(kind="global").to_native()),
        importance=small(dbt.ref("int_stated_importance")),
        scores=index.factor_scores(counts, scales),
        outcomes=lazy(dbt.ref("int_respondent_answers")).select(*WAVE_CUSTOMER, outcome=verdict),
    )
    return weights.named_factors(found, method_table(rows, "factors", "factor_id"))
