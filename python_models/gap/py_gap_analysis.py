"""Gaps, confirmation and delivered value of every segment and wave: intervals and changes."""

from satisfaction.core.frames import lazy
from satisfaction.gap.gap_analysis import gap_analysis
from satisfaction.gap.gap_changes import gap_changes


def model(dbt, session):
    """Set the sums side by side, and waves; the engine does the work."""
    dbt.config(materialized="table")
    gaps = gap_analysis(
        lazy(dbt.ref("int_gap_sums")),
        lazy(dbt.ref("int_delivered_value_sums")),
        tolerance=float(dbt.config.meta_get("confirmation_tolerance")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    )
    pairs, waves = lazy(dbt.ref("int_gap_pairs")), lazy(dbt.ref("int_gap_waves"))
    return gap_changes(gaps, pairs, waves).to_native()
