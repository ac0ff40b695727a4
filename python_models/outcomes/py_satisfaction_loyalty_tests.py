"""What is said of satisfaction and loyalty, tested in every segment of every wave."""

from satisfaction.core.frames import one_blas_thread, small
from satisfaction.outcomes import satisfaction_loyalty


def model(dbt, session):
    """Fetch the counts by segment, and test them."""
    dbt.config(materialized="table")
    one_blas_thread()
    return satisfaction_loyalty.loyalty_tests(
        small(dbt.ref("int_satisfaction_loyalty_counts")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    )
