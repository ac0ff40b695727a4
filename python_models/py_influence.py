"""What every respondent adds to the index of each of its segments, for the intervals."""

from satisfaction import index
from satisfaction.frames import lazy, small, to_build


def model(dbt, session):
    """Linearise the segment indices; the engine does the work."""
    dbt.config(materialized="incremental")
    scales, weights = dbt.ref("int_factor_scales"), dbt.ref("int_satisfaction_weights")
    counts = lazy(dbt.ref("int_respondent_counts")).drop("version")
    segments = lazy(dbt.ref("int_respondent_segments"))
    versions = to_build(dbt.ref("int_survey_versions"), dbt, session)
    weighted, kinds = index.factors(small(scales), small(weights)), index.segment_types(segments)
    members = counts.join(versions, on="survey_id", how="inner").join(
        segments, on=list(index.WAVE_CUSTOMER), how="inner"
    )
    indices = index.customer_index(
        members, weighted, float(dbt.config.meta_get("min_weight_coverage"))
    )
    pooled, keys = lazy(dbt.ref("py_segment_counts")), (*index.WAVE_CUSTOMER, "version")
    return index.influence(indices, pooled, weighted, kinds, keys).to_native()
