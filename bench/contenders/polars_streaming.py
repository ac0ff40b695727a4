"""Polars, lazily and with its streaming engine.

Answers and questions are matched through their few distinct spellings; only keys that are repeated
are sorted for the newest version, the others go past it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.case import BLANKS, SEGMENT_TYPES, Case, from_command_line  # noqa: E402
from bench.spelling import accepted_answers, known_questions, read_rows  # noqa: E402

KEY = ["survey_id", "response_id", "question_id"]
NEWEST_FIRST = ["answered_at", "survey_id", "customer_id", "answer", "channel"]
CUSTOMER = ["survey_id", "customer_id"]
SEGMENT = ["survey_id", "segment_type", "segment_value"]


def collect(frame: pl.LazyFrame) -> pl.DataFrame:
    """Run a lazy frame in the streaming engine."""
    return frame.collect(engine="streaming")


def distinct(raw: pl.LazyFrame, column: str) -> list[str | None]:
    """Return the distinct values of a column."""
    values: list[str | None] = collect(raw.select(column).unique())[column].to_list()
    return values


def accepted_rows(case: Case) -> pl.LazyFrame:
    """Return the valid answers, trimmed and matched, repeated keys included."""
    raw = pl.scan_parquet(case.files["answers"])
    answers = pl.LazyFrame(
        accepted_answers(case, distinct(raw, "answer")),
        schema={"answer": pl.String, "trimmed_answer": pl.String, "level": pl.Int8},
        orient="row",
    )
    questions = pl.LazyFrame(
        known_questions(case, distinct(raw, "question_id")),
        schema={"question_id": pl.String, "trimmed_question": pl.String, "factor_id": pl.String},
        orient="row",
    )

    def trimmed(name: str) -> pl.Expr:
        text = pl.col(name).str.strip_chars(BLANKS)
        return pl.when(text != "").then(text).alias(name)

    future = pl.lit(case.first_future_day).str.to_datetime("%Y-%m-%d")
    return (
        raw.filter(pl.col("answered_at").is_null() | (pl.col("answered_at") < future))
        .with_columns(trimmed(n) for n in ("response_id", "survey_id", "customer_id", "channel"))
        .filter(pl.col("response_id").is_not_null() & pl.col("survey_id").is_not_null())
        .join(questions, on="question_id", how="inner")
        .join(answers, on="answer", how="inner", nulls_equal=True)
        .with_columns(question_id="trimmed_question", answer="trimmed_answer")
        .drop("trimmed_question", "trimmed_answer")
    )


def newest_versions(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Keep the newest version of every key; only repeated keys are sorted.

    Keys are counted by a hash, which takes a fraction of the memory; two keys that share one only
    go the slow way for nothing.
    """
    rows = rows.with_columns(key=pl.struct(KEY).hash())
    repeated = collect(rows.group_by("key").len().filter(pl.col("len") > 1).select("key")).lazy()
    newest = collect(
        rows.join(repeated, on="key", how="semi")
        .sort(NEWEST_FIRST, descending=True, nulls_last=True)
        .unique(KEY, keep="first", maintain_order=True)
    )
    return pl.concat([rows.join(repeated, on="key", how="anti"), newest.lazy()])


def factor_counts(newest: pl.LazyFrame) -> pl.DataFrame:
    """Count how often each customer gave each level to each factor in a wave."""
    level = pl.col("level")
    anonymous = pl.format("anonymous {} | {}", "survey_id", "response_id")
    return collect(
        newest.with_columns(customer_id=pl.coalesce("customer_id", anonymous))
        .group_by(*CUSTOMER, "factor_id")
        .agg(
            level.count().cast(pl.Int32).alias("n_valid"),
            level.null_count().cast(pl.Int32).alias("n_missing"),
            *[(level == j).sum().cast(pl.Int32).alias(f"n_level_{j}") for j in range(1, 6)],
            level.cast(pl.Int64).sum().cast(pl.Float64).alias("value_sum"),
            pl.col("answered_at").max().alias("last_answered_at"),
        )
    )


def with_segments(case: Case, counts: pl.LazyFrame) -> pl.LazyFrame:
    """Put the segments of each respondent, as of the wave's date, beside the level counts.

    Respondents become numbers and texts categories: that is all that later steps group by.
    """
    respondents = counts.group_by(CUSTOMER).agg(pl.col("last_answered_at").max())
    surveys = pl.scan_parquet(case.files["surveys"])
    waves = (
        respondents.group_by("survey_id")
        .agg(pl.col("last_answered_at").max().cast(pl.Date))
        .join(surveys, on="survey_id", how="left")
        .select("survey_id", wave_date=pl.coalesce("last_answered_at", "closed_on", "opened_on"))
    )
    valid_from = pl.col("valid_from")
    first, last = pl.date(1000, 1, 1), pl.date(9999, 12, 31)
    is_first = pl.int_range(pl.len()).over("customer_id") == 0
    versions = (
        pl.scan_parquet(case.files["customers"])
        .sort("customer_id", "valid_from", nulls_last=False)
        .with_columns(
            starts=pl.when(is_first).then(first).otherwise(valid_from),
            ends=valid_from.shift(-1).over("customer_id").fill_null(last),
        )
    )
    on_day = (pl.col("wave_date") >= pl.col("starts")) & (pl.col("wave_date") < pl.col("ends"))
    described = (
        respondents.select(CUSTOMER)
        .join(waves, on="survey_id", how="inner")
        .join(versions, on="customer_id", how="inner")
        .filter(on_day)
        .with_columns(age_band=age_band(case))
    )
    types = [name for name in SEGMENT_TYPES if name != "total"]
    members = (
        respondents.select(CUSTOMER)
        .join(described.select(*CUSTOMER, *types), on=CUSTOMER, how="left")
        .with_columns(pl.col(types).fill_null("unknown"), total=pl.lit("total"))
        .with_columns(pl.col(*types, "total").cast(pl.Categorical))
        .with_row_index("respondent")
    )
    texts = pl.col("survey_id", "factor_id").cast(pl.Categorical)
    return collect(
        counts.join(members, on=CUSTOMER, how="inner")
        .drop("customer_id", "last_answered_at")
        .with_columns(texts)
    ).lazy()


def of_type(counts: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Return the counts with the segments of one type: one type after the other saves memory."""
    return counts.with_columns(segment_type=pl.lit(name), segment_value=pl.col(name))


def age_band(case: Case) -> pl.Expr:
    """Return the age band of a customer on the wave's date."""

    def day_number(name: str) -> pl.Expr:
        day = pl.col(name).dt
        return day.year() * 10000 + day.month().cast(pl.Int32) * 100 + day.day().cast(pl.Int32)

    age = (day_number("wave_date") - day_number("birth_date")) // 10000
    band = pl.lit(None, dtype=pl.String)
    for row in read_rows(case.files["bands"]):
        if row["segment_type"] == "age_band" and row["segment_value"]:
            low, high = float(row["lower_bound"] or "-inf"), float(row["upper_bound"] or "inf")
            band = (
                pl.when((age >= low) & (age < high))
                .then(pl.lit(row["segment_value"]))
                .otherwise(band)
            )
    return band


def segment_factors(counts: pl.LazyFrame) -> pl.LazyFrame:
    """Pool the level counts of every segment and factor."""
    summed = ["n_valid", "n_missing", *[f"n_level_{j}" for j in range(1, 6)]]
    return (
        counts.group_by(*SEGMENT, "factor_id")
        .agg(
            (pl.col("n_valid") > 0).sum().cast(pl.Int64).alias("n_respondents"),
            pl.col(*summed).cast(pl.Int64).sum(),
            pl.col("value_sum").sum(),
        )
        .filter(pl.col("n_valid") > 0)
        .with_columns(mean=pl.col("value_sum") / pl.col("n_valid"))
    )


def segment_indices(
    counts: pl.LazyFrame, pooled: pl.LazyFrame, weights: pl.LazyFrame
) -> pl.LazyFrame:
    """Return the index of every segment with its linearised standard error and interval."""
    weight, mean = pl.col("weight"), pl.col("mean")
    cells = pooled.join(weights, on="factor_id", how="inner").select(
        *SEGMENT, "factor_id", "weight", "mean", pooled_valid="n_valid"
    )
    indices = cells.group_by(SEGMENT).agg(
        coverage=weight.sum(),
        satisfaction_index=20 * (weight * mean).sum() / weight.sum(),
        satisfaction_index_0_100=25 * (weight * (mean - 1)).sum() / weight.sum(),
    )
    pull = weight * pl.col("n_valid") / pl.col("pooled_valid")
    own = pl.col("value_sum") / pl.col("n_valid")
    spread = (
        counts.filter(pl.col("n_valid") > 0)
        .join(cells, on=[*SEGMENT, "factor_id"], how="inner")
        .group_by(*SEGMENT, "respondent")
        .agg(u=(pull * (own - mean) / 5).sum())
        .group_by(SEGMENT)
        .agg(n_respondents=pl.len().cast(pl.Int64), squares=(pl.col("u") ** 2).sum())
    )
    n = pl.col("n_respondents")
    error = 100 * pl.col("squares").sqrt() * (n / (n - 1)).sqrt() / pl.col("coverage")
    return (
        indices.join(spread, on=SEGMENT, how="inner")
        .with_columns(standard_error=pl.when(n > 1).then(error))
        .drop("coverage", "squares")
    )


def main(case: Case) -> None:
    """Run all steps and write the results."""
    counts = with_segments(case, factor_counts(newest_versions(accepted_rows(case))).lazy())
    factor = pl.col("factor_id").cast(pl.Categorical)
    weights = pl.scan_parquet(case.files["weights"]).with_columns(factor)
    factors, segments = [], []
    for name in SEGMENT_TYPES:
        of_one = of_type(counts, name)
        pooled = collect(segment_factors(of_one))
        factors.append(pooled.with_columns(factor_score=20 * pl.col("mean")))
        segments.append(collect(segment_indices(of_one, pooled.lazy(), weights)))
    for table, name in ((factors, "factors"), (segments, "segments")):
        texts = pl.col(pl.Categorical).cast(pl.String)
        pl.concat(table).with_columns(texts).write_parquet(case.work / f"{name}.parquet")


if __name__ == "__main__":
    main(from_command_line())
