"""What every respondent adds to the index of each of its segments, for the intervals."""

from satisfaction.core.frames import lazy, segment_types, small, to_build
from satisfaction.survey import design, index


def model(dbt, session):
    """Linearise the segment indices; the engine does the work."""
    dbt.config(materialized="incremental")
    scales, weights = dbt.ref("int_factor_scales"), dbt.ref("py_satisfaction_weights")
    versions = to_build(dbt.ref("int_survey_versions"), dbt, session)
    weighted = index.factors(small(scales), small(weights))
    kinds = segment_types(lazy(dbt.ref("int_respondent_segments")), is_crossed=True)
    members = lazy(dbt.ref("int_respondents")).join(versions, on="survey_id", how="inner")
    indices = index.customer_index(
        members, weighted, float(dbt.config.meta_get("min_weight_coverage"))
    )
    pooled = index.by_weight(lazy(dbt.ref("int_segment_counts")))
    keys = (*index.WAVE_CUSTOMER, *design.design_columns(members), "version")
    return index.influence(indices, pooled, weighted, kinds, keys).to_native()
