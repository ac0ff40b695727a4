"""Quality of the instrument in every segment and wave."""

from satisfaction import reliability
from satisfaction.frames import one_blas_thread, small


def model(dbt, session):
    """Read the sums, never the answers."""
    dbt.config(materialized="table")
    one_blas_thread()
    return reliability.instrument_quality(
        small(dbt.ref("int_item_moments")),
        small(dbt.ref("int_question_scopes")),
        small(dbt.ref("int_quality_sums")),
        small(dbt.ref("int_standard_ranks")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    )
