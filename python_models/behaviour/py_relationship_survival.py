"""Survival of relationships in every segment."""

from satisfaction import survival
from satisfaction.frames import small


def model(dbt, session):
    """Fetch the counts by age, and draw the curves."""
    dbt.config(materialized="table")
    level = float(dbt.config.meta_get("confidence_level"))
    return survival.relationship_survival(small(dbt.ref("int_relationship_counts")), level)
