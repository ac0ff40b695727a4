"""Two-way tables of segments, from raw files to what may be passed on."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.language import CHINESE, ENGLISH
from reports.marts import Marts
from reports.pages import satisfaction
from tests.bi.pages import drawn, figure, is_presentable
from tests.python.conftest import Built, run_build
from tests.python.disclosure.audit import worked_out

PAIR = "gender x region"
VARS: dict[str, Any] = {
    "segment_by": ["gender", "region"],
    "segment_pairs": [PAIR],
    "min_respondents": 10,
    "population": "declared",
    "areas": ["weights", "survey", "improvement"],
}
LETTERS = {"east": "A", "north": "B", "south": "C", "west": "D"}
#: respondents of each wave, and how satisfied they are on the mean
CELLS = {
    ("f", "east"): (40, 2.0),
    ("f", "north"): (35, 3.4),
    ("f", "south"): (30, 3.5),
    ("f", "west"): (3, 5.0),
    ("m", "east"): (25, 3.0),
    ("m", "north"): (40, 4.4),
    ("m", "south"): (9, 1.5),
    ("m", "west"): (30, 2.9),
}


def people() -> pd.DataFrame:
    """Return the answers of two waves to one question."""
    rng = np.random.default_rng(12)
    rows = []
    for (gender, region), (n, mean) in CELLS.items():
        for number in range(n):
            customer = {"customer_id": f"{gender}{region}{number}"}
            rows += [
                {**customer, "gender": gender, "region": region, "survey_id": wave}
                | {"speed": int(np.clip(np.round(rng.normal(mean + shift, 0.8)), 1, 5))}
                for wave, shift in (("w1", 0.0), ("w2", 0.3))
            ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    home = tmp_path_factory.mktemp("pairs")
    folder = home / "data"
    folder.mkdir()
    rows = people()
    dates = {"w1": "2025-03-10", "w2": "2025-06-10"}
    measure = {"action_id": "m", "segment_type": PAIR, "segment_value": "m|north"}
    question = {"question_id": "speed", "factor_id": "speed", "scale_id": "satisfaction5"}
    tables = {
        "customers": rows[["customer_id", "gender", "region"]].drop_duplicates(),
        "survey_wide": rows[["survey_id", "customer_id", "speed"]].assign(
            response_id=[f"r{i}" for i in range(len(rows))],
            answered_at=rows["survey_id"].map(dates),
        ),
        "factors": pd.DataFrame([{"factor_id": "speed"}]),
        "questions": pd.DataFrame([question | {"role": "performance"}]),
        "actions": pd.DataFrame([measure | {"factor_id": "speed", "started_on": "2025-04-01"}]),
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return run_build(home / "target", "--data", str(folder), **VARS)


def frame(built: Built, sql: str, file: str = "marts") -> pd.DataFrame:
    with duckdb.connect(str(built.target / f"{file}.duckdb"), read_only=True) as con:
        return con.execute(sql).df()


def letters_of(rows: pd.DataFrame) -> dict[str, str]:
    """Compare the regions of one row by t-tests, and adjust them for each other."""
    answers = {region: 20.0 * of["speed"] for region, of in rows.groupby("region") if len(of) >= 10}
    pairs = list(combinations(sorted(answers), 2))
    p_values = []
    for one, other in pairs:
        a, b = answers[one], answers[other]
        t = stats.ttest_ind(a, b, equal_var=False).statistic
        p_values.append(2 * stats.t.sf(abs(t), min(len(a), len(b)) - 1))
    found: dict[str, list[str]] = {region: [] for region in answers}
    for (one, other), q in zip(pairs, stats.false_discovery_control(p_values), strict=True):
        if q <= 0.05:
            high, low = sorted((one, other), key=lambda region: -answers[region].mean())
            found[high].append(LETTERS[low])
    return {region: " ".join(sorted(below)) for region, below in found.items()}


def test_letters_stand_where_t_tests_find_a_lower_column(built: Built) -> None:
    assert built.code == 0, built.err
    found = frame(built, "from fct_segment_pairs").set_index(
        ["survey_id", "row_value", "column_value"]
    )
    assert len(found) == 2 * len(CELLS)
    assert set(found["segment_type"]) == {PAIR}
    n_letters = 0
    for (wave, gender), rows in people().groupby(["survey_id", "gender"]):
        expected = letters_of(rows)
        n_letters += sum(map(len, expected.values()))
        for region, of_cell in rows.groupby("region"):
            cell = found.loc[(wave, gender, region)]
            assert cell["column_letter"] == LETTERS[region]
            assert cell["n_respondents"] == len(of_cell)
            assert cell["satisfaction_index"] == pytest.approx(20 * of_cell["speed"].mean())
            assert cell["is_low_base"] == (len(of_cell) < 10)
            letters = "" if pd.isna(cell["letters"]) else cell["letters"]
            assert letters == expected.get(region, "")
    assert n_letters >= 8


def test_a_cell_is_a_segment_of_the_other_marts(built: Built) -> None:
    """With its own change, and a name in the list of segments; it has no rest."""
    found = frame(
        built,
        f"""select p.*, s.index_change, s.minimum_detectable_change as size, s.rest_difference,
            d.label_en, d.type_label_en
        from fct_segment_pairs as p
        join fct_segment_satisfaction as s using (survey_id, segment_type, segment_value)
        join dim_segments as d using (segment_type, segment_value)
        where segment_type = '{PAIR}' and survey_id = 'w2'""",
    ).set_index("segment_value")
    assert len(found) == len(CELLS)
    wide = people().pivot_table(index=["customer_id", "gender", "region"], columns="survey_id")
    changes = 20 * (wide["speed", "w2"] - wide["speed", "w1"])
    for value, cell in found.iterrows():
        own = changes.xs(tuple(str(value).split("|")), level=("gender", "region"))
        t = stats.t.ppf(0.975, len(own) - 1)
        assert cell["index_change"] == pytest.approx(own.mean())
        size = (t + stats.norm.ppf(0.8)) * own.std() / np.sqrt(len(own))
        assert cell["size"] == pytest.approx(size, rel=1e-6)
        assert cell["minimum_detectable_change"] == cell["size"]
        assert np.isnan(cell["rest_difference"])
    assert set(found["type_label_en"]) == {"Gender × Region"}


def test_what_is_passed_on_gives_no_small_cell_away(built: Built) -> None:
    marts = ("fct_segment_satisfaction", "fct_segment_pairs")
    for mart in marts:
        whole, shared = frame(built, f"from {mart}"), frame(built, f"from {mart}", "shared")
        if mart == "fct_segment_pairs":  # the margins are in the other mart
            both = (frame(built, f"from {marts[0]}", file) for file in ("marts", "shared"))
            margins, told = (rows[rows["segment_type"] != PAIR] for rows in both)
            whole, shared = pd.concat([margins, whole]), pd.concat([told, shared])
        hidden = list(worked_out(shared, whole, "n_respondents"))
        assert any(one.place[2] == "f|west" for one in hidden)
        assert [one for one in hidden if one.is_known(5)] == []
    told = frame(built, "from fct_segment_pairs", "shared")
    # a letter would tell of a column that is withheld
    assert told["letters"].isna().all()
    shown = told["cell_status"] == "shown"
    assert told.loc[shown, "satisfaction_index"].notna().all()
    assert told.loc[~shown, "satisfaction_index"].isna().all()


def test_the_report_draws_the_table_with_its_letters(built: Built) -> None:
    page = satisfaction.page(Marts(built.target / "marts.duckdb"))
    assert is_presentable(page)
    part = figure(page, "crossing-gender-x-region")
    expected = {
        (of_row, LETTERS[region]): " ".join([f"{20 * cell['speed'].mean():.1f}", letters]).strip()
        for of_row, rows in people().query("survey_id == 'w2'").groupby("gender")
        for letters_by in [letters_of(rows)]
        for region, cell in rows.groupby("region")
        for letters in [letters_by.get(str(region), "")]
    }
    cells = {(row["row_en"][0].lower(), row["column_en"][0]): row["text"] for row in drawn(part)}
    assert cells == expected
    said = "Gender by Region: beyond chance above others of their row: "
    assert part.title(ENGLISH).startswith(said)
    assert part.title(CHINESE).startswith("性别 × 地区：显著高于同行其他格的有：")
    # crossed segments are not drawn a second time by wave
    assert not [p for p in page.parts if getattr(p, "key", "") == f"segments-{PAIR}"]
    told = satisfaction.page(Marts(built.target / "shared.duckdb"))
    assert figure(told, "crossing-gender-x-region").title(ENGLISH).endswith("index of each cell")


def test_a_measure_may_be_for_a_cell(built: Built) -> None:
    """Its customers are held against those of all other cells."""
    wide = people().pivot_table(index=["customer_id", "gender", "region"], columns="survey_id")
    changes = (wide["speed", "w2"] - wide["speed", "w1"]).reset_index(name="change")
    inside = changes["customer_id"].str.startswith("mnorth")
    own, others = (25 * changes.loc[rows, "change"] for rows in (inside, ~inside))
    [row] = frame(built, "from fct_improvement_actions").itertuples()
    assert (row.n_treated, row.n_control) == (len(own), len(others))
    test = stats.ttest_ind(own, others, equal_var=False)
    assert row.net_effect == pytest.approx(own.mean() - others.mean())
    assert (row.net_effect_low, row.net_effect_high) == pytest.approx(
        tuple(test.confidence_interval(0.95))
    )
    assert "fct_improvement_actions" not in Marts(built.target / "shared.duckdb").published
