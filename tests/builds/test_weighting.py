"""Weights of respondents, from raw files to marts: two published waves, raked, given, and not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfaction.core.design import margins_matrix
from satisfaction.drivers import kano
from satisfaction.survey import taxonomies
from tests.python.conftest import Built, run_build
from tests.python.survey.test_class_changes import scored
from tests.python.survey.test_design import CASE, FACTORS, WEIGHTED, raked, respondents, slow

AREAS = ["weights", "survey", "coverage", "drivers", "gap"]
VARS = {"segment_by": ["gender", "region"], "population": "declared", "areas": AREAS}
RAKED = VARS | {"weighting": "raking", "weight_greatest": 100}
ATTITUDES = ["like", "must-be", "neutral", "live with", "dislike"]
CELLS = ["survey_id", "segment_value"]
PUBLISHED = json.loads((CASE / "expected.json").read_text("utf-8"))


def write(folder: Path, **tables: list[dict[str, Any]] | pd.DataFrame) -> None:
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False)


def asked_more() -> pd.DataFrame:
    """Add to the published answers what was expected of speed, and how it is felt (Kano)."""
    answers, rng = pd.read_csv(CASE / "answers.csv"), np.random.default_rng(12)
    shown = {
        "expected_speed": rng.integers(2, 6, len(answers)),
        "if_fast": rng.choice(ATTITUDES, len(answers), p=[0.5, 0.2, 0.2, 0.05, 0.05]),
        "if_slow": rng.choice(ATTITUDES, len(answers), p=[0.05, 0.05, 0.2, 0.2, 0.5]),
    }
    blank = rng.random(len(answers)) < 0.1
    return answers.assign(**{name: pd.Series(row).mask(blank) for name, row in shown.items()})


def lay(folder: Path) -> None:
    """Write the published waves as the raw tables and method tables of a case."""
    folder.mkdir()
    people, answers = pd.read_csv(CASE / "customers.csv"), asked_more()
    dates = answers["survey_id"].map({"w1": "2025-03-10", "w2": "2025-06-10"})
    strata = people["stratum"].value_counts()
    ratios = {("speed", "care"): "5/3", ("speed", "price"): "5/2", ("care", "price"): "3/2"}
    write(
        folder,
        customers=people[["customer_id", "gender", "region"]],
        survey_invitations=pd.read_csv(CASE / "invitations.csv"),
        survey_wide=answers.assign(answered_at=dates).astype(
            {"recommend": "Int64", "expected_speed": "Int64"}
        ),
        factors=[{"factor_id": factor} for factor in FACTORS],
        questions=[
            *(
                {"question_id": f, "factor_id": f, "scale_id": "satisfaction5"}
                | {"role": "performance"}
                for f in FACTORS
            ),
            {"question_id": "recommend", "scale_id": "nps11", "role": "recommend"},
            *(
                {"question_id": name, "factor_id": "speed", "scale_id": scale, "role": role}
                for name, scale, role in [
                    ("expected_speed", "expectation5", "expectation"),
                    ("if_fast", "kano5", "kano_functional"),
                    ("if_slow", "kano5", "kano_dysfunctional"),
                ]
            ),
        ],
        ahp_hierarchy=[
            {"model": "satisfaction", "node_id": node, "parent_id": parent}
            for node, parent in [("all", None), *((factor, "all") for factor in FACTORS)]
        ],
        ahp_experts=[{"expert_id": "one", "weight": 1}],
        ahp_judgements=[
            {"model": "satisfaction", "expert_id": "one", "parent_id": "all"}
            | {"left_id": left, "right_id": right, "judgement": ratio}
            for (left, right), ratio in ratios.items()
        ],
        population_margins=[
            {"survey_id": "*", "dimension": "stratum", "value": name, "n_customers": n}
            for name, n in strata.items()
        ],
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    home = tmp_path_factory.mktemp("weighting")
    lay(home / "data")
    return run_build(home / "target", "--data", str(home / "data"), **RAKED)


def frame(built: Built, sql: str) -> pd.DataFrame:
    with duckdb.connect(str(built.target / "marts.duckdb"), read_only=True) as con:
        return con.execute(sql).df()


def weighted_rows() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Respondents with the weights that they should have, by the functions that tests hold."""
    people, invited = pd.read_csv(CASE / "customers.csv"), pd.read_csv(CASE / "invitations.csv")
    rates = invited.groupby(["survey_id", "stratum"]).size().rename("n_invited").reset_index()
    rows = respondents(pd.read_csv(CASE / "answers.csv"), people.drop(columns="stratum"))
    rows = rows.drop(columns="stratum").merge(people[["customer_id", "stratum"]], on="customer_id")
    rows = rows.merge(rates, on=["survey_id", "stratum"])
    frame = people["stratum"].value_counts()
    rows["design_weight"] = rows["stratum"].map(frame) / rows["n_invited"]
    return people, raked(rows, people, ["gender", "region"], limits=(0.1, 100.0))


def test_the_marts_hold_the_published_figures(built: Built) -> None:
    assert built.code == 0, built.err
    found = frame(built, "from fct_segment_satisfaction").set_index(["survey_id", "segment_value"])
    _, rows = weighted_rows()
    for wave in ("w1", "w2"):
        for value in ("total", "north", "south", "west"):
            row = found.loc[(wave, value)]
            expected = PUBLISHED[f"{wave} {value} index"]
            assert row["satisfaction_index"] == pytest.approx(expected, rel=1e-9)
        # in the error HC2 counts, which the published one leaves out
        _, z = slow(rows[rows["survey_id"] == wave], "total", "total", ["gender", "region"])
        of = rows[rows["survey_id"] == wave].set_index("customer_id")["stratum"]
        n = z.groupby(of).transform("size")
        variance = (n / (n - 1) * (z - z.groupby(of).transform("mean")) ** 2).sum()
        assert found.loc[(wave, "total"), "standard_error"] ** 2 == pytest.approx(variance)
        assert found.loc[(wave, "total"), "n_effective"] == pytest.approx(
            PUBLISHED[f"{wave} kish n"]
        )
    change = found.loc[("w2", "total"), "index_change"]
    assert change == pytest.approx(PUBLISHED["total change"], rel=1e-9)
    scores = frame(built, "from fct_survey_scores where segment_type = 'total'")
    scores = scores.set_index(["survey_id", "question_id", "measure"])
    for wave in ("w1", "w2"):
        nps = scores.loc[(wave, "recommend", "nps")]
        assert nps["score"] == pytest.approx(PUBLISHED[f"{wave} nps"], rel=1e-9)
        speed = scores.loc[(wave, "speed", "mean"), "score"] / 5
        assert speed == pytest.approx(PUBLISHED[f"{wave} total speed"], rel=1e-9)
    factors = frame(
        built,
        "select survey_id, segment_value, sum(contribution) as points from "
        "fct_segment_factor_satisfaction group by all",
    ).set_index(["survey_id", "segment_value"])["points"]
    np.testing.assert_allclose(factors.reindex(found.index), found["satisfaction_index"])


def test_factors_have_their_errors_by_design(built: Built) -> None:
    _, rows = weighted_rows()
    each = taxonomies.own_classes(WEIGHTED)
    expected = scored(rows, ["total", "gender", "region"], each, weighted=True)
    found = frame(built, "from fct_segment_factor_satisfaction")
    found = found.set_index(["survey_id", "segment_value", "factor_id"]).reindex(expected.index)
    assert (found["n_effective"] < found["n_respondents"]).all()
    named = {"score": "factor_score", "n_effective": "n_effective"}
    named |= {name: name for name in ("standard_error", "previous_score", "score_change")}
    named |= {f"change_{name}": f"change_{name}" for name in ("standard_error", "low", "p_value")}
    for mine, theirs in named.items():
        np.testing.assert_allclose(
            found[theirs].astype(float), expected[mine].astype(float), rtol=1e-6, err_msg=theirs
        )
    reliable = found[["n_respondents", "n_effective"]].min(axis=1) >= 30 - 1e-6
    assert found["is_reliable"].tolist() == reliable.tolist()
    assert found["change_flag"].notna().any() and not reliable.all()


def expected_gaps(weights: pd.DataFrame) -> pd.DataFrame:
    """Gap and ratio of speed by wave and region, from survey_id, customer_id, region and w."""
    keys = ["survey_id", "customer_id"]
    means = asked_more().groupby(keys)[["speed", "expected_speed"]].mean().dropna().reset_index()
    rows = means.merge(weights, on=keys)
    rows["difference"] = 25 * (rows["speed"] - rows["expected_speed"])
    found = {}
    for value in ("total", *sorted(set(rows["region"]))):
        for wave, cell in rows[(rows["region"] == value) | (value == "total")].groupby("survey_id"):
            w = cell["w"]
            found[wave, value] = {
                "n_respondents": len(cell),
                "n_effective": w.sum() ** 2 / (w**2).sum(),
                "gap": (w * cell["difference"]).sum() / w.sum(),
                "unweighted_gap": cell["difference"].mean(),
                "confirmation_ratio": (w * cell["speed"]).sum()
                / (w * cell["expected_speed"]).sum(),
                "negative_share": (w * (cell["speed"] < 0.95 * cell["expected_speed"])).sum()
                / w.sum(),
            }
    return pd.DataFrame(found).T


def assert_changed_as_a_loop_finds(gaps: pd.DataFrame) -> None:
    """Hold the changes of gaps without weights against respondents, one after the other."""
    keys = ["survey_id", "customer_id"]
    means = asked_more().groupby(keys)[["speed", "expected_speed"]].mean().dropna()
    values = 25 * (means["speed"] - means["expected_speed"])
    region = pd.read_csv(CASE / "customers.csv").set_index("customer_id")["region"]
    for value, row in gaps.iterrows():
        waves = [
            wave[(region.loc[wave.index] == value) | (value == "total")]
            for wave in (values.loc["w1"], values.loc["w2"])
        ]
        both = waves[0].index.intersection(waves[1].index)
        n = [len(wave) for wave in waves]
        deviations = [wave.loc[both] - wave.mean() for wave in waves]
        covariance = (deviations[0] * deviations[1]).sum()
        covariance /= np.sqrt(n[0] * n[1] * (n[0] - 1) * (n[1] - 1))
        halves = [
            stats.t.ppf(0.975, n - 1) * np.sqrt(wave.var() / n)
            for wave, n in zip(waves, n, strict=True)
        ]
        errors = np.sqrt(waves[0].var() / n[0]) * np.sqrt(waves[1].var() / n[1])
        half = np.sqrt(
            halves[0] ** 2 + halves[1] ** 2 - 2 * covariance / errors * halves[0] * halves[1]
        )
        change = waves[1].mean() - waves[0].mean()
        assert row["gap_change"] == pytest.approx(change)
        assert row["change_low"] == pytest.approx(change - half, rel=1e-5)
        assert len(both) > 1


def gaps_of(built: Built) -> pd.DataFrame:
    return frame(
        built,
        "from fct_gap_analysis where item_type = 'factor' and segment_type in ('total', 'region')",
    ).set_index(CELLS)


def test_gaps_carry_the_weights(built: Built) -> None:
    _, rows = weighted_rows()
    expected = expected_gaps(
        rows.rename(columns={"weight": "w"})[[*CELLS[:1], "customer_id", "region", "w"]]
    )
    found = gaps_of(built)
    assert len(found) == len(expected) == 8
    for name in expected:
        np.testing.assert_allclose(
            found[name].to_numpy(float), expected.loc[found.index, name], rtol=1e-8, err_msg=name
        )
    assert (found["gap_low"] < found["gap"]).all()
    changes = found.loc["w2", "gap"] - found.loc["w1", "gap"]
    np.testing.assert_allclose(found.loc["w2", "gap_change"], changes.loc[found.loc["w2"].index])
    assert (found.loc["w2", "change_low"] < changes).all()
    assert found.loc["w1", "gap_change"].isna().all()
    assert not np.allclose(found["gap"], found["unweighted_gap"], atol=0.1)
    overall = frame(built, "select distinct item_type from fct_gap_analysis")["item_type"]
    assert set(overall) == {"factor"}


def test_kano_carries_the_weights(built: Built) -> None:
    _, rows = weighted_rows()
    level = {name: 5 - place for place, name in enumerate(ATTITUDES)}
    pairs = asked_more().dropna(subset=["if_fast", "if_slow"])
    pairs["category"] = [
        kano.category_of(level[fast], level[slow])
        for fast, slow in zip(pairs["if_fast"], pairs["if_slow"], strict=True)
    ]
    pairs = pairs.merge(
        rows[["survey_id", "customer_id", "weight"]], on=["survey_id", "customer_id"]
    )
    found = frame(built, "from fct_kano where segment_type = 'total'").set_index("survey_id")
    assert len(found) == 2
    for wave, cell in pairs.groupby("survey_id"):
        row, w = found.loc[wave], cell["weight"]
        share = w.groupby(cell["category"]).sum() / w.sum()
        assert row["category"] == share.idxmax()
        assert row["one_dimensional_share"] == pytest.approx(share["O"])
        wanted = share[["A", "O", "M", "I"]].sum()
        assert row["better"] == pytest.approx((share["A"] + share["O"]) / wanted)
        assert row["worse"] == pytest.approx(-(share["O"] + share["M"]) / wanted)
        counts = cell["category"].value_counts()
        assert (row["n_pairs"], row["n_must_be"]) == (len(cell), counts["M"])
        assert row["unweighted_category"] == counts.idxmax()
        plain = (counts["A"] + counts["O"]) / counts[["A", "O", "M", "I"]].sum()
        assert row["unweighted_better"] == pytest.approx(plain)
        assert row["n_effective"] == pytest.approx(w.sum() ** 2 / (w**2).sum())


def test_weights_are_rows_of_a_mart(built: Built) -> None:
    found = frame(built, "from fct_respondent_weights").set_index(["survey_id", "customer_id"])
    _, rows = weighted_rows()
    expected = rows.set_index(["survey_id", "customer_id"])["weight"].reindex(found.index)
    np.testing.assert_allclose(found["respondent_weight"], expected, atol=1e-9)
    assert set(found["weight_reason"]) == {"raked"}
    assert set(found["stratum"]) == {"key", "other"}
    waves = frame(built, "from fct_wave_weighting order by survey_id")
    assert waves["weighting_status"].tolist() == ["ok", "ok"]
    assert waves["n_respondents"].tolist() == [PUBLISHED["w1 n"], PUBLISHED["w2 n"]]
    assert waves["weight_effect"].tolist() == pytest.approx(
        [PUBLISHED[f"{wave} n"] / PUBLISHED[f"{wave} kish n"] for wave in ("w1", "w2")]
    )


def test_other_weights_build_only_what_they_change(built: Built, tmp_path: Path) -> None:
    """Without weights, and with given ones, over the same build file."""
    shutil.copytree(built.target.parent, tmp_path / "home", symlinks=True)
    home, data = tmp_path / "home", tmp_path / "home" / "data"
    query = "from fct_segment_satisfaction where segment_type = 'total' order by survey_id"

    def again(**dbt_vars: Any) -> pd.DataFrame:
        done = run_build(home / "target", "--data", str(data), **dbt_vars)
        assert done.code == 0, done.err
        return frame(done, query)

    weighted, corrected = frame(built, query), again(**RAKED, finite_population=True)
    # over the same build file, whose sums by respondent know of no customers
    assert corrected["satisfaction_index"].tolist() == weighted["satisfaction_index"].tolist()
    assert (corrected["standard_error"] < 0.9 * weighted["standard_error"]).all()
    assert corrected["change_high"][1] < weighted["change_high"][1]
    plain = again(**VARS)
    assert plain["satisfaction_index"].tolist() == weighted["unweighted_index"].tolist()
    assert (plain["n_effective"] == plain["n_respondents"]).all()
    home_again = Built(0, "", "", home / "target")
    gaps, was = gaps_of(home_again), gaps_of(built)
    assert_changed_as_a_loop_finds(gaps.loc["w2"])
    assert gaps["gap"].equals(gaps["unweighted_gap"])
    assert gaps["gap"].equals(was.loc[gaps.index, "unweighted_gap"])
    assert (gaps["n_effective"] == gaps["n_respondents"]).all()
    items = frame(home_again, "from fct_kano")
    assert items["better"].equals(items["unweighted_better"])
    # a weight of each respondent, of whom one of the second wave has none
    answers = pd.read_csv(data / "survey_wide.csv")
    people = pd.read_csv(CASE / "customers.csv").set_index("customer_id")
    answers["respondent_weight"] = answers["customer_id"].map(
        people["gender"].map({"F": 1.0, "M": 3.0})
    )
    silent = answers.loc[answers["survey_id"] == "w2", "customer_id"].iloc[0]
    nobody = (answers["survey_id"] == "w2") & (answers["customer_id"] == silent)
    answers.loc[nobody, "respondent_weight"] = None
    answers.to_csv(data / "survey_wide.csv", index=False)
    found = again(**VARS, weighting="given", finite_population=True)
    rows = respondents(
        pd.read_csv(CASE / "answers.csv"), people.reset_index().drop(columns="stratum")
    )
    for row in found.itertuples():
        of_wave = rows[rows["survey_id"] == row.survey_id]
        w = of_wave["gender"].map({"F": 1.0, "M": 3.0})
        w = w * ~((of_wave["survey_id"] == "w2") & (of_wave["customer_id"] == silent))
        index = sum(
            100 * weight * (w * of_wave[f"{f}_sum"]).sum() / (w * of_wave[f"{f}_n"]).sum() / 5
            for f, weight in FACTORS.items()
        )
        assert row.satisfaction_index == pytest.approx(index, rel=1e-9)
        assert row.n_effective == pytest.approx(w.sum() ** 2 / (w**2).sum())
    # as if who weighs three had answered three times
    rows["w"] = rows["gender"].map({"F": 1.0, "M": 3.0})
    rows.loc[(rows["survey_id"] == "w2") & (rows["customer_id"] == silent), "w"] = 0.0
    gaps = gaps_of(home_again)
    expected = expected_gaps(rows[["survey_id", "customer_id", "region", "w"]])
    for name in ("n_respondents", "n_effective", "gap", "confirmation_ratio", "negative_share"):
        np.testing.assert_allclose(
            gaps[name].to_numpy(float), expected.loc[gaps.index, name], rtol=1e-8, err_msg=name
        )
    waves = frame(home_again, "from fct_wave_weighting order by survey_id")
    assert waves["n_unweighted"].tolist() == [0, 1]
    # the strata's customers are counted in population_margins
    assert waves["is_finite_population"].tolist() == [True, True]
    shares = inner(home_again, "from int_weights where weight > 0")
    stands_for = (
        shares["weight"] * len(people) / shares.groupby("survey_id")["weight"].transform("sum")
    )
    np.testing.assert_allclose(shares["sampled_share"], (1 / stands_for).clip(upper=1), atol=1e-9)


def test_what_cannot_be_weighted_stops_with_a_fix(built: Built, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(built.target.parent / "data", data)
    (data / "population_margins.csv").unlink()
    done = run_build(tmp_path / "target", "--data", str(data), **VARS, weighting="given")
    assert done.code != 0
    assert (
        "var weighting: given, and no table of answers has the column respondent_weight. Add it, "
        "give the customers of each stratum in population_margins, or set weighting to none."
    ) in " ".join((done.out + done.err).split())
    write(
        data,
        population_margins=[
            {"survey_id": "*", "dimension": "gender", "value": value, "share": share}
            for value, share in [("F", 0.5), ("M", 0.6)]
        ],
    )
    done = run_build(tmp_path / "target", "--data", str(data), **RAKED)
    assert "The shares of gender sum to 1.1, not to 1." in done.out + done.err


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Weight the demo's respondents by who the customers are, for these customers."""
    areas = [*AREAS, "behaviour", "drivers", "path", "outcomes"]
    target = tmp_path_factory.mktemp("demo") / "target"
    behaviours = ["recency_days", "n_purchases_in_window"]
    done = run_build(
        target,
        areas=areas,
        weighting="raking",
        weight_by_behaviour=behaviours,
        finite_population=True,
    )
    assert done.code == 0, done.err
    return done


def inner(demo: Built, sql: str) -> pd.DataFrame:
    with duckdb.connect(str(demo.target / "satisfaction.duckdb"), read_only=True) as con:
        return con.execute(sql).df()


def slow_variance(rows: pd.DataFrame, known: Any) -> float:
    """Variance of the index by matrices over the respondents, each less what is known."""
    x = margins_matrix(rows["weighting_cell"].tolist())
    d, u = rows["design_weight"].to_numpy(), rows["influence_total"].to_numpy()
    fit = x @ np.linalg.pinv(x.T @ (d[:, None] * x)) @ x.T @ (d * u)
    z = 100 * rows["error_weight"] * (u - fit) * np.sqrt(1 - known)
    n = rows.groupby("stratum")["customer_id"].transform("size")
    if n.nunique() == 1 or n.min() == 1:
        return float((z * z).sum())
    deviation = z - z.groupby(rows["stratum"]).transform("mean")
    return float((n / (n - 1) * deviation * deviation).sum())


def test_intervals_are_for_these_customers(demo: Built) -> None:
    """What is known of the customers is no error; who is anonymous says nothing of their number."""
    waves = frame(demo, "from fct_wave_weighting")
    assert waves["is_finite_population"].all() and len(waves) > 2
    for survey_id in waves["survey_id"]:
        rows = inner(demo, f"from py_influence where survey_id = '{survey_id}'")
        row = frame(
            demo,
            "select s.*, n_population, margin_of_error from fct_segment_satisfaction as s"
            " join fct_survey_coverage using (survey_id, segment_type, segment_value)"
            f" where survey_id = '{survey_id}' and segment_type = 'total'",
        ).iloc[0]
        squares = rows["error_weight"] * rows["error_weight"]
        unit = rows.groupby(["stratum", "weighting_cell"]).ngroup()
        p = (squares * rows["sampled_share"]).groupby(unit).transform("sum")
        p = p / squares.groupby(unit).transform("sum")
        expected = slow_variance(rows, p * rows["answered_share"])
        assert row["standard_error"] ** 2 == pytest.approx(expected, rel=1e-6)
        # a quarter of them and more answered: as much is known, whatever each of them weighs
        known = row["n_respondents"] / row["n_population"]
        assert known > 0.25
        assert expected < (1 - known / 2) * slow_variance(rows, 0.0)
        assert row["margin_of_error"] == pytest.approx(
            row["index_high"] - row["satisfaction_index"]
        )
        # a respondent stands for so many customers, and all together for all of them
        shares = inner(demo, f"from int_weights where survey_id = '{survey_id}' and weight > 0")
        is_named = shares["weighting_cell"] != "[]"
        stands_for = shares["weight"] * row["n_population"] / shares.loc[is_named, "weight"].sum()
        expected_shares = (1 / stands_for).clip(upper=1).where(is_named, 0.0)
        np.testing.assert_allclose(shares["sampled_share"], expected_shares, atol=1e-9)


def kish(weights: pd.Series[float]) -> float:
    return float(weights.sum() ** 2 / (weights**2).sum())


def test_what_customers_did_before_the_wave_is_made_up(demo: Built) -> None:
    """Of every class of the customers, with scores of quantiles one by one."""
    people = inner(
        demo,
        "select weight, is_customer, classes.* from int_wave_people as people"
        " inner join int_behaviour_classes as classes using (survey_id, customer_id)"
        " left join int_weights using (survey_id, customer_id)",
    )
    assert people["is_customer"].sum() > 1000
    notes = frame(demo, "from fct_wave_weighting").set_index("survey_id")["weighting_notes"]
    met, behaviours = set(), {"recency_days", "n_purchases_in_window"}
    for survey_id, of_wave in people.groupby("survey_id"):
        for name in behaviours:
            known = of_wave[of_wave["is_customer"] & (of_wave[name] != "unknown")]
            known = known.sort_values(name)
            assert known[name].nunique() > 1
            answered = of_wave[of_wave["weight"] > 0]
            odd = set(answered[name]) - set(known[name]) - {"unknown"}
            if odd or f"{name}: left out" in notes[survey_id]:
                continue  # a class of former customers alone has no quantile of its own
            quantiles = stats.norm.ppf((np.arange(len(known)) + 0.5) / len(known))
            scores = pd.Series(quantiles, known.index).groupby(known[name]).mean()
            z, w = answered[name].map(scores).fillna(0), answered["weight"]
            assert abs((w * z).sum() / w.sum()) < min(0.03, abs(z.mean()) / 2)
            met.add(name)
    assert met == behaviours


def test_what_explains_the_verdict_is_of_weighted_respondents(demo: Built) -> None:
    rows = inner(demo, "from int_respondents where survey_id = '2025q4' and verdict is not null")
    found = frame(demo, "from fct_drivers where survey_id = '2025q4' and method = 'correlation'")
    assert rows["weight"].nunique() > 5
    for row in found[found["segment_type"].isin(["total", "customer_type"])].itertuples():
        score = f"{row.factor_id}_score"
        own = rows[rows[row.segment_type] == row.segment_value].dropna(subset=score)
        r = np.cov(own[score], own["verdict"], aweights=own["weight"])
        assert row.estimate == pytest.approx(r[0, 1] / np.sqrt(r[0, 0] * r[1, 1]), abs=1e-9)
        assert row.n_respondents == len(own)
        assert row.n_effective == pytest.approx(kish(own["weight"]))
    effects = frame(demo, "from fct_penalty_reward where survey_id = '2025q4'")
    effects = effects[effects["segment_type"] == "total"].set_index("factor_id")
    factors = [name.removesuffix("_score") for name in rows if name.endswith("_score")]
    dummies = {f"{f}_low": rows[f"{f}_score"] < 0.5 for f in factors}
    dummies |= {f"{f}_high": rows[f"{f}_score"] >= 0.75 for f in factors}
    x = pd.DataFrame(dummies).astype(float).assign(one=1.0)
    root = np.sqrt(rows["weight"].to_numpy())
    slopes, *_ = np.linalg.lstsq(
        x.to_numpy() * root[:, None], 100 * rows["verdict"].to_numpy() * root, rcond=None
    )
    of = dict(zip(x, slopes, strict=True))
    for factor, row in effects.iterrows():
        assert row["penalty"] == pytest.approx(of[f"{factor}_low"], abs=1e-6)
        assert row["reward"] == pytest.approx(of[f"{factor}_high"], abs=1e-6)
        assert row["n_low"] == dummies[f"{factor}_low"].sum()
    paths = frame(demo, "from fct_path_estimates where kind = 'path'")
    assert (paths["n_effective"] < paths["n_respondents"]).all() and len(paths) > 10


def test_what_came_of_it_is_of_weighted_respondents(demo: Built) -> None:
    rows = inner(demo, "from int_wave_outcomes where is_kept is not null")
    found = frame(
        demo,
        "from fct_satisfaction_loyalty where outcome = 'kept' and item_type = 'level'"
        " and segment_type = 'total'",
    )
    assert len(found) > 5
    for row in found.itertuples():
        own = rows[rows["survey_id"] == row.survey_id]
        own = own[own["overall_level"] == int(row.item_id)]
        share = np.average(own["is_kept"].astype(float), weights=own["weight"])
        assert row.share == pytest.approx(share)
        assert (row.n_respondents, row.n_effective) == (
            len(own),
            pytest.approx(kish(own["weight"])),
        )
    stated = inner(
        demo,
        "select intentions.*, weight from int_stated_intentions as intentions"
        " inner join int_weights using (survey_id, customer_id) where is_eligible",
    )
    conversion = frame(
        demo, "from fct_intention_conversion where segment_type = 'total' and n_eligible > 0"
    )
    assert set(conversion["repeat_band"]) == {"all", "high", "medium", "low"}
    for row in conversion.itertuples():
        own = stated[stated["survey_id"] == row.survey_id]
        own = own if row.repeat_band == "all" else own[own["repeat_band"] == row.repeat_band]
        rate = np.average(own["is_kept"].astype(float), weights=own["weight"])
        said = np.average(own["repeat_probability"], weights=own["weight"])
        assert (row.conversion_rate, row.mean_stated) == (pytest.approx(rate), pytest.approx(said))
        assert row.n_effective == pytest.approx(kish(own["weight"]))
        assert row.conversion_low < row.conversion_high
    claims = frame(demo, "from fct_hypotheses where verdict = 'agrees' or verdict like 'refuted%'")
    assert (claims["n_effective"] < claims[["n_upper", "n_lower"]].min(axis=1)).any()
    chain = frame(demo, "from fct_service_profit_chain where effect = 'link'")
    assert (chain["n_effective"] < chain["n_respondents"]).all()
