"""What every factor does for the verdict when it is rated low and when it is rated high."""

from satisfaction.core.frames import one_blas_thread, small
from satisfaction.drivers import penalty_reward


def model(dbt, session):
    """Fetch the sums of products, and regress the verdict in every segment of every wave."""
    dbt.config(materialized="table")
    one_blas_thread()
    return penalty_reward.penalties_and_rewards(
        small(dbt.ref("int_penalty_reward_moments")),
        small(dbt.ref("int_factor_scales")),
        float(dbt.config.meta_get("confidence_level")),
    )
