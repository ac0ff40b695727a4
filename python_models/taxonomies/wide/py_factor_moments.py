"""Sums and products of the answers to the factors, for the intervals of classes of factors."""

from satisfaction.core.frames import lazy, segment_types, small, to_build
from satisfaction.survey import index, taxonomies, weighted_taxonomies


def model(dbt, session):
    """Sum over the respondents who share all segment values; the engine does the work."""
    dbt.config(materialized="incremental")
    scales, weights = dbt.ref("int_factor_scales"), dbt.ref("py_satisfaction_weights")
    versions = to_build(dbt.ref("int_survey_versions"), dbt, session)
    members = lazy(dbt.ref("int_respondents")).join(versions, on="survey_id", how="inner")
    factors = index.factors(small(scales), small(weights))
    found = taxonomies.classes(taxonomies.written(dbt.ref("method_rows")), factors)
    kinds = segment_types(lazy(dbt.ref("int_respondent_segments")))
    keys = ["survey_id", "version", *kinds]
    is_weighted = dbt.config.meta_get("weighting") != "none"
    sums = weighted_taxonomies if is_weighted else taxonomies
    return sums.moments(members, found, keys).to_native()
