"""Consistency of service between the units of every kind, in every wave."""

from satisfaction import consistency
from satisfaction.frames import small


def model(dbt, session):
    """Part the variance of the units' sums."""
    dbt.config(materialized="table")
    level = float(dbt.config.meta_get("confidence_level"))
    return consistency.service_consistency(small(dbt.ref("int_unit_sums")), level)
