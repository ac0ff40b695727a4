"""Gaps, confirmation and delivered value: by hand, by a slow loop, and by their properties."""

from __future__ import annotations

from collections import defaultdict
from math import sqrt
from statistics import mean, stdev

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfaction.core.frames import small
from satisfaction.gap import gap_analysis
from tests.python.conftest import ROOT, Built, on_duckdb
from tests.python.engine import Engine

KEY = ["survey_id", "segment_type", "segment_value", "item_type", "item_id"]
TOLERANCE = 0.05
Pair = tuple[float, float]
FIGURES = [
    *("n_respondents", "performance", "expectation", "cost", "gap", "standard_error"),
    *("gap_low", "gap_high", "confirmation_ratio", "confirmation_standard_error"),
    *("confirmation_low", "confirmation_high", "confirmation_state", "n_undefined"),
    *("negative_share", "confirmed_share", "positive_share"),
]
ON_0_100 = ("performance", "expectation", "cost")
COLUMNS = ", ".join(f"{name}_0_100" if name in ON_0_100 else name for name in FIGURES)


def state_of(ratio: float | None, tolerance: float = TOLERANCE) -> str | None:
    if ratio is None:
        return None
    ratio = round(ratio, 12)
    if ratio < round(1 - tolerance, 12):
        return "negative"
    return "positive" if ratio > round(1 + tolerance, 12) else "confirmed"


def interval(estimate: float, error: float | None, n: int) -> tuple[float | None, float | None]:
    half = None if error is None else stats.t.ppf(0.975, n - 1) * error
    return (None, None) if half is None else (estimate - half, estimate + half)


def mean_and_error(values: list[float]) -> tuple[float, float | None]:
    n = len(values)
    return mean(values), stdev(values) / sqrt(n) if n > 1 else None


def expected_row(places: list[Pair], ratios: list[Pair]) -> dict[str, object]:
    """Say what a cell of expectation must show, from its respondents' pairs."""
    n = len(places)
    gap, error = mean_and_error([p - e for p, e in places])
    total = sum(e for _, e in ratios)
    c = sum(p for p, _ in ratios) / total if total else None
    own = [p / e if e else None for p, e in ratios]
    states = [state_of(x) for x in own if x is not None]
    ratio_error = None
    if c is not None and n > 1:
        residuals = [p - c * e for p, e in ratios]
        ratio_error = sqrt(sum(r * r for r in residuals) / (n * (n - 1))) / (total / n)
    row: dict[str, object] = {
        "n_respondents": n,
        "performance": mean(p for p, _ in places),
        "expectation": mean(e for _, e in places),
        "cost": None,
        "gap": gap,
        "standard_error": error,
        "confirmation_ratio": c,
        "confirmation_standard_error": ratio_error,
        "confirmation_state": state_of(c),
        "n_undefined": own.count(None),
    }
    row["gap_low"], row["gap_high"] = interval(gap, error, n)
    row["confirmation_low"], row["confirmation_high"] = interval(c or 0, ratio_error, n)
    for state in ("negative", "confirmed", "positive"):
        row[f"{state}_share"] = states.count(state) / len(states) if states else None
    return row


def expected_value(benefits: list[list[float]], costs: list[list[float]]) -> dict[str, object]:
    """Say what a cell of delivered value must show; a list of components per respondent."""
    total = [sum(b) - sum(c) for b, c in zip(benefits, costs, strict=True)]
    gap, error = mean_and_error(total)
    row: dict[str, object] = dict.fromkeys(FIGURES)
    row |= {"n_respondents": len(total), "gap": gap, "standard_error": error}
    row["performance"] = mean(map(sum, benefits)) if benefits[0] else None
    row["cost"] = mean(map(sum, costs)) if costs[0] else None
    row["gap_low"], row["gap_high"] = interval(gap, error, len(total))
    return row


def assert_same(found: dict[str, object], expected: dict[str, object], key: object) -> None:
    for name, value in expected.items():
        got = None if pd.isna(found[name]) else found[name]
        if isinstance(value, float) and got is not None:
            assert got == pytest.approx(value, rel=1e-5, abs=1e-6), (key, name)
        else:
            assert got == value, (key, name)


# --- the figures of one cell ------------------------------------------------------------------


def sums_of(places: list[Pair], ratios: list[Pair], tolerance: float = TOLERANCE) -> pd.DataFrame:
    """Add up the pairs of a cell, as int_gap_sums does."""
    p, e = np.array(places, dtype=float).T
    x, y = np.array(ratios, dtype=float).T
    states = [state_of(a / b if b else None, tolerance) for a, b in ratios]
    sums = {
        "n_respondents": len(p),
        "performance_sum": p.sum(),
        "expectation_sum": e.sum(),
        "gap_squares": ((p - e) ** 2).sum(),
        "experience_sum": x.sum(),
        "expected_sum": y.sum(),
        "experience_squares": (x * x).sum(),
        "expected_squares": (y * y).sum(),
        "products": (x * y).sum(),
        "n_undefined": states.count(None),
        "n_negative": states.count("negative"),
        "n_positive": states.count("positive"),
    }
    return pd.DataFrame(
        [["w", "total", "total", "factor", "x", *sums.values()]], columns=[*KEY, *sums]
    )


NO_VALUE = pd.DataFrame(
    {name: pd.Series(dtype="str") for name in KEY}
    | {name: pd.Series(dtype="float") for name in ("performance_sum", "cost_sum", "gap_squares")}
    | {"n_respondents": pd.Series(dtype="int64")}
)


def one_cell(pairs: list[Pair], low: float, high: float, tolerance: float = TOLERANCE) -> pd.Series:
    """Analyse answers to two questions on one scale from low to high."""
    places = [tuple(100 * (v - low) / (high - low) for v in pair) for pair in pairs]
    ratios = [tuple(v / high for v in pair) for pair in pairs]
    sums = sums_of(places, ratios, tolerance)  # type: ignore[arg-type]
    found = gap_analysis.gap_analysis(on_duckdb(sums), on_duckdb(NO_VALUE), tolerance)
    return small(found.to_native()).iloc[0]


def test_the_example_of_the_page() -> None:
    """Five customers on five levels, worked out by hand."""
    found = one_cell([(4, 5), (3, 4), (5, 4), (2, 4), (4, 4)], 1, 5)
    assert (found["performance"], found["expectation"], found["gap"]) == (65, 80, -15)
    # deviations -10, -10, 40, -35, 15: their squares sum to 3250
    assert found["standard_error"] == pytest.approx(sqrt(3250 / 4 / 5))
    half = 2.776445 * sqrt(162.5)  # t of four degrees of freedom
    assert (found["gap_low"], found["gap_high"]) == pytest.approx((-15 - half, -15 + half))
    assert found["confirmation_ratio"] == pytest.approx(18 / 21)
    # residuals x - 18/21 y, in sevenths: -2, -3, 11, -10, 4
    error = sqrt((4 + 9 + 121 + 100 + 16) / 49 / 20) / 4.2
    assert found["confirmation_standard_error"] == pytest.approx(error)
    assert found["confirmation_state"] == "negative"
    shares = found[["negative_share", "confirmed_share", "positive_share"]]
    assert shares.tolist() == pytest.approx([0.6, 0.2, 0.2])


def test_what_is_expected_is_what_is_got() -> None:
    found = one_cell([(1, 1), (3, 3), (5, 5), (4, 4)], 1, 5)
    assert (found["gap"], found["standard_error"], found["confirmation_ratio"]) == (0, 0, 1)
    assert found["confirmation_standard_error"] == 0
    assert found["confirmation_state"] == "confirmed"
    assert found["confirmed_share"] == 1


@pytest.mark.parametrize("seed", range(5))
def test_properties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    answers = rng.integers(1, 8, (40, 2)).tolist()
    found = one_cell(answers, 1, 7)
    # turned round, the gap changes its sign, and who fell short now goes beyond
    turned = one_cell([(e, p) for p, e in answers], 1, 7)
    assert turned["gap"] == pytest.approx(-found["gap"])
    assert turned["standard_error"] == pytest.approx(found["standard_error"])
    assert turned["confirmation_ratio"] == pytest.approx(1 / found["confirmation_ratio"])
    # in another order, and on a scale whose values are three times as large, nothing changes
    for other in (
        one_cell(rng.permutation(answers).tolist(), 1, 7),
        one_cell([(3 * p, 3 * e) for p, e in answers], 3, 21),
    ):
        pd.testing.assert_series_equal(other, found, rtol=1e-9)
    # the ratio of a segment lies between those of its respondents
    own = [p / e for p, e in answers]
    assert min(own) <= found["confirmation_ratio"] <= max(own)
    assert found[["negative_share", "confirmed_share", "positive_share"]].sum() == pytest.approx(1)
    for name in ("negative_share", "confirmed_share", "positive_share"):
        assert found[f"{name}_low"] <= found[name] <= found[f"{name}_high"]


@pytest.mark.parametrize(
    ("experience", "tolerance", "state"),
    [
        (95, 0.05, "confirmed"),
        (94, 0.05, "negative"),
        (105, 0.05, "confirmed"),
        (106, 0.05, "positive"),
        (95, 0.04, "negative"),
        (105, 0.04, "positive"),
        (100, 0.0, "confirmed"),
        (101, 0.0, "positive"),
        (0, 1.0, "confirmed"),
    ],
)
def test_the_edges_of_the_tolerance(experience: int, tolerance: float, state: str) -> None:
    found = one_cell([(experience, 100)] * 3, 0, 200, tolerance)
    assert found["confirmation_state"] == state
    assert found[f"{state}_share"] == 1


def test_nothing_expected_is_undefined() -> None:
    some = one_cell([(5, 0), (5, 10), (0, 0)], 0, 10)
    assert (some["n_respondents"], some["n_undefined"]) == (3, 2)
    assert some["confirmation_ratio"] == pytest.approx(1)
    assert some["negative_share"] == 1
    none = one_cell([(5, 0), (7, 0)], 0, 10)
    names = [name for name in FIGURES if name.startswith("confirmation")]
    assert none[[*names, "negative_share", "confirmed_share", "positive_share"]].isna().all()
    assert (none["n_undefined"], none["gap"]) == (2, 60)


def test_one_respondent_has_no_interval() -> None:
    found = one_cell([(4, 5)], 1, 5)
    assert found["gap"] == -25
    errors = [name for name in FIGURES if name.endswith(("error", "_low", "_high"))]
    assert found[errors].isna().all()


# --- answers to marts, against a loop ---------------------------------------------------------

SCALES = {"ten": range(11), "edge": range(19, 22), "double": range(2, 11, 2)}
ENDS = {"five": (1, 5), "ten": (0, 10), "edge": (19, 21), "double": (2, 10)}
# factor: SERVQUAL dimension, component of value
FACTORS = {
    "a": ("reliability", "product"),
    "b": ("reliability", "product"),
    "c": ("it's assured", "service"),
    "d": ("empathy", "personnel"),
    "e": ("", "image"),
    "fee": ("", "money"),
    "wait": ("", "time"),
    "worry": ("", "psychic"),
}
# question: factor, scale, role
ASKED = {
    "q_a1": ("a", "five", "performance"),
    "q_a2": ("a", "five", "performance"),
    "q_b": ("b", "ten", "performance"),
    "q_c": ("c", "double", "performance"),
    "q_d": ("d", "five", "performance"),
    "q_e": ("e", "edge", "performance"),
    "e_a": ("a", "five", "expectation"),
    "e_b1": ("b", "ten", "expectation"),
    "e_b2": ("b", "ten", "expectation"),
    "e_c": ("c", "double", "expectation"),
    "e_d": ("d", "ten", "expectation"),
    "e_e": ("e", "edge", "expectation"),
    "i_a": ("a", "five", "importance"),
    "i_b": ("b", "five", "importance"),
    "i_c": ("c", "five", "importance"),
    "i_d": ("d", "five", "importance"),
    "m_fee": ("fee", "ten", "cost"),
    "m_wait1": ("wait", "five", "cost"),
    "m_wait2": ("wait", "five", "cost"),
    "m_worry": ("worry", "ten", "cost"),
}
NOT_ASKED = {"w1": {"m_worry"}, "w2": {q for q in ASKED if q[0] in "em"}, "w3": set()}


def method_files(left_out: tuple[str, ...]) -> dict[str, str]:
    shipped = {
        name: (ROOT / "seeds" / "method" / "survey" / f"seed_{name}.csv").read_text("utf-8")
        for name in ("scales", "scale_levels", "scale_answers")
    }
    for scale, values in SCALES.items():
        shipped["scales"] += f"{scale},{scale},{scale}\n"
        for number, value in enumerate(values, 1):
            is_top = str(value == max(values)).lower()
            shipped["scale_levels"] += f"{scale},{number},{value},{value},{value},{is_top},\n"
            shipped["scale_answers"] += f"{scale},{value},{number}\n"
    five = {"performance": "satisfaction5"}
    questions = "question_id,factor_id,scale_id,role\n" + "".join(
        f"{q},{factor},{scale if scale != 'five' else five.get(role, 'expectation5')},{role}\n"
        for q, (factor, scale, role) in ASKED.items()
        if role not in left_out
    )
    rated = [f for f in FACTORS if len(f) == 1]
    return {f"{name}.csv": text for name, text in shipped.items()} | {
        "questions.csv": questions,
        "factors.csv": "factor_id,servqual,value_component\n"
        + "".join(f"{f},{d},{v}\n" for f, (d, v) in FACTORS.items()),
        "ahp_hierarchy.csv": "model,node_id,parent_id\nsatisfaction,satisfaction,\n"
        + "".join(f"satisfaction,{f},satisfaction\n" for f in rated),
        "ahp_judgements.csv": "model,expert_id,parent_id,left_id,right_id,judgement\n"
        + "".join(f"satisfaction,x,satisfaction,a,{f},1\n" for f in rated[1:]),
        "ahp_experts.csv": "expert_id,weight\nx,1\n",
    }


def simulated() -> list[dict[str, str]]:
    """Return questionnaires: some blank answers, some customers who answer twice."""
    rng, rows = np.random.default_rng(7), list[dict[str, str]]()
    for wave, left_out in NOT_ASKED.items():
        for number in [*range(30), *range(0, 30, 4)]:
            row = {"response_id": f"{wave}-{len(rows)}", "survey_id": wave}
            row |= {"customer_id": f"c{number}", "answered_at": f"2025-0{wave[1]}-05"}
            for question, (_, scale, _) in ASKED.items():
                values = list(SCALES.get(scale, range(1, 6)))
                blank = question in left_out or rng.random() < 0.08
                row[question] = "" if blank else str(rng.choice(values[: 11 - 8 * (number == 7)]))
            rows.append(row)
    return rows


def region_of(customer: str) -> str:
    return "north" if int(customer[1:]) % 3 else "south"


def csv_of(rows: list[dict[str, str]]) -> str:
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n"


Cells = dict[tuple, dict[str, object]]


def slow_loop(rows: list[dict[str, str]]) -> Cells:
    """Compute every cell from the definitions, one respondent after the other."""
    # the mean answer of a respondent to a factor in a role
    answers = defaultdict(list)
    for row in rows:
        for question, (factor, _, role) in ASKED.items():
            if row[question]:
                answers[row["survey_id"], row["customer_id"], factor, role].append(
                    float(row[question])
                )
    ends = {(factor, role): ENDS[scale] for factor, scale, role in ASKED.values()}

    def places(wave: str, customer: str, factor: str, role: str) -> tuple[float, float] | None:
        given = answers.get((wave, customer, factor, role))
        if not given:
            return None
        low, high = ends[factor, role]
        return 100 * (mean(given) - low) / (high - low), mean(given) / high

    stated = defaultdict(list)
    for row in rows:
        for question, (factor, _, role) in ASKED.items():
            if role == "importance" and row[question]:
                stated[factor].append((float(row[question]) - 1) / 4)
    weights = {
        dimension: mean(mean(stated[f]) for f, (d, _) in FACTORS.items() if d == dimension)
        for dimension in {d for d, _ in FACTORS.values() if d}
    }

    # per item the four figures of a respondent: both places, both shares of the maximum
    found: dict[tuple, list[list[float]]] = defaultdict(list)
    values: dict[tuple, list[tuple[list[float], list[float]]]] = defaultdict(list)
    for wave, customer in sorted({(r["survey_id"], r["customer_id"]) for r in rows}):
        items = dict[tuple[str, str], list[float]]()
        dimensions = defaultdict(list)
        for factor, (dimension, _) in FACTORS.items():
            p = places(wave, customer, factor, "performance")
            e = places(wave, customer, factor, "expectation")
            if p and e:
                items["factor", factor] = [p[0], e[0], p[1], e[1]]
                if dimension:
                    dimensions[dimension].append(items["factor", factor])
        averages = {d: np.mean(figures, axis=0) for d, figures in dimensions.items()}
        items |= {("servqual", d): list(x) for d, x in averages.items()}
        if averages:
            scores = list(averages.values())
            shares = [weights[d] for d in averages]
            items["servqual_overall", "unweighted"] = list(np.mean(scores, axis=0))
            items["servqual_overall", "weighted"] = list(np.average(scores, axis=0, weights=shares))
        segments = [("total", "total"), ("region", region_of(customer))]
        for segment in segments:
            for item, figures in items.items():
                found[wave, *segment, *item].append(figures)
        asked = {ASKED[q][::2] for q in ASKED if q not in NOT_ASKED[wave]}
        parts: dict[str, list[float]] = defaultdict(list)
        wanted = set()
        for factor, (_, component) in FACTORS.items():
            role = "performance" if len(factor) == 1 else "cost"
            if (factor, role) in asked:
                wanted.add(component)
                if place := places(wave, customer, factor, role):
                    parts[component].append(place[0])
        if set(parts) == wanted and wanted & {"money", "time", "psychic"}:
            means = {component: mean(x) for component, x in parts.items()}
            costs = {c: [means[c]] for c in means if c in ("money", "time", "psychic")}
            benefits = {c: [means[c]] for c in means if c not in costs}
            for segment in segments:
                for c in means:
                    cell = values[wave, *segment, "value_component", c]
                    cell.append((benefits.get(c, []), costs.get(c, [])))
                values[wave, *segment, "delivered_value", "delivered_value"].append(
                    ([x for (x,) in benefits.values()], [x for (x,) in costs.values()])
                )
    cells = {
        key: expected_row([(p, e) for p, e, _, _ in rows], [(x, y) for _, _, x, y in rows])
        for key, rows in found.items()
    }
    return cells | {
        key: expected_value([b for b, _ in rows], [c for _, c in rows])
        for key, rows in values.items()
    }


def cells_of(engine: Engine, rows: list[dict[str, str]], left_out: tuple[str, ...] = ()) -> Cells:
    customers = "customer_id,region\n" + "".join(f"c{n},{region_of(f'c{n}')}\n" for n in range(30))
    engine.lay(
        {"survey_wide.csv": csv_of(rows), "customers.csv": customers} | method_files(left_out)
    )
    return cells_after(engine, "+fct_gap_analysis")


def cells_after(engine: Engine, *models: str, **dbt_vars: object) -> Cells:
    failures = engine.run(*models, segment_by=["region"], **dbt_vars)
    assert not failures, failures
    more = ["previous_survey_id", "previous_gap", "gap_change", "change_low", "change_high"]
    found = engine.rows(
        f"select {', '.join(KEY)}, {COLUMNS}, {', '.join(more)} from fct_gap_analysis"
    )
    return {tuple(row[:5]): dict(zip([*FIGURES, *more], row[5:], strict=True)) for row in found}


@pytest.fixture(scope="module")
def cells(engine: Engine) -> Cells:
    return cells_of(engine, simulated())


def test_every_cell_is_what_a_loop_finds(cells: Cells) -> None:
    expected = slow_loop(simulated())
    assert cells.keys() == expected.keys()
    kinds = {key[3] for key in cells}
    assert kinds == {
        *("factor", "servqual", "servqual_overall", "value_component", "delivered_value")
    }
    for key, row in expected.items():
        assert_same(cells[key], row, key)


def test_what_a_wave_does_not_ask_has_no_rows(cells: Cells) -> None:
    assert not [key for key in cells if key[0] == "w2"]
    components = {wave: {k[4] for k in cells if k[0] == wave and k[3] == "value_component"}
                  for wave in NOT_ASKED}  # fmt: skip
    assert components["w3"] - components["w1"] == {"psychic"}


def test_components_add_up_to_delivered_value(cells: Cells) -> None:
    totals = {key: row for key, row in cells.items() if key[3] == "delivered_value"}
    assert len(totals) == 6
    for key, total in totals.items():
        parts = [row for k, row in cells.items() if k[:3] == key[:3] and k[3] == "value_component"]
        assert {row["n_respondents"] for row in parts} == {total["n_respondents"]}
        assert sum(row["gap"] for row in parts) == pytest.approx(total["gap"])  # type: ignore[misc]
        assert total["gap"] == pytest.approx(total["performance"] - total["cost"])  # type: ignore[operator]


def test_a_gap_is_compared_with_the_newest_earlier_wave_that_asks_for_it(cells: Cells) -> None:
    """The second wave asks for no expectation; the first one asks for less of delivered value."""
    for key, row in cells.items():
        before = cells.get(("w1", *key[1:])) if key[0] == "w3" else None
        if before is None or key[3] == "delivered_value":
            assert {row["previous_survey_id"], row["previous_gap"], row["change_low"]} == {None}
            continue
        assert row["previous_survey_id"] == "w1"
        assert row["gap_change"] == pytest.approx(row["gap"] - before["gap"])  # type: ignore[operator]
        # most customers answered both: surer than two surveys of different people
        halves = [(cell["gap_high"] - cell["gap_low"]) / 2 for cell in (row, before)]  # type: ignore[operator]
        assert row["change_low"] < row["gap_change"] < row["change_high"]  # type: ignore[operator]
        assert row["change_high"] - row["change_low"] < 2 * sum(halves)  # type: ignore[operator]


def rows_of(*answers: dict[str, str]) -> list[dict[str, str]]:
    """Return questionnaires of one wave, blank but for the given answers."""
    head = {"survey_id": "w", "answered_at": "2025-03-05"} | dict.fromkeys(ASKED, "")
    return [
        {"response_id": f"r{i}", "customer_id": f"c{i}"} | head | given
        for i, given in enumerate(answers)
    ]


def test_tolerance_of_respondents_in_the_engine(engine: Engine) -> None:
    """19 of 20 is 0.95, 21 of 20 is 1.05: inside a tolerance of 0.05, outside one of 0.04."""
    free = {"e_e": "20", "q_b": "4", "e_b1": "0"}
    rows = rows_of(*({"q_e": str(got)} | free for got in (19, 20, 21, 21)))
    states = ["negative_share", "confirmed_share", "positive_share"]
    # nobody says what matters, and nobody is asked what it costs
    left_out = ("importance", "cost")
    for shares, found in (
        ([0, 1, 0], cells_of(engine, rows, left_out)),
        ([0.25, 0.25, 0.5], cells_after(engine, "int_gap_sums+", confirmation_tolerance=0.04)),
    ):
        assert {key[3:] for key in found} == {
            ("factor", "b"),
            ("factor", "e"),
            ("servqual", "reliability"),
            ("servqual_overall", "unweighted"),
        }
        cell = found["w", "total", "total", "factor", "e"]
        assert [cell[name] for name in states] == shares
        undefined = found["w", "total", "total", "factor", "b"]
        assert (undefined["n_undefined"], undefined["gap"]) == (4, 40)
        assert undefined["confirmation_ratio"] is None
        assert [undefined[name] for name in states] == [None] * 3


def test_a_survey_that_asks_neither(engine: Engine) -> None:
    """No expectation and no cost: no rows, and no error."""
    rows = rows_of({"q_a1": "4", "q_e": "20"})
    assert cells_of(engine, rows, ("expectation", "importance", "cost")) == {}


def test_one_customer_as_on_the_page(engine: Engine) -> None:
    """Dimensions, weights and delivered value of the worked example."""
    rated = {"q_a1": "4", "q_b": "5", "q_c": "8", "q_d": "4", "q_e": "20"}
    expected = {"e_a": "5", "e_b1": "5", "e_c": "6"}
    stated = {"i_a": "5", "i_b": "3", "i_c": "2"}
    costs = {"m_fee": "3", "m_wait1": "2", "m_worry": "1"}
    found = cells_of(engine, rows_of(rated | expected | stated | costs))
    gaps = {key[3:]: row["gap"] for key, row in found.items() if key[1] == "total"}
    assert (gaps["factor", "a"], gaps["factor", "b"]) == (-25, 0)
    assert gaps["servqual", "reliability"] == -12.5
    assert gaps["servqual", "it's assured"] == 25
    assert gaps["servqual_overall", "unweighted"] == 6.25
    assert gaps["servqual_overall", "weighted"] == pytest.approx(0.75 * -12.5 + 0.25 * 25)
    assert gaps["value_component", "product"] == 62.5
    assert gaps["value_component", "money"] == -30
    total = found["w", "total", "total", "delivered_value", "delivered_value"]
    assert [total[x] for x in ("performance", "cost", "gap")] == [262.5, 65, 197.5]


# --- the demo ---------------------------------------------------------------------------------


def test_demo_gaps_follow_from_the_answers(demo: Built) -> None:
    answers = demo.build_rows(
        "select p.survey_id, p.factor_id, p.customer_id, p.level, e.level "
        "from stg_answers as p join stg_answers as e "
        "on p.response_id = e.response_id and p.factor_id = e.factor_id and e.role = 'expectation' "
        "where p.role = 'performance' and p.level is not null and e.level is not null "
        "and p.customer_id not in (select customer_id from int_respondent_answers where n_rows > 1)"
    )
    pairs = defaultdict(list)
    for wave, factor, _, p, e in answers:
        pairs[wave, factor].append((float(p), float(e)))
    found = demo.rows(
        f"select survey_id, item_id, {COLUMNS} from fct_gap_analysis "
        "where segment_type = 'total' and item_type = 'factor'"
    )
    assert len(found) == len(pairs) == 24
    for wave, factor, *figures in found:
        row = dict(zip(FIGURES, figures, strict=True))
        given = pairs[wave, factor]
        # a few customers answered twice
        assert 0 <= row["n_respondents"] - len(given) <= 5
        if row["n_respondents"] == len(given):
            places = [(25 * (p - 1), 25 * (e - 1)) for p, e in given]
            assert_same(row, expected_row(places, [(p / 5, e / 5) for p, e in given]), factor)
