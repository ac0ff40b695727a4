"""Claims of the folklore held against the data."""

from satisfaction.core.frames import small
from satisfaction.outcomes import hypotheses


def model(dbt, session):
    """Fetch the few sums of every claim, and divide them."""
    dbt.config(materialized="table")
    return hypotheses.judge(
        small(dbt.ref("int_hypothesis_sums")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    )
