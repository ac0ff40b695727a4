"""Whether those who answered are like the customers, by every segment type of every wave."""

from satisfaction.core.frames import lazy, small
from satisfaction.coverage import nonresponse


def model(dbt, session):
    """Test the response rates, and pool the answers as the customers are made up."""
    dbt.config(materialized="table")
    segments = lazy(dbt.ref("int_coverage_counts"))
    standardised = nonresponse.standardised_index(
        lazy(dbt.ref("int_segment_counts")),
        segments,
        lazy(dbt.ref("int_factor_scales")),
        lazy(dbt.ref("py_satisfaction_weights")),
    )
    found = nonresponse.nonresponse(small(segments.to_native()))
    return found.merge(small(standardised.to_native()), on=nonresponse.KEYS, how="left")
