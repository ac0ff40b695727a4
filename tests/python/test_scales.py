"""The shipped scales: sets of words as people are asked, each from worst to best."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from tests.python.conftest import ROOT


def rows(table: str) -> list[dict[str, str]]:
    with (ROOT / "seeds" / "method" / f"seed_{table}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


SATISFIED = "Very dissatisfied/{}/Neither satisfied nor dissatisfied/{}/Very satisfied"
#: sets of words, worst first, and how many of the best levels count as satisfied
SETS = {
    "satisfaction5": ("很不满意/不满意/基本满意/满意/非常满意", 3),
    "satisfaction5_neutral": ("很不满意/不满意/一般/满意/很满意", 2),
    "satisfaction5_middle": ("不满意/一般/满意/比较满意/非常满意", 3),
    "satisfaction5_somewhat": (
        SATISFIED.format("Somewhat dissatisfied", "Somewhat satisfied"),
        2,
    ),
    "satisfaction5_slightly": (
        SATISFIED.format("Slightly dissatisfied", "Slightly satisfied"),
        2,
    ),
    "satisfaction7_text": ("很不满意/不满意/不太满意/一般/较满意/满意/很满意", 3),
    "satisfaction4": ("Very dissatisfied/Dissatisfied/Satisfied/Very satisfied", 2),
    "importance5_unipolar": (
        "Not at all important/Slightly important/Moderately important/Very important/"
        "Extremely important",
        None,
    ),
    "agreement5": (
        "Strongly disagree/Disagree/Neither agree nor disagree/Agree/Strongly agree",
        None,
    ),
}


@pytest.mark.parametrize("scale", SETS)
def test_the_levels_of_a_set(scale: str) -> None:
    words, satisfied = SETS[scale]
    known = {
        row["answer"].lower(): row["level"]
        for row in rows("scale_answers")
        if row["scale_id"] == scale
    }
    asked = words.lower().split("/")
    assert [known.get(word) for word in asked] == [str(i + 1) for i in range(len(asked))]
    levels = [row for row in rows("scale_levels") if row["scale_id"] == scale]
    assert len(levels) == len(asked)
    if satisfied is not None:
        good = [int(row["level"]) for row in levels if row["is_satisfied"] == "true"]
        assert good == list(range(len(asked) - satisfied + 1, len(asked) + 1))


def test_no_spelling_is_twice_in_a_scale() -> None:
    times = Counter(
        (row["scale_id"], row["answer"].strip().lower()) for row in rows("scale_answers")
    )
    assert [key for key, n in times.items() if n > 1] == []


def test_levels_are_whole_and_labelled() -> None:
    levels: dict[str, list[int]] = {row["scale_id"]: [] for row in rows("scales")}
    for row in rows("scale_levels"):
        levels[row["scale_id"]].append(int(row["level"]))
        assert row["label_zh"] and row["label_en"], row
    for scale, found in levels.items():
        assert found == list(range(1, len(found) + 1)) and 2 <= len(found) <= 11, scale
    spelt = {(row["scale_id"], row["level"]) for row in rows("scale_answers") if row["level"]}
    assert spelt == {(row["scale_id"], row["level"]) for row in rows("scale_levels")}
