"""Where each factor lies on the map of importance and performance."""

from satisfaction import priorities
from satisfaction.frames import small


def model(dbt, session):
    """Fetch the sums over pairs, and place the factors in every segment of every wave."""
    dbt.config(materialized="table")
    pairs = small(dbt.ref("int_driver_moments"))
    return priorities.priorities(pairs, int(dbt.config.meta_get("bootstrap_draws")))
