"""Shares of the loyal at every level of satisfaction, and of each relation."""

from satisfaction.core.frames import small
from satisfaction.outcomes import satisfaction_loyalty


def model(dbt, session):
    """Fetch the counts by segment, and divide them."""
    dbt.config(materialized="table")
    return satisfaction_loyalty.loyalty_shares(
        small(dbt.ref("int_satisfaction_loyalty_counts")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    )
