"""Questions whose answers are not understood: one row per problem, none when all is well."""

from satisfaction.answer_checks import answer_problems
from satisfaction.core.frames import method_table, small


def model(dbt, session):
    """Check the words that were found; the hook of the model turns the rows into one message."""
    dbt.config(materialized="table")
    return answer_problems(
        small(dbt.ref("base_answer_words")),
        small(dbt.ref("method_questions")),
        method_table(dbt.ref("method_rows"), "scale_answers", "scale_id", "answer", "level"),
        max_unknown_answers=float(dbt.config.meta_get("max_unknown_answers")),
    )
