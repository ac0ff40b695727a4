"""What measures changed: mean changes of their customers against those of all others."""

from satisfaction.core.frames import small
from satisfaction.improvement import effects


def model(dbt, session):
    """Estimate from sums; a row per measure that has a wave before and one after."""
    dbt.config(materialized="table")
    level = float(dbt.config.meta_get("confidence_level"))
    return effects.net_effects(small(dbt.ref("int_improvement_sums")), level)
