"""Kano: every cell of the table, published figures, and the demo counted once more."""

from __future__ import annotations

from collections import Counter
from math import sqrt

import numpy as np
import pandas as pd
import pytest

from satisfaction.core.frames import small
from satisfaction.drivers import kano
from tests.python.conftest import Built, on_duckdb

KEY = ["survey_id", "segment_type", "segment_value", "factor_id"]


# written out from the description of the categories, not from a table: what is liked when it is
# there and not when it is not …
LIKE, MUST_BE, NEUTRAL, LIVE_WITH, DISLIKE = 5, 4, 3, 2, 1
BETWEEN = (MUST_BE, NEUTRAL, LIVE_WITH)


def by_description(functional: int, dysfunctional: int) -> str:
    if functional == dysfunctional and functional in (LIKE, DISLIKE):
        return "Q"  # both cannot be meant
    if functional == DISLIKE or dysfunctional == LIKE:
        return "R"  # wanted the other way round
    if functional == LIKE:
        return "O" if dysfunctional == DISLIKE else "A"
    return "M" if dysfunctional == DISLIKE else "I"


@pytest.mark.parametrize("functional", range(1, 6))
@pytest.mark.parametrize("dysfunctional", range(1, 6))
def test_every_cell_of_the_table(functional: int, dysfunctional: int) -> None:
    expected = by_description(functional, dysfunctional)
    assert kano.category_of(functional, dysfunctional) == expected
    columns = [*KEY, "functional_level", "dysfunctional_level", "n_pairs"]
    row = ["w", "total", "total", "x", functional, dysfunctional, 7]
    pairs = pd.DataFrame([row], columns=columns)
    found = small(kano.category_counts(on_duckdb(pairs)).to_native()).iloc[0]
    counted = {c: found[f"n_{c.lower()}"] for c in "AOMIRQ"}
    assert counted == {c: 7 if c == expected else 0 for c in "AOMIRQ"}


def test_the_table_as_it_is_printed() -> None:
    """Berger et al. (1993): rows functional, columns dysfunctional, from like to dislike."""
    assert kano.BERGER == ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")


def one_item(**counts: int) -> pd.Series:
    row = dict.fromkeys((f"n_{c}" for c in "aomirq"), 0) | {f"n_{k}": v for k, v in counts.items()}
    frame = pd.DataFrame([["w", "total", "total", "x", *row.values()]], columns=[*KEY, *row])
    return small(kano.kano(on_duckdb(frame)).to_native()).iloc[0]


def test_published_coefficients() -> None:
    """Matzler and Hinterhuber (1998), the edge grip of a ski: A 7.0, O 32.3, M 49.3, I 9.5 %."""
    found = one_item(a=70, o=323, m=493, i=95)
    assert found["better"] == pytest.approx(0.401, abs=5e-4)
    assert found["worse"] == pytest.approx(-0.832, abs=5e-4)
    assert found["category"] == "M"


@pytest.mark.parametrize(
    ("counts", "category"),
    [
        ({"m": 5, "o": 5}, "M"),
        ({"o": 5, "a": 5}, "O"),
        ({"a": 5, "i": 5}, "A"),
        ({"i": 5, "r": 5}, "I"),
        ({"r": 5, "q": 5}, "R"),
        ({"q": 1}, "Q"),
        ({"a": 6, "m": 5, "o": 5}, "A"),
    ],
)
def test_of_equals_the_one_that_matters_more(counts: dict[str, int], category: str) -> None:
    found = one_item(**counts)
    assert found["category"] == category
    ordered = sorted(counts.values(), reverse=True) + [0]
    n = sum(counts.values())
    assert found["category_strength"] == pytest.approx((ordered[0] - ordered[1]) / n)


def test_nobody_wants_it_either_way() -> None:
    found = one_item(r=3, q=2)
    assert found[["better", "better_low", "worse", "worse_high"]].isna().all()
    assert found["total_strength"] == 0


def test_properties() -> None:
    rng = np.random.default_rng(3)
    numbers = rng.integers(0, 400, (500, 6)) * rng.integers(0, 2, (500, 6))
    rows = pd.DataFrame(numbers, columns=[f"n_{c}" for c in "aomirq"])
    rows = rows[rows.sum(axis=1) > 0].assign(survey_id="w", segment_type="t", segment_value="t")
    rows["factor_id"] = rows.index.astype(str)
    found = small(kano.kano(on_duckdb(rows)).to_native())
    assert len(found) == len(rows)
    for item in found.to_dict("records"):
        counts = {c: item[f"n_{c}"] for c in "aomirq"}
        n = sum(counts.values())
        top, second = sorted(counts.values(), reverse=True)[:2]
        assert item["n_pairs"] == n
        assert counts[item["category"].lower()] == top
        bound = 1.65 * sqrt((top + second) * (2 * n - top - second) / (2 * n))
        assert item["is_significant"] == (top - second >= bound)
        if any(counts[c] for c in "aomi"):
            assert -1 <= item["worse"] <= 0 <= item["better"] <= 1
            assert item["better_low"] - 1e-12 <= item["better"] <= item["better_high"] + 1e-12
            assert item["worse_low"] - 1e-12 <= item["worse"] <= item["worse_high"] + 1e-12


def test_demo_categories_follow_from_the_answers(demo: Built) -> None:
    answers = demo.build_rows(
        "select f.survey_id, f.factor_id, f.level, d.level, unnest(['total', 'customer_type']), "
        "unnest([s.total, s.customer_type]) from stg_answers as f "
        "join stg_answers as d on f.response_id = d.response_id "
        "and f.factor_id = d.factor_id and d.role = 'kano_dysfunctional' "
        "join int_respondent_segments as s on f.survey_id = s.survey_id "
        "and f.customer_id = s.customer_id "
        "where f.role = 'kano_functional' and f.level is not null and d.level is not null"
    )
    expected: dict[tuple, Counter] = {}
    for wave, factor, functional, dysfunctional, kind, segment in answers:
        cell = expected.setdefault((wave, kind, segment, factor), Counter())
        cell[by_description(functional, dysfunctional)] += 1
    found = demo.rows(
        f"select {', '.join(KEY)}, n_attractive, n_one_dimensional, n_must_be, n_indifferent, "
        "n_reverse, n_questionable from fct_kano where segment_type in ('total', 'customer_type')"
    )
    assert {row[:4]: row[4:] for row in found} == {
        key: tuple(counts[c] for c in "AOMIRQ") for key, counts in expected.items()
    }
    assert len(found) >= 20
