"""Scorecards: the demo's, recomputed without SQL. By hand they stand in test_tiers.py."""

from __future__ import annotations

import csv
from collections import defaultdict

import pytest

from satisfaction.method_checks._declared import options
from tests.python.conftest import ROOT, Built
from tests.python.tiers.test_tiers import percentile_ranks, seed


def points_of(playbook: str, part: str, figure: float) -> float:
    """Points of the greatest lower bound that is reached."""
    steps = {
        float(row["lower_bound"] or "-inf"): float(row["points"])
        for row in seed("scorecard_points")
        if (row["playbook_id"], row["part_id"]) == (playbook, part)
    }
    return steps[max(bound for bound in steps if bound <= figure)]


def test_demo_scorecards_once_more(demo: Built) -> None:
    names = ["customer_id", *options("tier_bands", "metric")]
    rows = demo.build_rows(
        f"select {', '.join(names)} from int_customer_metrics "
        "where month_start = (select last_month from int_calendar) and customer_status <> 'left'"
    )
    figures = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    expected: dict[tuple[str, str], dict[str, tuple[float, float]]] = defaultdict(dict)
    for row in seed("scorecard_parts"):
        values = {who: of[row["metric"]] for who, of in figures.items()}
        if row["how"] == "quantile":
            values = percentile_ranks(values)
        playbook, part = row["playbook_id"], row["part_id"]
        for who in figures:
            if (figure := values.get(who)) is not None:
                earned = points_of(playbook, part, figure)
                expected[playbook, who][part] = (float(row["weight"]), earned)
    found: dict[tuple[str, str], dict[str, tuple]] = defaultdict(dict)
    for playbook, who, part, *cells in demo.rows(
        "select playbook_id, customer_id, part_id, weight, points, contribution "
        "from fct_customer_scorecards where points is not null"
    ):
        found[playbook, who][part] = tuple(cells)
    assert len(found) == 2 * len(figures) > 600
    for key, parts in expected.items():
        coverage = sum(weight for weight, _ in parts.values())
        score = sum(weight * points for weight, points in parts.values()) / coverage
        total = found[key].pop("total")
        assert total == (1, pytest.approx(score), None)
        assert {part: cells[:2] for part, cells in found[key].items()} == parts
        contributions = [cells[2] for cells in found[key].values()]
        assert sum(contributions) == pytest.approx(score), "contributions sum to the score"
        assert 0 <= score <= 100


def test_the_page_shows_the_shipped_weights() -> None:
    page = (ROOT / "docs" / "methods" / "tiers" / "scorecards.md").read_text("utf-8")
    shipped = defaultdict(dict)
    with (ROOT / "seeds/method/tiers/seed_scorecard_parts.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            shipped[row["part_id"]][row["playbook_id"]] = row
    for part, books in shipped.items():
        hotel, retail = books["hotel"], books["retail"]
        labels, metrics = (
            list(dict.fromkeys(book[name] for book in (hotel, retail)))
            for name in ("label_zh", "metric")
        )
        shown = ", ".join(f"`{metric}`" for metric in metrics)
        row = f"| {part} | {'、'.join(labels)} | {shown} | {hotel['weight']} | {retail['weight']} |"
        assert row in page
