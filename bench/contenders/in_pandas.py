"""Pandas, vectorised: categoricals for what repeats, one sort of the repeated keys."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.case import BLANKS, SEGMENT_TYPES, Case, from_command_line  # noqa: E402
from bench.spelling import accepted_answers, known_questions, read_rows  # noqa: E402

KEY = ["survey_id", "response_id", "question_id"]
NEWEST_FIRST = ["answered_at", "survey_id", "customer_id", "answer", "channel"]
CUSTOMER = ["survey_id", "customer_id"]
SEGMENT = ["survey_id", "segment_type", "segment_value"]
LEVELS = range(1, 6)
TEXTS = ("response_id", "question_id", "survey_id", "customer_id", "answer", "channel")


def read(case: Case) -> pd.DataFrame:
    """Read the answers; texts arrive as dictionaries, so that each distinct one is held once."""
    import pyarrow.parquet as pq

    folder = Path(case.files["answers"]).parent
    table = pq.read_table(folder, read_dictionary=list(TEXTS))
    frame: pd.DataFrame = table.to_pandas(self_destruct=True, split_blocks=True)
    return frame


def mapped(column: pd.Series, mapping: Mapping[Any, object]) -> pd.Series:
    """Map the categories of a column; what is not in the mapping becomes missing."""
    values = np.array([mapping.get(value) for value in column.cat.categories] + [None], object)
    return pd.Series(pd.Categorical(values[column.cat.codes]), index=column.index)


def trimmed(column: pd.Series) -> pd.Series:
    """Trim the categories of a column; blank is missing."""
    return mapped(column, {v: v.strip(BLANKS) or None for v in column.cat.categories})


def accepted_rows(case: Case) -> pd.DataFrame:
    """Return the valid answers, trimmed and matched, repeated keys included."""
    rows = read(case)
    for name in ("response_id", "survey_id", "customer_id", "channel"):
        rows[name] = trimmed(rows[name])
    questions = known_questions(case, rows["question_id"].cat.categories)
    answers = accepted_answers(case, rows["answer"].cat.categories)
    is_known = rows["answer"].isin([found for found, _, _ in answers]) | rows["answer"].isna()
    rows["level"] = mapped(rows["answer"], {a: level for a, _, level in answers}).astype("float32")
    rows["answer"] = mapped(rows["answer"], {a: text for a, text, _ in answers})
    rows["factor_id"] = mapped(rows["question_id"], {q: factor for q, _, factor in questions})
    rows["question_id"] = mapped(rows["question_id"], {q: text for q, text, _ in questions})
    is_future = rows["answered_at"] >= pd.Timestamp(case.first_future_day)
    keys = ["response_id", "survey_id", "question_id"]
    return rows[is_known & ~is_future & rows[keys].notna().all(axis=1)]


def newest_versions(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the newest version of every key; only repeated keys are sorted."""
    surveys, responses, questions = (rows[name].cat.codes.to_numpy("int64") for name in KEY)
    codes = (responses * 1000 + surveys) * 1000 + questions
    is_repeated = pd.Series(codes).duplicated(keep=False).to_numpy()
    repeated = rows[is_repeated]
    texts = repeated.assign(**{name: repeated[name].astype("str") for name in NEWEST_FIRST[1:]})
    newest = (
        texts.sort_values(NEWEST_FIRST, ascending=False, na_position="last")
        .drop_duplicates(KEY)
        .index
    )
    return pd.concat([rows[~is_repeated], repeated.loc[newest]])


def factor_counts(newest: pd.DataFrame) -> pd.DataFrame:
    """Count how often each customer gave each level to each factor in a wave."""
    names = newest["customer_id"].astype("object")
    anonymous = names.isna()
    surveys, responses = (newest.loc[anonymous, name].astype("object") for name in KEY[:2])
    names[anonymous] = "anonymous " + surveys + " | " + responses
    rows = pd.DataFrame(
        {
            "survey_id": newest["survey_id"],
            "customer_id": names.astype("category"),
            "factor_id": newest["factor_id"],
            "n_missing": newest["level"].isna(),
            **{f"n_level_{j}": newest["level"] == j for j in LEVELS},
            "last_answered_at": newest["answered_at"],
        }
    )
    grouped = rows.groupby([*CUSTOMER, "factor_id"], observed=True, sort=False)
    counts = grouped[["n_missing", *[f"n_level_{j}" for j in LEVELS]]].sum().astype("int64")
    counts["last_answered_at"] = grouped["last_answered_at"].max()
    counts["n_valid"] = sum(counts[f"n_level_{j}"] for j in LEVELS)
    counts["value_sum"] = sum(float(j) * counts[f"n_level_{j}"] for j in LEVELS)
    return counts.reset_index()


def wave_dates(case: Case, respondents: pd.DataFrame) -> pd.DataFrame:
    """Return the date of every wave: the day of its last answer, else of its survey."""
    surveys = pd.read_parquet(case.files["surveys"])
    last = respondents.groupby("survey_id", observed=True)["last_answered_at"].max()
    waves = last.reset_index().merge(surveys, on="survey_id", how="left")
    day = waves["last_answered_at"].dt.normalize()
    waves["wave_date"] = day.fillna(pd.to_datetime(waves["closed_on"]))
    waves["wave_date"] = waves["wave_date"].fillna(pd.to_datetime(waves["opened_on"]))
    return waves[["survey_id", "wave_date"]]


def customer_versions(case: Case) -> pd.DataFrame:
    """Return what is known of every customer, and from when until when."""
    versions = pd.read_parquet(case.files["customers"])
    for name in ("valid_from", "birth_date"):
        versions[name] = pd.to_datetime(versions[name])
    versions = versions.sort_values(["customer_id", "valid_from"], na_position="first")
    by_customer = versions.groupby("customer_id", sort=False)
    is_first = by_customer.cumcount() == 0
    versions["starts"] = versions["valid_from"].mask(is_first, pd.Timestamp("1700-01-01"))
    versions["ends"] = by_customer["valid_from"].shift(-1).fillna(pd.Timestamp("2200-01-01"))
    return versions


def age_bands(case: Case, age: pd.Series) -> pd.Series:
    """Return the age band of every age."""
    bands = pd.Series(None, index=age.index, dtype="object")
    for row in read_rows(case.files["bands"]):
        if row["segment_type"] == "age_band" and row["segment_value"]:
            low, high = float(row["lower_bound"] or "-inf"), float(row["upper_bound"] or "inf")
            bands[(age >= low) & (age < high)] = row["segment_value"]
    return bands


def segment_members(case: Case, counts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return each respondent's segment, one table (survey, customer, segment_value) per type."""
    last = counts.groupby(CUSTOMER, observed=True, sort=False)["last_answered_at"].max()
    respondents = last.reset_index()
    people = respondents[CUSTOMER].merge(wave_dates(case, respondents), on="survey_id")
    described = people.merge(customer_versions(case), on="customer_id")
    on_day = described["wave_date"].between(described["starts"], described["ends"], "left")
    described = described[on_day]
    wave, born = described["wave_date"].dt, described["birth_date"].dt
    before_birthday = wave.month * 100 + wave.day < born.month * 100 + born.day
    age = wave.year - born.year - before_birthday
    described = described.assign(age_band=age_bands(case, age), total="total")
    columns = [name for name in SEGMENT_TYPES if name != "total"]
    members = people[CUSTOMER].merge(described[[*CUSTOMER, *columns]], on=CUSTOMER, how="left")
    members["total"] = "total"
    return {
        name: members[CUSTOMER].assign(
            segment_type=name, segment_value=members[name].fillna("unknown").astype("category")
        )
        for name in SEGMENT_TYPES
    }


def one_segment_type(
    counts: pd.DataFrame, members: pd.DataFrame, weights: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pool the counts over the segments of one type, and index them with their standard error."""
    rows = counts.merge(members, on=CUSTOMER)
    cell = [*SEGMENT, "factor_id"]
    summed = ["n_valid", "n_missing", *[f"n_level_{j}" for j in LEVELS], "value_sum"]
    rows["n_respondents"] = rows["n_valid"] > 0
    pooled = rows.groupby(cell, observed=True)[[*summed, "n_respondents"]].sum().reset_index()
    pooled = pooled[pooled["n_valid"] > 0]
    pooled["mean"] = pooled["value_sum"] / pooled["n_valid"]
    pooled["weight"] = pooled["factor_id"].astype("object").map(weights).astype(float)
    products = pooled.assign(product=pooled["weight"] * pooled["mean"])
    sums = products.groupby(SEGMENT, observed=True)[["weight", "product"]].sum()

    rows = rows.loc[rows["n_valid"] > 0, [*cell, "customer_id", "n_valid", "value_sum"]]
    rows = rows.merge(
        pooled[[*cell, "mean", "weight", "n_valid"]], on=cell, suffixes=("", "_pooled")
    )
    deviation = rows["value_sum"] / rows["n_valid"] - rows["mean"]
    rows["u"] = rows["weight"] * rows["n_valid"] / rows["n_valid_pooled"] * deviation / 5
    influence = rows.groupby([*SEGMENT, "customer_id"], observed=True, sort=False)["u"].sum()
    squares = (influence**2).groupby(SEGMENT, observed=True).agg(["size", "sum"])

    sums = sums.join(squares)
    n = sums["size"]
    result = pd.DataFrame(
        {
            "n_respondents": n,
            "satisfaction_index": 20 * sums["product"] / sums["weight"],
            "satisfaction_index_0_100": 25 * (sums["product"] / sums["weight"] - 1),
            "standard_error": 100
            * (sums["sum"] * n / (n - 1).where(n > 1)) ** 0.5
            / sums["weight"],
        }
    )
    return pooled.assign(factor_score=20 * pooled["mean"]), result.reset_index()


def main(case: Case) -> None:
    """Run all steps and write the results; segment types one after the other save memory."""
    counts = factor_counts(newest_versions(accepted_rows(case)))
    weights = pd.read_parquet(case.files["weights"]).set_index("factor_id")["weight"]
    members = segment_members(case, counts)
    counts = counts.drop(columns="last_answered_at")
    parts = [one_segment_type(counts, table, weights) for table in members.values()]
    for place, name in enumerate(("factors", "segments")):
        table = pd.concat([part[place] for part in parts])
        for column in (*SEGMENT, "factor_id"):
            if column in table:
                table[column] = table[column].astype("str")
        table.to_parquet(case.work / f"{name}.parquet")


if __name__ == "__main__":
    main(from_command_line())
