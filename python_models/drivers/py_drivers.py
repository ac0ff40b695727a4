"""How much each factor matters to the overall verdict, by every method."""

import narwhals as nw

from satisfaction.core.frames import lazy, one_blas_thread, small
from satisfaction.drivers import drivers


def model(dbt, session):
    """Fetch the sums over pairs, and explain the verdict in every segment of every wave."""
    dbt.config(materialized="table")
    one_blas_thread()
    questions = lazy(dbt.ref("method_questions")).select("question_id", "factor_id")
    sums = lazy(dbt.ref("int_question_sums")).filter(nw.col("role") == "importance")
    return drivers.drivers(
        lazy(dbt.ref("int_driver_moments")),
        small(sums.join(questions, on="question_id", how="inner").to_native()),
        n_draws=int(dbt.config.meta_get("bootstrap_draws")),
        confidence_level=float(dbt.config.meta_get("confidence_level")),
        min_respondents=float(dbt.config.meta_get("min_respondents")),
    )
