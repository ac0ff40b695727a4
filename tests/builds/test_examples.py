"""The worked cases in examples/: what their pages say is what a build gives."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.python.conftest import ROOT, Built, run_build

CAFETERIA = ROOT / "examples" / "cafeteria"
AIRLINE = ROOT / "examples" / "airline"
# the real survey lies beside the project where it is there at all; its rows are not part of it
REAL_AIRLINE = ROOT.parent / "shared" / "cases" / "airline"


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Built]:
    """Build the cases two at a time, each into a target folder of its own."""
    home = tmp_path_factory.mktemp("examples")
    synthetic_airline(home / "passengers")
    method = ["--method", str(AIRLINE)]
    cases = {
        "cafeteria": ["--data", str(CAFETERIA)],
        "airline": ["--data", str(home / "passengers"), *method],
    }
    dbt_vars = {"real airline": {"weight_source": "derived"}}
    if REAL_AIRLINE.is_dir():
        cases["real airline"] = ["--data", str(REAL_AIRLINE), *method]
    with ThreadPoolExecutor(max_workers=2) as pool:
        running = {
            name: pool.submit(run_build, home / name, *cases[name], **dbt_vars.get(name, {}))
            for name in cases
        }
        built = {name: run.result() for name, run in running.items()}
    for name, one in built.items():
        assert one.code == 0, f"{name}: {one.out}\n{one.err}"
    return built


# --- the cafeteria: by hand ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def cafeteria(builds: dict[str, Built]) -> Built:
    return builds["cafeteria"]


def page_table() -> dict[str, list[float]]:
    """Rows of the page's table by factor: five counts, answers, sum, score, weight, product."""
    found = {}
    for line in (CAFETERIA / "README.md").read_text("utf-8").splitlines():
        cells = [cell.strip(" *") for cell in line.strip("|").split("|")]
        if len(cells) == 11 and re.fullmatch(r"[\d.]+", cells[-1]):
            found[cells[0].split()[0]] = [float(cell) for cell in cells[1:] if cell]
    return found


def test_page_of_the_cafeteria_is_right_arithmetic():
    table = page_table()
    index = table.pop("index")
    answers = pd.read_csv(CAFETERIA / "survey_wide.csv")
    words = ["非常满意", "满意", "基本满意", "不满意", "很不满意"]
    assert sorted(table) == ["environment", "hygiene", "price", "service", "taste"]
    for factor, (*counts, n, total, score, weight, product) in table.items():
        assert counts == [(answers[factor] == word).sum() for word in words], factor
        assert n == sum(counts) and total == np.dot(counts, [5, 4, 3, 2, 1]), factor
        assert score == pytest.approx(100 * total / (5 * n)), factor
        assert product == pytest.approx(weight * score), factor
    assert sum(row[-2] for row in table.values()) == pytest.approx(1)
    assert index == [pytest.approx(sum(row[-1] for row in table.values()))]


def test_cafeteria_gives_what_its_page_says(cafeteria):
    table = page_table()
    (index,) = table.pop("index")
    rows = cafeteria.rows(
        "select factor_id, n_level_5, n_level_4, n_level_3, n_level_2, n_level_1, n_valid, "
        "factor_score, weight, contribution "
        "from fct_segment_factor_satisfaction where segment_type = 'total'"
    )
    assert len(rows) == len(table)
    for factor, *got in rows:
        counts_and_answers, (_, *figures) = table[factor][:6], table[factor][6:]
        assert got == pytest.approx(counts_and_answers + figures, abs=1e-9), factor
    assert cafeteria.rows(
        "select round(satisfaction_index, 9), round(index_low, 1), round(index_high, 1), "
        "is_reliable from fct_segment_satisfaction where segment_type = 'total'"
    ) == [(index, 56.0, 77.4, False)]
    assert cafeteria.rows(
        "select customer_id, round(satisfaction_index, 9) from fct_customer_satisfaction "
        "where customer_id in ('s01', 's05') order by 1"
    ) == [("s01", 78.0), ("s05", 80.0)]


def test_cafeteria_has_consistent_judges_and_one_refused_answer(cafeteria):
    assert cafeteria.rows("select distinct round(cr, 9), status from fct_ahp_consistency") == [
        (0.0, "consistent")
    ]
    assert cafeteria.rows(
        "select table_name, record_key, reason, offending_value from rejected_rows"
    ) == [("survey_wide", "r02 | environment | cafeteria-2025", "unknown_answer", "还行")]
    ((missing,),) = cafeteria.rows(
        "select n_missing from fct_segment_factor_satisfaction "
        "where segment_type = 'total' and factor_id = 'environment'"
    )
    assert missing == 1


def test_cafeteria_has_no_loyalty_and_no_error(cafeteria):
    """Nobody bought anything: nothing of the ladder, of purchases or of complaints is there."""
    published = {
        name for (name,) in cafeteria.rows("select table_name from information_schema.tables")
    }
    assert "fct_segment_satisfaction" in published
    of_loyalty = [name for name in published if "loyalty" in name or "behaviour" in name]
    assert of_loyalty == []
    assert "Loyalty: no" in cafeteria.out
    assert cafeteria.out.startswith("areas: weights, survey, ")


# --- the airline: by an independent computation -------------------------------------------------

ITEMS = pd.read_csv(AIRLINE / "questions.csv").query("role == 'performance'")
GROUPS = ITEMS.groupby("factor_id")["question_id"].agg(list).to_dict()


def synthetic_airline(folder: Path) -> None:
    """Write a folder with the columns of the real survey, typed, and with awkward passengers."""
    rng = np.random.default_rng(7)
    n = 360
    ids = np.arange(1000, 1000 + n)
    mood = rng.normal(0, 1, n)
    people = pd.DataFrame(
        {
            "customer_id": ids,
            "customer_type": rng.choice(["Loyal Customer", "disloyal Customer"], n, p=[0.8, 0.2]),
            "gender": rng.choice(["Female", "Male"], n),
            "age": rng.integers(7, 86, n),
            "travel_class": rng.choice(["Business", "Eco", "Eco Plus"], n, p=[0.45, 0.45, 0.1]),
            "travel_type": rng.choice(["Business travel", "Personal Travel"], n),
            "flight_distance": rng.choice([31, 499, 500, 999, 1000, 1999, 2000, 4983], n),
            "arrival_delay_minutes": np.where(rng.random(n) < 0.1, np.nan, rng.integers(0, 99, n)),
        }
    )
    level = mood[:, None] + rng.normal(0, 1, (n, len(ITEMS))) + 3.3
    items = np.clip(np.rint(level), 1, 5).astype(int)
    items[rng.random(items.shape) < 0.08] = 0
    items[5] = 0  # rated nothing
    known = ITEMS["factor_id"].isin(["catering", "cabin"]).to_numpy()
    items[6] = np.where(known, 4, 0)  # rated too little for an index of their own
    people.loc[6, "travel_class"] = "Eco"
    # nobody in this class was served a meal: the other factors share its weight
    catering = (ITEMS["factor_id"] == "catering").to_numpy()
    items[np.ix_(people["travel_class"] == "Eco Plus", catering)] = 0
    answers = pd.DataFrame(items, columns=ITEMS["question_id"])
    verdict = np.where(mood + rng.normal(0, 1, n) > 0, "satisfied", "neutral or dissatisfied")
    answers["overall"] = verdict
    head = {"response_id": [f"r{i}" for i in ids], "survey_id": "airline", "customer_id": ids}
    head |= {"answered_at": "2015-06-30", "channel": "online"}
    folder.mkdir()
    # the last passenger answered, but is in no list of customers
    people[:-1].to_parquet(folder / "customers.parquet")
    wide = pd.concat([pd.DataFrame(head), answers], axis=1).sample(frac=1, random_state=1)
    wide.to_csv(folder / "survey_wide.csv", index=False)


def passengers(folder: Path) -> pd.DataFrame:
    """One row per passenger: answers (0 is missing) and attributes as segment values."""
    customers = folder / "customers.csv"
    people = pd.read_csv(customers) if customers.is_file() else pd.read_parquet(
        customers.with_suffix(".parquet")
    )  # fmt: skip
    rows = pd.read_csv(folder / "survey_wide.csv").merge(people, on="customer_id", how="left")
    rows[ITEMS["question_id"]] = rows[ITEMS["question_id"]].replace(0, np.nan)
    distances, ages = [-np.inf, 500, 1000, 2000, np.inf], [-np.inf, 25, 35, 45, 55, 65, np.inf]
    values = pd.DataFrame(
        {
            "total": "total",
            "x_travel_class": rows["travel_class"],
            "x_travel_type": rows["travel_type"],
            "x_flight_distance": pd.cut(
                rows["flight_distance"],
                distances,
                right=False,
                labels=["under_500", "500_999", "1000_1999", "2000_plus"],
            ),
            "customer_type": rows["customer_type"],
            "gender": rows["gender"],
            "age_band": pd.cut(
                rows["age"],
                ages,
                right=False,
                labels=["under_25", "25_34", "35_44", "45_54", "55_64", "65_plus"],
            ),
        }
    ).astype(object)
    return pd.concat([rows[["customer_id", "overall", *ITEMS["question_id"]]],
                      values.fillna("unknown")], axis=1)  # fmt: skip


def segment_figures(rows: pd.DataFrame, weights: dict[str, float]) -> list[float]:
    """Respondents, index and interval of some passengers, the passenger being the unit."""
    rows = rows[rows[ITEMS["question_id"]].notna().any(axis=1)]
    n, index, answering, u = len(rows), 0.0, 0.0, np.zeros(len(rows))
    rated = {
        factor: items for factor, items in GROUPS.items() if rows[items].notna().any(axis=None)
    }
    known = sum(weights[factor] for factor in rated)
    for factor, items in rated.items():
        answered = rows[items].notna().sum(axis=1).to_numpy()
        points = rows[items].sum(axis=1).to_numpy() / 5
        score = points.sum() / answered.sum()
        index += weights[factor] / known * score
        u += weights[factor] / known * (points - score * answered) * n / answered.sum()
        answering += weights[factor] / known * (answered > 0).sum()
    t = stats.t.ppf(0.975, max(int(answering + 1e-9) - 1, 1))
    half = t * np.sqrt((u**2).sum() / (n * (n - 1))) if n > 1 else np.nan
    return [n, 100 * index, 100 * (index - half), 100 * (index + half)]


def derived_weights(rows: pd.DataFrame) -> dict[str, float]:
    """Johnson's relative weights of the factors in the verdict, over pandas correlations."""
    scores = pd.DataFrame({f: rows[items].mean(axis=1) for f, items in GROUPS.items()})
    scores["verdict"] = (rows["overall"] == "satisfied").astype(float)
    r = scores.corr()
    inner, outer = r.iloc[:-1, :-1].to_numpy(), r.iloc[:-1, -1].to_numpy()
    values, vectors = np.linalg.eigh(inner)
    root = (vectors * np.sqrt(values)) @ vectors.T
    shares = root**2 @ np.linalg.solve(root, outer) ** 2
    # the shares part R², which any regression gives
    assert shares.sum() == pytest.approx(outer @ np.linalg.solve(inner, outer))
    return dict(zip(GROUPS, shares / shares.sum(), strict=True))


def check_airline(built: Built, rows: pd.DataFrame, weights: dict[str, float]) -> None:
    """Compare the marts with figures computed from the files alone."""
    got = dict(built.rows("select node_id, weight from fct_factor_weights where is_leaf"))
    assert got == pytest.approx(weights, abs=1e-9)
    kinds = ["total", "x_travel_class", "x_travel_type", "x_flight_distance", "customer_type",
             "gender", "age_band"]  # fmt: skip
    expected = {
        (kind, value): segment_figures(part, weights)
        for kind in kinds
        for value, part in rows.groupby(kind)
    }
    for kind, value, *figures in built.rows(
        "select segment_type, segment_value, n_respondents, satisfaction_index, index_low, "
        "index_high from fct_segment_satisfaction"
    ):
        got = [np.nan if figure is None else figure for figure in figures]
        assert got == pytest.approx(expected.pop((kind, value)), nan_ok=True), (kind, value)
    assert not expected
    assert built.rows("select count(*) from rejected_rows") == [(0,)]


@pytest.fixture(scope="module")
def airline(builds: dict[str, Built]) -> tuple[Built, Path]:
    built = builds["airline"]
    return built, built.target.parent / "passengers"


def test_airline_on_made_up_passengers(airline):
    built, folder = airline
    check_airline(built, passengers(folder), dict.fromkeys(GROUPS, 0.2))


def test_airline_passengers_who_rated_little_have_no_index(airline):
    built, _ = airline
    assert built.rows(
        "select customer_id, satisfaction_index, n_factors, round(weight_coverage, 9) "
        "from fct_customer_satisfaction where satisfaction_index is null order by 1"
    ) == [("1005", None, 0, 0.0), ("1006", None, 2, 0.4)]


def test_airline_flags_a_factor_that_nobody_rated(airline):
    built, _ = airline
    assert built.rows(
        "select segment_value, factor_id, contribution from fct_segment_factor_satisfaction "
        "where is_absent and segment_type = 'x_travel_class'"
    ) == [("Eco Plus", "catering", None)]
    assert built.rows(
        "select n_factors_absent, round(weight_coverage, 9) from fct_segment_satisfaction "
        "where segment_value = 'Eco Plus'"
    ) == [(1, 0.8)]


def test_airline_carries_declared_columns_and_finds_unlisted_passengers(airline):
    built, folder = airline
    people = pd.read_parquet(folder / "customers.parquet")
    assert dict(
        built.rows("select attribute, count(*) from dim_customer_attributes group by all")
    ) == {
        "x_age": len(people),
        "x_travel_class": len(people),
        "x_travel_type": len(people),
        "x_flight_distance": len(people),
        "x_arrival_delay_minutes": people["arrival_delay_minutes"].notna().sum(),
    }
    assert built.rows(
        "select customer_id, age, is_declared from dim_customers where not is_declared"
    ) == [("1359", None, False)]
    assert built.rows("select distinct ignored_columns from row_accounting") == [(None,)]


def test_airline_has_labels_in_both_languages(airline):
    built, _ = airline
    assert built.rows(
        "select label_zh, label_en from dim_segments "
        "where segment_type = 'x_travel_class' and segment_value in ('Eco Plus', 'unknown') "
        "order by segment_value"
    ) == [("高端经济舱", "Economy plus"), ("未知", "Unknown")]


def test_queries_on_the_page_of_the_airline_run(airline):
    built, _ = airline
    page = (AIRLINE / "README.md").read_text("utf-8")
    queries = re.search(r"```sql\n(.+?)```", page, re.DOTALL)[1].split(";")
    assert [len(built.rows(query)) for query in queries if query.strip()] == [5, 20, 5]


@pytest.mark.skipif(
    not REAL_AIRLINE.is_dir(), reason="the real survey is not beside the project; see its README"
)
def test_airline_on_the_real_survey(builds: dict[str, Built]):
    rows = passengers(REAL_AIRLINE)
    check_airline(builds["real airline"], rows, derived_weights(rows))
    page = (AIRLINE / "README.md").read_text("utf-8")
    labels = {"total": "All passengers", "Business": "Business",
              "Eco Plus": "Economy plus", "Eco": "Economy"}  # fmt: skip
    equal = dict.fromkeys(GROUPS, 0.2)
    for value, label in labels.items():
        part = rows if value == "total" else rows[rows["x_travel_class"] == value]
        cells = []
        for weights in (equal, derived_weights(rows)):
            _, index, low, high = segment_figures(part, weights)
            cells += [f"{index:.1f}", f"{low:.1f} to {high:.1f}"]
        assert f"| {label} | {' | '.join(cells)} |" in page
