"""Taxonomies that are wrong: the shipped tables with one small edit."""

from __future__ import annotations

import pytest

from tests.python.method.test_method_checks import (
    Case,
    add,
    assert_said,
    case,
    drop,
    empty,
    problems,
    put,
)

PLACES, CLASSES = "factor_classes", "taxonomy_classes"
OWN = [PLACES, CLASSES]
SPEED = {"taxonomy": "contact", "factor_id": "speed"}


def share(value: object) -> object:
    return put(PLACES, "share", value, taxonomy="stage", factor_id="care")


CASES = [
    *(
        case(
            f"a share of {value}",
            share(value),
            at=f"{PLACES}: stage | care | after",
            says=f"{value} is no share of a factor. Give a number above 0, 1 at most",
        )
        for value in ("0", "-0.5", "1.5")
    ),
    case(
        "a share that is no number",
        share("half"),
        at=f"{PLACES}: stage | care | after",
        says="is not a finite number",
    ),
    case(
        "shares beyond the whole",
        put(PLACES, "share", "0.6", class_id="staff", **SPEED),
        at=f"{PLACES}: contact | speed",
        says="The shares of speed in contact sum to 1.1, to more than 1.",
    ),
    case(
        "blank shares of two classes",
        put(PLACES, "share", None, **SPEED),
        at=f"{PLACES}: contact | speed",
        says="sum to 2, to more than 1. Give shares that sum to 1 at most; a blank one is 1.",
    ),
    case(
        "a place twice",
        add(PLACES, class_id="staff", share="0.5", **SPEED),
        at=f"{PLACES}: contact | speed | staff",
        says="have the same key",
    ),
    case(
        "a class twice",
        add(CLASSES, taxonomy="stage", class_id="after"),
        at=f"{CLASSES}: stage | after",
        says="have the same key",
    ),
    case(
        "a taxonomy labelled twice",
        add(CLASSES, taxonomy="stage", label_en="Stages"),
        at=f"{CLASSES}: stage",
        says="have the same key",
    ),
    case(
        "a factor that is none",
        add(PLACES, taxonomy="stage", factor_id="sped", class_id="after"),
        at=f"{PLACES}: stage | sped | after",
        says="The factor_id 'sped' is not in factors. Did you mean 'speed'?",
        own=OWN,
    ),
    case(
        "a class that is none",
        add(PLACES, taxonomy="stage", factor_id="gains", class_id="later"),
        at=f"{PLACES}: stage | gains | later",
        says="The class_id 'later' is not in taxonomy_classes. Did you mean 'after'?",
        own=OWN,
    ),
    case(
        "a taxonomy that is none",
        add(PLACES, taxonomy="moment", factor_id="gains", class_id="after"),
        at=f"{PLACES}: moment | gains | after",
        says="The taxonomy 'moment' is not in taxonomy_classes.",
        own=OWN,
    ),
    case(
        "a taxonomy that is a column of factors",
        add(PLACES, taxonomy="servqual", factor_id="gains", class_id="empathy"),
        at=f"{PLACES}: servqual",
        says="servqual is a column of factors, too: a factor would count twice. Give the taxonomy",
        own=OWN,
    ),
    case(
        "taxonomies that differ by capitals",
        add(PLACES, taxonomy="Stage", factor_id="gains", class_id="after"),
        at=f"{PLACES}: stage",
        says="stage and Stage differ by capitals alone. Spell them alike.",
    ),
    case(
        "a taxonomy called as a column but for capitals",
        add(PLACES, taxonomy="SERVQUAL", factor_id="gains", class_id="empathy"),
        at=f"{PLACES}: SERVQUAL",
        says="SERVQUAL and servqual differ by capitals alone.",
    ),
]


@pytest.mark.parametrize("wrong", CASES, ids=lambda wrong: wrong.name)
def test_what_is_wrong_is_said(wrong: Case) -> None:
    assert_said(wrong)


def test_what_is_allowed() -> None:
    """A factor without a place, a share that leaves some of it out, a class of no factor."""
    assert problems(own=OWN).empty
    assert problems(drop(PLACES, taxonomy="stage", factor_id="care"), own=OWN).empty
    assert problems(share("0.25"), own=OWN).empty
    assert problems(empty(*OWN), own=OWN).empty
    # thirds are seldom written to the last digit
    thirds = [
        add(PLACES, taxonomy="stage", factor_id="gains", class_id=name, share="0.3333334")
        for name in ("before", "during", "after")
    ]
    assert problems(*thirds, own=OWN).empty
    # a column that is blank leaves its name to rows
    blank = put("factors", "servqual", None)
    rows = add(PLACES, taxonomy="servqual", factor_id="gains", class_id="empathy")
    assert problems(blank, rows, own=OWN).empty


def test_the_shipped_places_are_not_held_against_factors_of_ones_own() -> None:
    gone = drop("factors", factor_id="image")
    found = problems(gone, own=["factors"])
    assert PLACES not in set(found["table_name"])
    assert PLACES in set(problems(gone, own=["factors", PLACES])["table_name"])
