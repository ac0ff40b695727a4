"""Sums and products of the answers to the factors, for the intervals of classes of factors."""

from satisfaction import index, taxonomies
from satisfaction.frames import lazy, method_table, small, to_build


def model(dbt, session):
    """Sum over the respondents who share all segment values; the engine does the work."""
    dbt.config(materialized="incremental")
    scales, weights = dbt.ref("int_factor_scales"), dbt.ref("int_satisfaction_weights")
    counts = lazy(dbt.ref("int_respondent_counts")).drop("version")
    segments = lazy(dbt.ref("int_respondent_segments"))
    versions = to_build(dbt.ref("int_survey_versions"), dbt, session)
    members = counts.join(versions, on="survey_id", how="inner").join(
        segments, on=list(index.WAVE_CUSTOMER), how="inner"
    )
    factors = index.factors(small(scales), small(weights))
    places = method_table(dbt.ref("method_rows"), "factors", *taxonomies.COLUMNS)
    found = taxonomies.classes(places, factors)
    keys = ["survey_id", "version", *index.segment_types(segments)]
    return taxonomies.moments(members, found, keys).to_native()
