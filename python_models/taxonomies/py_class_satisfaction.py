"""Satisfaction with every class of every taxonomy, of every segment and wave."""

from satisfaction.core.frames import lazy, one_blas_thread, segment_types, small
from satisfaction.survey import index, taxonomies, weighted_taxonomies


def model(dbt, session):
    """Pool the moments in the engine; what is left is a row per segment."""
    dbt.config(materialized="table")
    one_blas_thread()
    scales, weights = dbt.ref("int_factor_scales"), dbt.ref("py_satisfaction_weights")
    factors = index.factors(small(scales), small(weights))
    found = taxonomies.classes(taxonomies.written(dbt.ref("method_rows")), factors)
    kinds = segment_types(lazy(dbt.ref("int_respondent_segments")))
    profiles = lazy(dbt.ref("py_factor_moments")).drop("version")
    level = float(dbt.config.meta_get("confidence_level"))
    if dbt.config.meta_get("weighting") != "none":
        return weighted_taxonomies.all_class_scores(profiles, kinds, found, level)
    pooled = small(taxonomies.pool_moments(profiles, kinds).to_native())
    return taxonomies.class_scores(pooled, found, level)
