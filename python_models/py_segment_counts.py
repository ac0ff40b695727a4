"""Level counts of every factor, pooled over the respondents of every segment and wave."""

from satisfaction import index
from satisfaction.frames import lazy


def model(dbt, session):
    """Add up the customers' level counts; the engine does the work."""
    dbt.config(materialized="table")
    counts, members = lazy(dbt.ref("int_factor_counts")), lazy(dbt.ref("int_wave_segments"))
    return index.pool_segments(counts, members).to_native()
