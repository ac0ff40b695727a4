"""Whether those who answered are like the customers, by every segment type of every wave."""

from satisfaction.core.frames import lazy, segment_types, small
from satisfaction.coverage import nonresponse as coverage
from satisfaction.survey import index


def model(dbt, session):
    """Test the rates, and pool the answers as the customers are made up; sums by the engine."""
    dbt.config(materialized="table")
    scales, weights = dbt.ref("int_factor_scales"), dbt.ref("py_satisfaction_weights")
    segments = lazy(dbt.ref("int_coverage_counts"))
    kinds = segment_types(lazy(dbt.ref("int_respondent_segments")))
    standard = coverage.standard_weights(segments)
    pooled = coverage.weighted_counts(lazy(dbt.ref("int_segment_counts")), standard)
    scores = index.factor_scores(pooled, lazy(scales))
    indices = index.weighted_index(scores, lazy(weights), keys=coverage.KEYS)
    factors = index.factors(small(scales), small(weights))
    sums = coverage.influence_sums(lazy(dbt.ref("int_respondents")), pooled, factors, kinds)
    both = standard.join(sums, on=[*coverage.KEYS, "segment_value"], how="inner")
    level = float(dbt.config.meta_get("confidence_level"))
    found = coverage.standardised_index(small(indices.to_native()), small(both.to_native()), level)
    tests = coverage.nonresponse(small(segments.to_native()))
    return tests.merge(found, on=coverage.KEYS, how="left")
