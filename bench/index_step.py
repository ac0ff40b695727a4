"""The index step of the branch as SQL text: influences, their sums, the indices.

Written for one questionnaire, as an analyst would with its factors at hand: wide tables of
answers, one join per segment type. Sums over rows are exact decimals, as in the project.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

MODELS = ("py_influence", "py_segment_sums", "py_segment_index")
# the others hold what it is made of
COMPARED = ("py_segment_index",)
MIN_COVERAGE = 0.5


@dataclass(frozen=True)
class Factor:
    """A factor: its id, what its columns begin with, the ends of its scale, its weight."""

    name: str
    column: str
    value_min: float
    value_max: float
    weight: float


def number(value: float) -> str:
    """Return a float as SQL: a plain 0.25 would be a decimal."""
    return f"{value!r}::double"


def questionnaire(connection: duckdb.DuckDBPyConnection) -> tuple[list[Factor], list[str]]:
    """Return the weighted factors, and the segment types."""
    rows = connection.execute(
        """select factor_id, factor_column, value_min, value_max, weight
        from int_factor_scales inner join py_satisfaction_weights using (factor_id)
        order by factor_id"""
    ).fetchall()
    columns = connection.execute("describe int_respondent_segments").fetchall()
    kinds = [row[0] for row in columns if row[0] not in ("survey_id", "customer_id")]
    return [Factor(name, column, *map(float, rest)) for name, column, *rest in rows], kinds


def queries(asked: list[Factor], kinds: list[str]) -> dict[str, str]:
    """Return the query of every table of the step, in their order."""
    return {
        "py_influence": _influence(asked, kinds),
        "py_segment_sums": " union all ".join(_sums(kind) for kind in kinds),
        "py_segment_index": _segment_index(),
    }


def _influence(asked: list[Factor], kinds: list[str]) -> str:
    values = ", ".join(
        f"{f.column}_n as m_{f.column}, {f.column}_sum as s_{f.column}" for f in asked
    )
    pulls = ", ".join(
        f"coalesce(max(case when factor_id = '{f.name}' then {number(f.weight / f.value_max)} "
        f"/ n_valid end), 0) as pull_{f.column}, coalesce(max(case when factor_id = '{f.name}' "
        f"then value_sum / n_valid end), 0) as mean_{f.column}"
        for f in asked
    )
    coverage = " + ".join(
        f"case when m_{f.column} > 0 then {number(f.weight)} else 0 end" for f in asked
    )
    share = " + ".join(
        f"case when m_{f.column} > 0 then {number(f.weight / f.value_max)} * s_{f.column} "
        f"/ m_{f.column} else 0 end"
        for f in asked
    )
    answered = " + ".join(f"m_{f.column}" for f in asked)
    deviations = ", ".join(
        " + ".join(
            f"{kind}_.pull_{f.column} * (s_{f.column} - {kind}_.mean_{f.column} * m_{f.column})"
            + (f" * {number(f.value_max / (f.value_max - f.value_min))}" if is_rescaled else "")
            for f in asked
        )
        + f" as influence_{'rescaled_' if is_rescaled else ''}{kind}"
        for kind in kinds
        for is_rescaled in (False, True)
    )
    joins = " ".join(
        f"inner join pulls as {kind}_ on {kind}_.segment_type = '{kind}' "
        f"and r.survey_id = {kind}_.survey_id and r.{kind} = {kind}_.segment_value"
        for kind in kinds
    )
    segments = ", ".join(f"r.{kind}" for kind in kinds)
    return f"""with respondents as (
            select survey_id, customer_id, {", ".join(kinds)}, {values}
            from int_respondent_answers
            inner join int_respondent_segments using (survey_id, customer_id)
        ),
        pulls as (
            select survey_id, segment_type, segment_value, {pulls}
            from int_segment_counts where n_valid > 0 group by all
        )
        select r.survey_id, r.customer_id,
            case when {coverage} >= {MIN_COVERAGE} - 1e-9 then 100 * ({share}) / ({coverage}) end
                as index_score,
            {segments}, {deviations}
        from respondents as r {joins}
        where {answered} > 0"""


def _sums(kind: str) -> str:
    def exact(value: str) -> str:
        return f"sum(({value})::decimal(38, 30))::double"

    return f"""select i.survey_id, waves.previous_survey_id, '{kind}' as segment_type,
            i.{kind} as segment_value, count(*) as n_respondents,
            {exact(f"i.influence_{kind} * i.influence_{kind}")} as squares,
            {exact(f"i.influence_rescaled_{kind} * i.influence_rescaled_{kind}")}
                as squares_rescaled,
            {exact(f"coalesce(i.influence_{kind} * before.influence_{kind}, 0)")} as products,
            count(i.index_score) as n_indexed_customers,
            sum(i.index_score::decimal(38, 12))::double / nullif(count(i.index_score), 0)
                as mean_customer_index
        from py_influence as i
        inner join int_waves as waves using (survey_id)
        left join py_influence as before
            on waves.previous_survey_id = before.survey_id
            and i.customer_id = before.customer_id and i.{kind} = before.{kind}
        group by i.survey_id, waves.previous_survey_id, i.{kind}"""


def _segment_index() -> str:
    return """with indices as (
            select survey_id, segment_type, segment_value, count(*) as n_factors,
                sum(weight::decimal(38, 24))::double as weight_coverage,
                sum(weight * value_sum / n_valid / value_max) / sum(weight) * 100 as index_score,
                sum(weight * (value_sum / n_valid - value_min) / (value_max - value_min))
                    / sum(weight) * 100 as index_score_rescaled
            from int_segment_counts
            inner join int_factor_scales using (factor_id)
            inner join py_satisfaction_weights using (factor_id)
            where n_valid > 0
            group by all
        ),
        measured as (
            select *, 100 * sqrt(n_respondents / nullif(n_respondents - 1, 0)) / weight_coverage
                as scale
            from indices inner join py_segment_sums using (survey_id, segment_type, segment_value)
        ),
        errors as (
            select *, scale * sqrt(squares) as standard_error,
                scale * sqrt(squares_rescaled) as standard_error_0_100
            from measured
        ),
        changes as (
            select now.*, before.index_score as previous_index,
                now.index_score - before.index_score as index_change,
                sqrt(greatest(now.standard_error ** 2 + before.standard_error ** 2
                    - 2 * now.products * now.scale * before.scale,
                    0 * (now.standard_error + before.standard_error))) as change_standard_error
            from errors as now
            left join errors as before
                on now.previous_survey_id = before.survey_id
                and now.segment_type = before.segment_type
                and now.segment_value = before.segment_value
        )
        select survey_id, previous_survey_id, segment_type, segment_value, n_factors,
            weight_coverage, index_score, index_score_rescaled, n_respondents, n_indexed_customers,
            mean_customer_index, standard_error, standard_error_0_100,
            previous_index, index_change, change_standard_error
        from changes"""


def export_index(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the tables that are compared."""
    for name in COMPARED:
        path = str(folder / f"{name}.parquet").replace("'", "''")
        # an interval is an error times a quantile that the text has no function for
        points = "columns(lambda c: not regexp_matches(c, '(index|change)_(low|high)'))"
        connection.execute(f"copy (select {points} from main.{name}) to '{path}'")
