"""Sums over the respondents beside every segment of a wave, for its difference from the rest."""

from satisfaction.core.frames import lazy, segment_types, small, to_build
from satisfaction.survey import index, rest


def model(dbt, session):
    """Square and add up the influences on each rest; the engine does the work."""
    dbt.config(materialized="incremental")
    scales, weights = dbt.ref("int_factor_scales"), dbt.ref("py_satisfaction_weights")
    versions = to_build(dbt.ref("int_survey_versions"), dbt, session)
    weighted = index.factors(small(scales), small(weights))
    kinds = segment_types(lazy(dbt.ref("int_respondent_segments")))
    members = lazy(dbt.ref("int_respondents")).join(versions, on="survey_id", how="inner")
    answered = index.customer_index(members, weighted)
    is_weighted = dbt.config.meta_get("weighting") != "none"
    counts = lazy(dbt.ref("int_segment_counts"))
    sums = rest.sums(answered, counts, weighted, kinds, is_weighted)
    return sums.join(versions, on="survey_id", how="inner").to_native()
