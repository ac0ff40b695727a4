"""Path estimates as rows: from answers to the mart, cells that cannot be estimated, intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from satisfaction.core.errors import SatisfactionError
from satisfaction.core.moments import SEGMENT
from satisfaction.path import path_model
from satisfaction.path.path_estimates import TYPES, path_estimates
from satisfaction.path.path_model import Model
from tests.python.conftest import on_duckdb
from tests.python.engine import Engine

ITEMS = {"a1": "a", "a2": "a", "b1": "b", "b2": "b", "c1": "c"}
LINKS = pd.DataFrame([("a", "b"), ("b", "c"), ("a", "c")], columns=["from_block", "to_block"])
MODEL = Model({"a": ["a1", "a2"], "b": ["b1", "b2"], "c": ["c1"]}, [*LINKS.to_numpy().tolist()])
KEY = ["kind", "from_id", "to_id", "via"]


def answers(n: int, seed: int = 1) -> pd.DataFrame:
    """Whole numbers from 1 to 10 that lean on a chain of constructs."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    b = 0.7 * a + rng.normal(size=n)
    c = 0.3 * a + 0.5 * b + rng.normal(size=n)
    of = {"a": a, "b": b, "c": c}
    values = {item: of[block] + 0.7 * rng.normal(size=n) for item, block in ITEMS.items()}
    return pd.DataFrame(values).mul(1.5).add(5.5).round().clip(1, 10)


def sums_of(
    rows: pd.DataFrame,
    segment: str = "total",
    n_groups: int = 200,
    weights: pd.Series[int] | None = None,
) -> pd.DataFrame:
    """What int_path_moments holds, by pandas."""
    weight = pd.Series(1, rows.index) if weights is None else weights
    group = pd.Series(np.random.default_rng(4).integers(0, n_groups, len(rows)), rows.index)
    found = []
    for left in rows:
        for right in rows:
            both = rows[left].notna() & rows[right].notna()
            if left <= right:
                x, y = rows.loc[both, left], rows.loc[both, right]
                w = weight[both]
                pair = {"n": x * 0 + 1, "sum_left": w * x, "sum_right": w * y}
                pair |= {"square_left": w * x * x, "square_right": w * y * y, "product": w * x * y}
                if weights is not None:
                    pair |= {"weights": w, "weight_squares": w * w}
                summed = pd.DataFrame(pair).groupby(group[both]).sum()
                found.append(summed.assign(left_id=left, right_id=right))
    sums = pd.concat(found).rename_axis("resample_group").reset_index()
    return sums.assign(survey_id="w", segment_type="t", segment_value=segment)


def asked(formative: str = "", survey: str = "w") -> pd.DataFrame:
    items = pd.DataFrame(ITEMS.items(), columns=["question_id", "block_id"])
    mode = np.where(items["block_id"] == formative, "formative", "reflective")
    return items.assign(survey_id=survey, mode=mode, value_min=1.0, value_max=10.0)


def estimated(*sums: pd.DataFrame, formative: str = "", **options: object) -> pd.DataFrame:
    frame = on_duckdb(pd.concat(sums))
    return path_estimates(frame, asked(formative), LINKS, **options)  # type: ignore[arg-type]


def test_estimates_are_those_of_the_rows() -> None:
    rows = answers(120)
    found = estimated(sums_of(rows)).set_index(KEY)
    x = rows[list(MODEL.items)]
    r = x.corr().to_numpy()
    expected = path_model.figures(
        path_model.fit(r, MODEL),
        r,
        x.mean().to_numpy(),
        x.std().to_numpy(),
        np.array([[1.0] * 5, [10.0] * 5]),
        MODEL,
    )
    assert set(found.index) == set(expected)
    for label, value in expected.items():
        assert found.loc[label, "estimate"] == pytest.approx(float(value), abs=1e-9), label
    assert set(found["status"]) == {"estimated"} and set(found["n_respondents"]) == {120}
    # the index is the mean score of the construct on the way from 1 to 10
    weights = path_model.fit(r, MODEL).weights[MODEL.at[0]] / x.std()[["a1", "a2"]].to_numpy()
    scores = (x[["a1", "a2"]].to_numpy() @ weights / weights.sum() - 1) / 9 * 100
    assert found.loc[("index", "a", "a", ""), "estimate"] == pytest.approx(scores.mean())


@pytest.mark.parametrize("scaling", ["standardised", "raw"])
def test_a_weight_of_k_is_as_if_k_had_answered(scaling: str) -> None:
    """Weighted PLS (Becker and Ismail 2016) is PLS on the weighted correlations."""
    rows = answers(150)
    rows.loc[::7, "c1"] = np.nan
    weights = pd.Series(np.random.default_rng(6).integers(1, 5, 150), rows.index)
    weights[:3] = 0
    often = rows.loc[rows.index.repeat(weights)]
    found, expected = (
        estimated(sums, scaling=scaling, n_draws=100).set_index(KEY)
        for sums in (sums_of(rows, weights=weights), sums_of(often))
    )
    np.testing.assert_allclose(found["estimate"], expected["estimate"], rtol=1e-6)
    known = weights[rows["c1"].notna()]
    assert found["n_effective"].to_numpy() == pytest.approx(known.sum() ** 2 / (known @ known))
    assert set(found["n_respondents"]) == {len(known)}
    # as sure as those who answered, not as their weights
    wider = (found["standard_error"] / expected["standard_error"]).dropna()
    assert wider.median() > 1.3


def test_few_respondents_have_estimates_and_no_intervals() -> None:
    sums = sums_of(answers(60))
    few, enough = (estimated(sums, n_draws=50, min_respondents=least) for least in (61, 60))
    assert set(few["status"]) == {"too_few"} and set(enough["status"]) == {"estimated"}
    assert few[["standard_error", "low", "high"]].isna().all(axis=None)
    assert (enough["low"].isna() == (enough["kind"] == "gof")).all()
    assert few["estimate"].to_list() == enough["estimate"].to_list()


def test_gaps_that_contradict_each_other_are_told() -> None:
    """Three short forms in which two questions go together, and in the third against each other."""
    rows = answers(180)
    rng = np.random.default_rng(2)
    for k, (left, right, sign) in enumerate([("a1", "b1", 1), ("b1", "c1", 1), ("a1", "c1", -1)]):
        form = rows.index % 3 == k
        (other,) = {"a1", "b1", "c1"} - {left, right}
        x = rng.normal(size=form.sum())
        rows.loc[form, left], rows.loc[form, right] = x, sign * x + rng.normal(0, 0.2, form.sum())
        rows.loc[form, other] = np.nan
    (row,) = estimated(sums_of(rows)).itertuples()
    assert (row.kind, row.status) == ("status", "contradictory_gaps")
    assert np.isnan(row.estimate)


def test_on_the_raw_metric_what_varies_more_weighs_more() -> None:
    rows = answers(200)
    rows["a1"] = 5.5 + (rows["a1"] - 5.5) / 4
    found = {
        scaling: estimated(sums_of(rows), n_draws=2, scaling=scaling).set_index(KEY)["estimate"]
        for scaling in ("standardised", "raw")
    }
    weights = {scaling: of["weight", "a", "a1", ""] for scaling, of in found.items()}
    assert 0 < weights["raw"] < weights["standardised"] / 2
    with pytest.raises(SatisfactionError, match=r"vars\.path_scaling: 'sd' is not an option"):
        estimated(sums_of(rows), scaling="sd")


def bootstrap(rows: NDArray[np.float64], n_draws: int) -> NDArray[np.float64]:
    """Paths and one mediation of rows drawn with replacement: the ordinary bootstrap."""
    rng = np.random.default_rng(8)
    found = []
    for _ in range(n_draws):
        drawn = rows[rng.integers(0, len(rows), len(rows))]
        paths = path_model.fit(np.corrcoef(drawn.T), MODEL).paths
        found.append([paths[0, 1], paths[1, 2], paths[0, 2], paths[0, 1] * paths[1, 2]])
    return np.array(found)


def test_intervals_are_those_of_the_ordinary_bootstrap() -> None:
    rows = answers(300)
    found = estimated(sums_of(rows), n_draws=1000).set_index(KEY)
    draws = bootstrap(rows[list(MODEL.items)].to_numpy(), 1000)
    labels = [("path", *pair, "") for pair in (("a", "b"), ("b", "c"), ("a", "c"))]
    ours = found.loc[[*labels, ("mediation", "a", "c", "b")]]
    error = draws.std(axis=0)
    np.testing.assert_allclose(ours["standard_error"].to_numpy(float), error, rtol=0.15)
    for column, end in (("low", 2.5), ("high", 97.5)):
        theirs = np.percentile(draws, end, axis=0)
        assert (np.abs(ours[column].to_numpy(float) - theirs) < 0.4 * error).all()
    found = found.drop(index=("gof", "model", "model", ""))  # which has no interval
    assert (found["low"] <= found["high"]).all()
    narrow = estimated(sums_of(rows), confidence_level=0.8).set_index(KEY)
    width = (narrow["high"] - narrow["low"])[labels] / (found["high"] - found["low"])[labels]
    assert (width < 0.8).all()


@pytest.mark.parametrize("n", [43, 100])
def test_intervals_hold_the_truth_where_they_are_reliable(n: int) -> None:
    """Of indices, paths and what they are made of, for answers on ten levels.

    The truth is what the model says of four hundred thousand.
    """
    many = answers(400_000, 99)[list(MODEL.items)]
    r, ends = many.corr().to_numpy(), np.array([[1.0] * 5, [10.0] * 5])
    moments_of = many.mean().to_numpy(), many.std().to_numpy()
    truth = path_model.figures(path_model.fit(r, MODEL), r, *moments_of, ends, MODEL)
    rng = np.random.default_rng(n)
    samples = [
        dealt_sums(answers(n, 1000 * n + k)[list(MODEL.items)], rng).assign(segment_value=str(k))
        for k in range(160)
    ]
    found = estimated(*samples, n_draws=200, min_respondents=30)
    assert set(found["status"]) == {"estimated"}
    at = np.array([float(truth[label]) for label in found[KEY].itertuples(index=False, name=None)])
    held = ((found["low"] <= at) & (at <= found["high"])).groupby(found["kind"]).mean()
    for kind in ("index", "path", "total_effect", "weight", "loading", "r_squared", "redundancy"):
        # a sampling error of a percent
        assert 0.93 - 0.015 <= held[kind] <= 0.97 + 0.015, (kind, held[kind])


def dealt_sums(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """As `sums_of`, of rows without gaps and a hundred times as fast."""
    found = rows.assign(resample_group=rng.integers(0, 200, len(rows)), n=1)
    pairs = []
    for i, left in enumerate(rows):
        for right in list(rows)[i:]:
            x, y = rows[left], rows[right]
            names = {"left_id": left, "right_id": right, "sum_left": x, "sum_right": y}
            pairs.append(
                found[["resample_group", "n"]].assign(
                    **names, square_left=x * x, square_right=y * y, product=x * y
                )
            )
    keys = ["resample_group", "left_id", "right_id"]
    sums = pd.concat(pairs).groupby(keys, as_index=False).sum()
    return sums.assign(survey_id="w", segment_type="t", segment_value="total")


def test_the_order_of_rows_does_not_matter() -> None:
    sums = pd.concat([sums_of(answers(60)), sums_of(answers(50, 2), "x")])
    shuffled = sums.sample(frac=1, random_state=1)
    first = path_estimates(on_duckdb(sums), asked(), LINKS)
    second = path_estimates(on_duckdb(shuffled), asked()[::-1], LINKS[::-1])
    keys = [*SEGMENT, *KEY]
    pd.testing.assert_frame_equal(
        first.sort_values(keys, ignore_index=True), second.sort_values(keys, ignore_index=True)
    )


def test_cells_that_cannot_be_estimated_say_why() -> None:
    small, same, double, good = answers(5, 2), answers(40, 3), answers(40, 4), answers(40, 5)
    same["b2"] = 7.0
    double["a2"] = 11 - double["a1"]
    gaps = answers(40, 6)
    gaps.loc[4:, "a1"] = np.nan
    cells = {"small": small, "same": same, "double": double, "good": good, "gaps": gaps}
    silent = answers(40, 7).drop(columns="c1")
    found = estimated(
        *(sums_of(rows, name) for name, rows in [*cells.items(), ("silent", silent)]),
        formative="a",
    )
    told = found[found["kind"] == "status"].set_index("segment_value")
    assert told[["status", "to_id", "n_respondents"]].to_dict("index") == {
        "small": {"status": "too_few_respondents", "to_id": "model", "n_respondents": 5},
        "same": {"status": "constant_item", "to_id": "b2", "n_respondents": 40},
        "double": {"status": "no_solution", "to_id": "model", "n_respondents": 40},
        "gaps": {"status": "too_few_respondents", "to_id": "model", "n_respondents": 4},
        "silent": {"status": "too_few_respondents", "to_id": "model", "n_respondents": 0},
    }
    assert told[["estimate", "standard_error", "low", "high"]].isna().all(axis=None)
    rest = found[found["kind"] != "status"]
    assert set(rest["segment_value"]) == {"good"} and rest["estimate"].notna().all()


def test_no_wave_is_an_empty_typed_frame() -> None:
    found = path_estimates(on_duckdb(sums_of(answers(20))), asked()[:0], LINKS)
    assert found.empty and found.dtypes.astype(str).to_dict() == TYPES


def test_an_unknown_scheme_is_said() -> None:
    with pytest.raises(SatisfactionError, match=r"vars\.path_scheme: 'pca' is not an option"):
        estimated(sums_of(answers(20)), scheme="pca")


# --- from answers to the mart ---------------------------------------------------------------------

QUESTIONS = """question_id,factor_id,scale_id,role,text_zh,text_en
ease,,effort7,effort,省力吗,Easy
verdict,,satisfaction5,overall,总的来说,All in all
again,,juster11,repurchase,再买吗,Again
tell,,nps11,recommend,推荐吗,Tell others
"""
CASE = {
    "questions.csv": QUESTIONS,
    "path_blocks.csv": "block_id,mode\neasy,reflective\nhappy,reflective\nloyal,formative\n",
    "path_items.csv": "question_id,block_id\nease,easy\nverdict,happy\nagain,loyal\ntell,loyal\n",
    "path_links.csv": "from_block,to_block\neasy,happy\nhappy,loyal\n",
}


def survey(n: int) -> pd.DataFrame:
    """n customers of wave w and one more response of c0; wave x asks one question only."""
    rng = np.random.default_rng(11)
    mood = rng.normal(size=n + 1)
    scales = {"ease": (1, 7), "verdict": (1, 5), "again": (0, 10), "tell": (0, 10)}
    frame = pd.DataFrame(
        {
            name: np.clip(
                np.round((low + high) / 2 + (high - low) / 5 * (mood + rng.normal(size=n + 1))),
                low,
                high,
            )
            for name, (low, high) in scales.items()
        }
    ).astype(int)
    frame.insert(0, "response_id", [f"r{i}" for i in range(n + 1)])
    frame.insert(1, "customer_id", [f"c{i % n}" for i in range(n + 1)])
    frame["survey_id"] = "w"
    other = frame.assign(survey_id="x", response_id="x" + frame["response_id"])
    other[["ease", "again", "tell"]] = None
    return pd.concat([frame, other]).assign(answered_at="2025-03-01")


def test_from_answers_to_the_mart(engine: Engine) -> None:
    n = 40
    rows = survey(n)
    few = [f"c{i},{'north' if i < 4 else 'south'}" for i in range(n)]
    files = {
        "survey_wide.csv": rows.to_csv(index=False),
        "customers.csv": "\n".join(["customer_id,region", *few]),
    }
    engine.lay(CASE | files)
    said = engine.run("+fct_path_estimates", segment_by=["region"])
    assert not said, said
    # only w asks about every construct; a customer who answered twice is one respondent
    of_w = rows[rows["survey_id"] == "w"].groupby("customer_id")[
        ["ease", "verdict", "again", "tell"]
    ]
    x = of_w.mean()
    model = Model(
        {"easy": ["ease"], "happy": ["verdict"], "loyal": ["again", "tell"]},
        [("easy", "happy"), ("happy", "loyal")],
        frozenset({"loyal"}),
    )
    fit = path_model.fit(x[list(model.items)].corr().to_numpy(), model)
    found = {
        row[:2]: row[2:]
        for row in engine.rows(
            "select kind, to_id, estimate, n_respondents, is_reliable from fct_path_estimates "
            "where survey_id = 'w' and segment_type = 'total' "
            "and kind in ('path', 'index', 'weight')"
        )
    }
    assert found["path", "happy"] == (pytest.approx(x["ease"].corr(x["verdict"])), n, True)
    assert found["path", "loyal"][0] == pytest.approx(fit.paths[1, 2])
    assert found["weight", "tell"][0] == pytest.approx(fit.weights[3])
    assert found["index", "easy"][0] == pytest.approx((x["ease"].mean() - 1) / 6 * 100)
    cells = engine.rows(
        "select distinct survey_id, segment_value, status, n_respondents from fct_path_estimates "
        "order by all"
    )
    assert cells == [
        ("w", "north", "too_few_respondents", 4),
        ("w", "south", "estimated", 36),
        ("w", "total", "estimated", n),
    ]


def test_a_questionnaire_of_ones_own_need_not_fit_the_shipped_model(engine: Engine) -> None:
    """The shipped path model names questions that these do not ask, and that is no error."""
    engine.lay({"questions.csv": QUESTIONS, "customers.csv": "customer_id\n1\n"})
    assert not engine.run("method_rows", "py_method_gate")


def test_a_wrong_path_model_stops_the_build(engine: Engine) -> None:
    wrong = {
        "path_items.csv": "question_id,block_id\nease,easy\nverdikt,happy\n",
        "path_links.csv": "from_block,to_block\neasy,happy\nhappy,loyal\nloyal,easy\n",
    }
    engine.lay(CASE | wrong | {"customers.csv": "customer_id\n1\n"})
    (said,) = engine.run("method_rows", "py_method_gate")
    for text in (
        "path_items.question_id, verdikt: The question_id 'verdikt' is not in questions. "
        "Did you mean 'verdict'?",
        "path_blocks.block_id, loyal: The construct loyal is empty: no question measures it.",
        "The path model goes round in a circle: easy → happy → loyal → easy.",
    ):
        assert text in said
