"""Taxonomies of the user's own: shares of factors, labels, and folders without them."""

from __future__ import annotations

import pytest

from tests.python.engine import Engine

MART = "+fct_taxonomy_satisfaction"
OPTIONS = {"weight_source": "importance", "segment_by": [], "bootstrap_draws": 50}
#: two answers to each factor, and how much it matters: weights of 0.2, 0.3, 0.1 and 0.4
ANSWERS = {"consulting": "44", "ordering": "33", "delivery": "34", "repair": "23"}
MATTERS = {"consulting": 3, "ordering": 4, "delivery": 2, "repair": 5}
PLACES = """taxonomy,factor_id,class_id,share
stage,consulting,before,
stage,ordering,during,1
stage,delivery,during,
stage,repair,after,1
process_outcome,consulting,process,
process_outcome,ordering,process,
process_outcome,delivery,process,
process_outcome,repair,outcome,
halves,consulting,one,
halves,ordering,one,0.5
halves,ordering,other,0.5
halves,delivery,other,
halves,repair,other,
partly,consulting,only,0.25
"""
CLASSES = """taxonomy,class_id,label_zh,label_en,sort_order
stage,,环节,Stages,2
stage,before,售前,Before,1
stage,during,售中,During,2
stage,after,售后,,3
process_outcome,process,,,
process_outcome,outcome,,,
halves,one,,,
halves,other,,,
halves,nobody,,,
partly,only,,,
"""


def survey(factors: str) -> dict[str, str]:
    """Return the files of a case with four factors and two customers."""
    asked = [f"{role}_{name},{name},satisfaction5,{role}" for name in ANSWERS for role in ROLES]
    rows = [
        f"R{k},{role}_{name},C{k},{answers[k] if role == 'performance' else MATTERS[name]}"
        for name, answers in ANSWERS.items()
        for role in ROLES
        for k in (0, 1)
    ]
    return {
        "factors.csv": factors,
        "questions.csv": "question_id,factor_id,scale_id,role\n" + "\n".join(asked) + "\n",
        "survey_answers.csv": "response_id,question_id,customer_id,answer,answered_at\n"
        + "".join(f"{row},2025-03-10\n" for row in rows),
    }


ROLES = ("performance", "importance")
FACTORS = "factor_id\n" + "".join(f"{name}\n" for name in ANSWERS)


def test_the_classes_of_four_factors(engine: Engine) -> None:
    """Scores 80, 60, 70 and 50; each sum of contributions below is worked by hand."""
    engine.lay(survey(FACTORS) | {"factor_classes.csv": PLACES, "taxonomy_classes.csv": CLASSES})
    assert not engine.run(MART, **OPTIONS)
    found = engine.rows(
        "select taxonomy, class_id, n_factors, class_score, weight_share, contribution "
        "from fct_taxonomy_satisfaction where segment_type = 'total'"
    )
    expected = {
        ("stage", "before"): (1, 80, 0.2, 16),
        ("stage", "during"): (2, 62.5, 0.4, 18 + 7),
        ("stage", "after"): (1, 50, 0.4, 20),
        ("process_outcome", "process"): (3, 41 / 0.6, 0.6, 16 + 18 + 7),
        ("process_outcome", "outcome"): (1, 50, 0.4, 20),
        # half of ordering is 0.15 of the weight and 9 points
        ("halves", "one"): (2, 25 / 0.35, 0.35, 16 + 9),
        ("halves", "other"): (3, 36 / 0.65, 0.65, 9 + 7 + 20),
        # a quarter of consulting, and nothing else has a place
        ("partly", "only"): (1, 80, 0.05, 4),
    }
    assert {(taxonomy, name): figures for taxonomy, name, *figures in found} == {
        key: pytest.approx(figures, rel=1e-12) for key, figures in expected.items()
    }
    assert engine.rows("select index_score from py_segment_index") == [(pytest.approx(61),)]
    labels = engine.rows(
        "select class_id, taxonomy_label_zh, taxonomy_label_en, taxonomy_order, label_zh, "
        "label_en, sort_order from fct_taxonomy_satisfaction "
        "where taxonomy = 'stage' or class_id = 'only' order by taxonomy, sort_order"
    )
    assert labels == [
        ("only", "partly", "partly", None, "only", "only", None),
        ("before", "环节", "Stages", 2, "售前", "Before", 1),
        ("during", "环节", "Stages", 2, "售中", "During", 2),
        ("after", "环节", "Stages", 2, "售后", "after", 3),
    ]


def test_a_folder_without_the_tables_has_the_classes_of_its_columns(engine: Engine) -> None:
    """Also where a factor is called as a shipped one, whose places are not this one's."""
    names = {"consulting": "care", "repair": "speed"}
    files = survey(
        "factor_id,need_structure,servqual\n"
        "consulting,quality,\nordering,own,mine\ndelivery,own,\nrepair,,\n"
    )
    for old, new in names.items():
        files = {name: text.replace(old, new) for name, text in files.items()}
    figures = (
        "select class_id, * exclude (taxonomy, class_id, taxonomy_label_zh, taxonomy_label_en, "
        "taxonomy_order, label_zh, label_en, sort_order) "
        "from fct_taxonomy_satisfaction where taxonomy = '{}' order by class_id"
    )
    engine.lay(files)
    assert not engine.run(MART, **OPTIONS)
    found = engine.rows(
        "select taxonomy, class_id, class_score, contribution, taxonomy_label_en, label_en "
        "from fct_taxonomy_satisfaction order by taxonomy, class_id"
    )
    assert found == [
        ("need_structure", "own", pytest.approx(62.5), pytest.approx(25), "Need structure", "own"),
        ("need_structure", "quality", 80, pytest.approx(16), "Need structure", "Quality"),
        ("servqual", "mine", pytest.approx(60), pytest.approx(18), "SERVQUAL", "mine"),
    ]
    by_column = engine.rows(figures.format("need_structure"))
    # the same as rows of the long table
    rows = "taxonomy,factor_id,class_id\nneed,care,quality\nneed,ordering,own\nneed,delivery,own\n"
    known = "taxonomy,class_id\nneed,quality\nneed,own\n"
    engine.lay(files | {"factor_classes.csv": rows, "taxonomy_classes.csv": known})
    assert not engine.run(MART, **OPTIONS)
    assert engine.rows(figures.format("need")) == by_column
    assert engine.rows(figures.format("need_structure")) == by_column


def test_a_wrong_table_of_ones_own_stops_the_build(engine: Engine) -> None:
    places = PLACES.replace("halves,delivery", "halves,deliveries")
    engine.lay(survey(FACTORS) | {"factor_classes.csv": places, "taxonomy_classes.csv": CLASSES})
    (said,) = engine.run(MART, **OPTIONS)
    assert (
        "factor_classes.factor_id, halves | deliveries | other: The factor_id 'deliveries' is not "
        "in factors. Did you mean 'delivery'?" in said
    )
