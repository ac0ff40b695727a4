"""Quality of the instrument in every segment and wave."""

from satisfaction.core.frames import one_blas_thread, small
from satisfaction.quality import reliability


def model(dbt, session):
    """Read the sums, never the answers."""
    dbt.config(materialized="table")
    one_blas_thread()
    questions = small(dbt.ref("method_questions"))
    return reliability.instrument_quality(
        small(dbt.ref("int_item_moments")),
        small(dbt.ref("int_question_scopes")),
        small(dbt.ref("int_quality_sums")),
        small(dbt.ref("int_standard_ranks")),
        list(questions.loc[questions["role"] == "recommend", "question_id"]),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
    )
