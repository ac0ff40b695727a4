"""Level counts of every factor, pooled over the respondents of every segment and wave."""

from satisfaction import index
from satisfaction.frames import lazy


def model(dbt, session):
    """Add up the counts of the combinations of segment values; the engine does the work."""
    dbt.config(materialized="table")
    kinds = index.segment_types(lazy(dbt.ref("int_respondent_segments")))
    return index.pool_segments(lazy(dbt.ref("int_profile_counts")), kinds).to_native()
