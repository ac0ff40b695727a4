"""What comes after a file is read: columns, roles, scales, directions, waves, the case."""

from __future__ import annotations

import csv
import os
import pty
import select
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from satisfaction.core.errors import SatisfactionError
from satisfaction.imports import import_file, shipped, writing
from satisfaction.imports.asking import Decisions, StopError
from satisfaction.imports.export import Export
from satisfaction.imports.orders import import_orders
from satisfaction.imports.plan import Plan, plan_survey
from satisfaction.imports.scales import Answers, Word, level_of, settle
from satisfaction.imports.survey import import_survey
from satisfaction.imports.task import Task
from satisfaction.imports.tickets import import_tickets
from tests.python.imports.exports import column, export
from tests.shared import ROOT

SETS = Path(__file__).parents[1] / "scale_sets.csv"
#: ten respondents: an index of 70 on five levels, an NPS of -10
LEVELS = [5, 5, 4, 4, 4, 4, 3, 3, 2, 1]
SCORES = [10, 9, 9, 8, 7, 7, 6, 5, 3, 0]
ENGLISH = ["Very dissatisfied", "Dissatisfied", "Neutral", "Satisfied", "Very satisfied"]
IMPORTANCE = [
    "Very unimportant",
    "Unimportant",
    "Moderately important",
    "Important",
    "Very important",
]
CHINESE = ["非常不满意", "不满意", "一般", "满意", "非常满意"]
NPS = "How likely are you to recommend us to a friend?"


def survey(
    questions: Sequence[Any],
    words: Sequence[str] = ENGLISH,
    *,
    nps: str = NPS,
    extra: Sequence[tuple[Any, Sequence[str]]] = (),
    levels: Sequence[int] = LEVELS,
    first_id: int = 1,
    month: str = "2025-03",
    **more: Any,
) -> Export:
    """Ten responses to questions that are all answered alike; a pair is a row of a matrix."""
    columns = [column("ID", "response_id"), column("Time", "answered_at")]
    for text in questions:
        if isinstance(text, tuple):
            row = f"{text[0]} [{text[1]}]"
            columns.append(column(row, question=text[0], label=text[1]))
        else:
            columns.append(column(text))
    columns += [column(nps)] if nps else []
    columns += [one if not isinstance(one, str) else column(one) for one, _ in extra]
    rows = [
        [
            f"R{first_id + i}",
            f"{month}-03 09:{i:02d}:00",
            *[words[level - 1]] * len(questions),
            *([str(SCORES[i % 10])] if nps else []),
            *(values[i] for _, values in extra),
        ]
        for i, level in enumerate(levels)
    ]
    return export(columns, rows, **more)


def planned(found: Export, **given: Any) -> tuple[Plan, Decisions]:
    """Plan with the defaults."""
    decisions = Decisions(given=given, mode="defaults")
    return plan_survey(found, decisions), decisions


def imported(found: Export, folder: Path, mode: Any = "defaults", **given: Any) -> bool:
    """Import a survey into a case, which may be there."""
    before = import_file.read(folder)
    decisions = Decisions(given={**before, **given}, mode=mode)
    return import_survey(
        found, Task(folder, decisions, before, lambda _: None, given.get("survey"))
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def wide(folder: Path) -> list[dict[str, str]]:
    with (folder / "survey_wide.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def roles_of(plan: Plan) -> list[str]:
    return [one.role for one in plan.questions]


# scales


with SETS.open(encoding="utf-8", newline="") as _file:
    ALL_SETS = [(row["scale_id"], row["words"].split("/")) for row in csv.DictReader(_file)]


@pytest.mark.parametrize(("scale_id", "words"), ALL_SETS)
def test_a_whole_set_is_known_without_asking(scale_id: str, words: list[str]) -> None:
    answers = Answers("q", "", [Word(word, word, 20) for word in words])
    match = settle([answers])
    assert match.is_sure, match
    scale = shipped.scales()[match.scale_id or ""]
    found = [level_of(word, scale) for word in answers.words]
    assert found == list(range(1, len(words) + 1))
    assert scale.length == len(words)
    assert scale.length == shipped.scales()[scale_id].length


@pytest.mark.parametrize(
    ("words", "is_sure", "scale"),
    [
        (["满意", "非常满意", "一般"], False, "satisfaction5_neutral"),
        (["very satisfied", "satisfied"], False, "satisfaction5_neutral"),
        (["dissatisfied", "neutral", "satisfied", "very satisfied"], True, "satisfaction5_neutral"),
        (["Awful", "Meh", "Great"], False, None),
    ],
)
def test_a_part_of_a_set_is_asked_about(words: list[str], is_sure: bool, scale: str | None) -> None:
    match = settle([Answers("q", "", [Word(word, word, 3) for word in words])])
    assert (match.is_sure, match.scale_id) == (is_sure, scale)


def test_other_questions_complete_a_set() -> None:
    found = survey(["Overall, how satisfied are you?", "How satisfied are you with the price?"])
    found.con.execute(
        "update cells set c2 = 'Satisfied' where c2 like '%issatisfied' or c2 = 'Neutral'"
    )
    plan, decisions = planned(found)
    assert {one.scale_id for one in plan.questions[:2]} == {"satisfaction5_neutral"}
    assert not decisions.taken


def test_labels_with_letters_and_points_are_read() -> None:
    words = [
        f"{letter}、{word}（{i}分）"
        for i, (letter, word) in enumerate(zip("ABCDE", CHINESE, strict=True), 1)
    ]
    plan, decisions = planned(survey([("请评价", "产品"), ("请评价", "物流"), "总体满意度"], words))
    assert roles_of(plan) == ["performance", "performance", "overall", "recommend"]
    assert not decisions.taken


def test_words_that_no_scale_has_become_a_scale(tmp_path: Path) -> None:
    words = ["Awful", "Meh", "Okay-ish", "Pretty nice", "Stellar"]
    found = survey(["How was the food?", "How was the service?", "Overall, how was it?"], words)
    plan, decisions = planned(found)
    assert [point.path for point, _ in decisions.taken] == [("scales", "own5", "levels")]
    assert decisions.taken[0][1] == words  # by the scores of those who chose them
    assert imported(found, tmp_path / "case")
    text = (tmp_path / "case" / "scale_answers.csv").read_text("utf-8")
    assert "own5,stellar,5" in text and "nps11,0,1" in text


def test_lines_of_an_own_scale_are_taken_as_they_were_printed() -> None:
    words = ["Awful", "Meh", "Okay-ish", "Pretty nice", "Stellar"]
    found = survey(["How was the food?", "Overall, how was it?"], words)
    decisions = Decisions(mode="none")
    plan_survey(found, decisions)
    (point,) = [point for point in decisions.open if "levels" in point.path]
    plan, decisions = planned(found, **yaml.safe_load(point.lines()))
    assert not decisions.taken
    assert [one.by for one in plan.questions[:2]] == ["import.yml"] * 2


def test_a_row_that_lacks_an_end_has_the_scale_of_the_others() -> None:
    """Four words of five are a scale too, on which 一般 is another level."""
    found = survey(["您对产品满意吗", "您对物流满意吗", "总体满意度"], CHINESE, levels=LEVELS * 4)
    found.con.execute("update cells set c3 = '不满意' where c3 = '非常不满意'")
    plan, decisions = planned(found)
    assert {one.scale_id for one in plan.questions[:3]} == {"satisfaction5_neutral"}
    assert not decisions.taken


@pytest.mark.parametrize(
    "words",
    [
        ["wahrscheinlich nicht", "vielleicht", "wahrscheinlich", "bestimmt"],
        ["Difícil", "Ni fácil ni difícil", "Fácil", "Muy fácil"],
    ],
)
def test_a_made_set_that_lacks_an_end_is_asked_in_the_right_order(words: list[str]) -> None:
    made = [*range(1, 5), 4, 3]
    found = survey(["Würden Sie wieder bei uns kaufen?"], words, nps="", levels=made)
    _, decisions = planned(found)
    ((point, taken),) = decisions.taken
    assert point.path[-1] == "levels" and taken == words


LANGUAGES = {
    "de": (
        ["Wie zufrieden sind Sie mit der Lieferung?", "Wie zufrieden sind Sie mit dem Preis?"],
        "Wie zufrieden sind Sie insgesamt?",
        "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?",
        ["Sehr unzufrieden", "Eher unzufrieden", "Teils/teils", "Eher zufrieden", "Sehr zufrieden"],
        ["lieferung", "preis"],
    ),
    "fr": (
        [("Votre satisfaction", "Le produit"), ("Votre satisfaction", "La livraison")],
        "Dans l’ensemble, êtes-vous satisfait(e) ?",
        "Recommanderiez-vous notre entreprise ?",
        ["Très insatisfait(e)", "Insatisfait(e)", "Ni satisfait(e) ni insatisfait(e)",
         "Satisfait(e)", "Très satisfait(e)"],
        ["produit", "livraison"],
    ),
    "es": (
        ["¿Qué tan satisfecho está con la entrega?", "¿Qué tan satisfecho está con el precio?"],
        "En general, ¿qué tan satisfecho está?",
        "¿Qué probabilidad hay de que nos recomiende?",
        ["Extremadamente insatisfecho", "Algo insatisfecho", "Ni satisfecho ni insatisfecho",
         "Algo satisfecho", "Extremadamente satisfecho"],
        ["entrega", "precio"],
    ),
    "ja": (
        ["商品に満足していますか", "配送に満足していますか"],
        "総合的にどの程度満足していますか",
        "友人に勧める可能性はどのくらいですか",
        ["とても不満", "不満", "どちらともいえない", "満足", "とても満足"],
        ["商品", "配送"],
    ),
    "zh_tw": (
        ["您對產品滿意嗎？", "您對物流滿意嗎？"],
        "整體而言，您滿意嗎？",
        "您會推薦我們嗎？",
        ["非常不滿意", "不滿意", "普通", "滿意", "非常滿意"],
        ["產品", "物流"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_languages_are_understood_without_asking(language: str) -> None:
    items, overall, nps, words, factors = LANGUAGES[language]
    extra = [("Age", ["18-24", "25-34"] * 5)]
    plan, decisions = planned(survey([*items, overall], words, nps=nps, extra=extra))
    assert roles_of(plan) == ["performance", "performance", "overall", "recommend"]
    assert [one.factor for one in plan.questions[:2]] == factors
    assert not decisions.taken and not decisions.open
    scale = plan.scales[plan.questions[0].scale_id]
    written = [plan.questions[0].cells[word] for word in words]
    assert [scale.spellings[str(word).lower()] for word in written] == [1, 2, 3, 4, 5]


# numbers


def numbered(texts: Sequence[str], *, turned: bool = False, **more: Any) -> Export:
    return survey(texts, ["5", "4", "3", "2", "1"] if turned else list("12345"), **more)


def test_numbers_without_words_are_asked_about() -> None:
    plan, decisions = planned(numbered(["How satisfied are you with X?", "Overall satisfaction"]))
    assert [point.path[-1] for point, _ in decisions.taken] == ["best"]
    assert [one.is_reversed for one in plan.questions] == [False] * 3


def test_numbers_against_the_recommendation_have_no_default(tmp_path: Path) -> None:
    found = numbered(["How satisfied are you with X?", "Overall satisfaction"], turned=True)
    with pytest.raises(StopError, match="1 seems to be the best"):
        imported(found, tmp_path / "case")
    assert not (tmp_path / "case").exists()
    plan, _ = planned(found, best="low")
    assert [one.is_reversed for one in plan.questions] == [True, True, False]


def test_a_text_tells_which_end_is_good() -> None:
    texts = [f"Bewerten Sie {what} (1 = sehr gut, 5 = mangelhaft)" for what in ("Preis", "Service")]
    plan, decisions = planned(numbered(texts, turned=True))
    assert [one.is_reversed for one in plan.questions] == [True, True, False]
    assert not decisions.taken


def test_labelled_ends_tell_which_end_is_good() -> None:
    words = ["1 - Very dissatisfied", "2", "3", "4", "5 - Very satisfied"]
    plan, decisions = planned(
        survey(["Satisfaction with the product", "Overall satisfaction"], words)
    )
    assert plan.questions[0].cells["5 - Very satisfied"] == "5"
    assert not decisions.taken
    words = ["5 - Very dissatisfied", "4", "3", "2", "1 - Very satisfied"]
    plan, decisions = planned(survey(["Overall satisfaction"], words))
    assert plan.questions[0].cells["1 - Very satisfied"] == "1"
    assert plan.questions[0].is_reversed and not decisions.taken


def test_one_question_against_the_others_is_asked_about() -> None:
    texts = [("Do you agree?", row) for row in ("Friendly", "Quick", "Fair", "The staff was rude")]
    words = ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"]
    found = survey(texts, words)
    turned = " ".join(f"when '{a}' then '{b}'" for a, b in zip(words, words[::-1], strict=True))
    found.con.execute(f"update cells set c5 = case c5 {turned} end")
    plan, decisions = planned(found)
    assert [point.path for point in decisions.open] == [
        ("questions", "Do you agree? [The staff was rude]", "is_reversed")
    ]


def test_a_recommendation_counted_from_1_is_asked_about() -> None:
    found = survey(["Overall satisfaction"])
    found.con.execute("update cells set c3 = cast(cast(c3 as integer) + 1 as varchar)")
    plan, decisions = planned(found)
    assert [point.path for point, _ in decisions.taken] == [("questions", NPS, "first_level")]
    assert plan.questions[1].first_level == 1


def test_bare_headers_are_ratings_where_they_go_together() -> None:
    codes = ("Age group", list("1352415324"))
    plan, decisions = planned(numbered(["Product", "Price", "Service"], extra=[codes]))
    assert [one.profile.column.header for one in plan.questions] == [
        "Product", "Price", "Service", NPS,
    ]  # fmt: skip
    assert "Are they ratings?" in decisions.taken[0][0].asks


def test_questions_of_which_only_the_code_is_known_are_asked_about(tmp_path: Path) -> None:
    found = survey([("Q1", "SQ001"), ("Q1", "SQ002"), "Q2"], nps="Q3")
    plan, decisions = planned(found)
    assert roles_of(plan) == ["performance", "performance", "overall", "recommend"]
    assert len(decisions.taken) == 2
    lines = {"Q1 [SQ001]": {"label": "Product"}, "Q2": {"text": "Overall satisfaction"}}
    assert imported(found, tmp_path / "case", questions=lines)
    assert not imported(found, tmp_path / "case", mode="none")
    factors = (tmp_path / "case" / "factors.csv").read_text("utf-8")
    assert "product,Product,Product,1" in factors and "sq002,SQ002,SQ002,2" in factors


def test_a_code_far_beyond_means_no_answer() -> None:
    found = numbered(["How satisfied are you with X?", "Overall satisfaction"])
    found.con.execute("update cells set c2 = '9' where row_number = 10")
    plan, decisions = planned(found)
    assert plan.questions[0].cells["9"] is None
    assert ("questions", "How satisfied are you with X?", "missing") in [
        point.path for point, _ in decisions.taken
    ]


# columns


def test_columns_are_sorted() -> None:
    tens = [f"text number {i}" for i in range(10)]
    extra = [
        ("Your e-mail", [f"p{i}@example.com" for i in range(10)]),
        ("Contact", [f"p{i}@example.org" for i in range(10)]),
        ("Which channels?", ["Web;App", "Web", "App", "Store", "Web;Store", *["App;Web"] * 5]),
        ("Any comment?", tens),
        ("Region", ["North", "South"] * 5),
        ("Region code", ["1", "2"] * 5),
        ("Nothing", [""] * 10),
        ("Form", ["v1"] * 10),
        ("How often do you visit?", ["Never", "Rarely", "Sometimes", "Often", "Always"] * 2),
    ]  # fmt: skip
    plan, _ = planned(survey(["Overall satisfaction"], extra=extra))
    sorts = {one.key: one.sort for one in plan.profiles}
    assert [sorts[str(header)] for header, _ in extra] == [
        "personal", "personal", "choices", "text", "attribute", "number", "empty", "constant",
        "attribute",
    ]  # fmt: skip


def test_importance_and_performance_share_a_factor() -> None:
    found = survey(
        [("How satisfied are you?", "Price"), ("How satisfied are you?", "Speed")],
        extra=[
            (
                column(f"How important is it? [{row}]", question="How important is it?", label=row),
                [*IMPORTANCE, *IMPORTANCE],
            )
            for row in ("Price", "Speed")
        ],
    )
    plan, _ = planned(found)
    assert roles_of(plan) == ["performance"] * 2 + ["recommend"] + ["importance"] * 2
    assert [one.factor for one in plan.questions] == ["price", "speed", "", "price", "speed"]


def test_option_numbers_without_words_are_refused() -> None:
    found = numbered(["您对产品满意吗", "总体满意度"], platform="wenjuanxing", nps="您会推荐吗")
    with pytest.raises(SatisfactionError, match="选项序号.*选项文本"):
        planned(found)


def test_a_segment_that_names_persons_is_refused() -> None:
    extra = [("Email", [f"p{i}@example.com" for i in range(10)])]
    found = survey(["Overall satisfaction"], extra=extra)
    with pytest.raises(SatisfactionError, match="names persons"):
        planned(found, attributes={"Email": "email"})


def test_attributes_become_segments_when_asked_for(tmp_path: Path) -> None:
    found = survey(["Overall satisfaction"], extra=[("Region", ["North", "South"] * 5)])
    assert imported(found, tmp_path / "case", attributes={"Region": "region_of"})
    case = tmp_path / "case"
    assert (
        (case / "customers.csv").read_text("utf-8").startswith("customer_id,region_of\nR1,North\n")
    )
    assert yaml.safe_load((case / "vars.yml").read_text("utf-8"))["segment_by"] == ["x_region_of"]
    # region is a column of the contract
    assert imported(found, tmp_path / "other", attributes={"Region": "region"})
    dbt_vars = yaml.safe_load((tmp_path / "other" / "vars.yml").read_text("utf-8"))
    assert dbt_vars["segment_by"] == ["region"] and "extra_columns" not in dbt_vars


# the case


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    case = tmp_path / "case"
    make = lambda: survey([("Rate", "Price"), ("Rate", "Speed"), "Overall satisfaction"])  # noqa: E731
    assert imported(make(), case)
    before = contents(case)
    assert not imported(make(), case, mode="none")
    assert contents(case) == before
    assert sorted(before) == [
        "ahp_hierarchy.csv", "factors.csv", "import.yml", "questions.csv", "survey_wide.csv",
        "vars.yml",
    ]  # fmt: skip


def test_no_cell_that_names_a_person_is_written(tmp_path: Path) -> None:
    extra = [
        ("Email Address", [f"zylla{i}@example.com" for i in range(10)]),
        ("Phone", [f"+49 199 000 00{i}" for i in range(10)]),
        ("What else?", [f"call Zylla{i} please" for i in range(10)]),
    ]
    case = tmp_path / "case"
    assert imported(survey(["Overall satisfaction"], extra=extra), case, customer="Email Address")
    for text in contents(case).values():
        assert b"zylla" not in text.lower() and b"199 000" not in text
    ids = {row["customer_id"] for row in wide(case)}
    assert len(ids) == 10 and all(len(one) == 20 for one in ids)
    assert (case / "customer.key").stat().st_mode & 0o777 == 0o600
    assert (case / ".gitignore").read_text("utf-8") == "customer.key\n"


def test_a_wave_is_added_without_a_question(tmp_path: Path) -> None:
    case = tmp_path / "case"
    items = ["How satisfied are you with the price?", "Overall satisfaction"]
    assert imported(numbered(items), case)
    assert imported(numbered(items, month="2025-06", first_id=11), case, mode="none")
    rows = wide(case)
    assert [row["survey_id"] for row in rows] == ["2025-03"] * 10 + ["2025-06"] * 10
    assert list(import_file.read(case)["waves"]) == ["2025-03", "2025-06"]


def test_a_longer_file_adds_and_changes_rows(tmp_path: Path) -> None:
    case = tmp_path / "case"
    assert imported(survey(["Overall satisfaction"]), case)
    longer = survey(["Overall satisfaction"], levels=[1, *LEVELS[1:], 3, 3])
    said: list[str] = []
    before = import_file.read(case)
    decisions = Decisions(given=before, mode="none")
    assert import_survey(longer, Task(case, decisions, before, said.append))
    assert "2025-03: 2 rows added, 1 changed (R1), 9 as they were." in said
    assert len(wide(case)) == 12
    held = contents(case)
    assert not imported(survey(["Overall satisfaction"]), case, mode="none")  # the older file
    assert contents(case) == held


def test_other_columns_stop_with_both_names(tmp_path: Path) -> None:
    case = tmp_path / "case"
    assert imported(survey([("各项", "物流"), ("各项", "价格"), "总体满意度"], CHINESE), case)
    held = contents(case)
    other = lambda: survey(  # noqa: E731
        [("各项", "物流配送"), ("各项", "价格"), "总体满意度"],
        CHINESE,
        month="2025-06",
        first_id=11,
    )
    with pytest.raises(StopError, match=r'renamed:\n  "各项 \[物流配送\]": "各项 \[物流\]"'):
        imported(other(), case)
    assert contents(case) == held
    assert imported(other(), case, renamed={"各项 [物流配送]": "各项 [物流]"})
    assert len(wide(case)) == 20


def test_other_words_stop(tmp_path: Path) -> None:
    case = tmp_path / "case"
    assert imported(survey(["Overall satisfaction"]), case)
    words = ["Very dissatisfied", "Dissatisfied", "So-so", "Satisfied", "Very satisfied"]
    other = lambda: survey(["Overall satisfaction"], words, month="2025-06", first_id=11)  # noqa: E731
    with pytest.raises(SatisfactionError, match="So-so"):
        imported(other(), case)
    assert imported(other(), case, same_words={"So-so": "Neutral"})
    assert len(wide(case)) == 20


def test_a_case_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    from satisfaction.imports import writing

    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(SatisfactionError, match="not made by the importer"):
        writing.check_folder(tmp_path)


def test_a_table_that_was_edited_stays(tmp_path: Path) -> None:
    case = tmp_path / "case"
    assert imported(survey(["Overall satisfaction", ("Rate", "Price")]), case)
    path = case / "questions.csv"
    path.write_text(path.read_text("utf-8").replace("Overall", "All in all,"), "utf-8")
    assert imported(survey(["Overall satisfaction", ("Rate", "Price")], month="2025-06"), case)
    assert "All in all," in path.read_text("utf-8")


def test_joined_factors_are_one(tmp_path: Path) -> None:
    case = tmp_path / "case"
    items = [("Rate", "Price"), ("Rate", "Fees")]
    lines = {f"Rate [{row}]": {"factor": "money"} for row in ("Price", "Fees")}
    assert imported(survey(items), case, questions=lines)
    assert (case / "factors.csv").read_text("utf-8") == (
        "factor_id,label_zh,label_en,sort_order\nmoney,money,money,1\n"
    )


@pytest.mark.parametrize(("is_strict", "mode"), [(True, "defaults"), (False, "none")])
def test_doubts_stop_all_at_once(tmp_path: Path, is_strict: bool, mode: Any) -> None:
    found = numbered(["How satisfied are you with X?"], nps="")
    decisions = Decisions(mode=mode, is_strict=is_strict)
    with pytest.raises(StopError, match="best: high"):
        import_survey(found, Task(tmp_path / "case", decisions, {}, lambda _: None))
    assert not (tmp_path / "case").exists()


def test_rows_that_do_not_count_are_named(tmp_path: Path) -> None:
    found = survey(["Overall satisfaction"])
    found.con.execute("insert into dropped values (1, 'preview'), (2, 'partial')")
    found.con.execute("update cells set c2 = null, c3 = null where row_number = 3")
    said: list[str] = []
    import_survey(found, Task(tmp_path / "case", Decisions(), {}, said.append))
    assert (
        "export.csv: 10 rows: 7 kept, 1 partial (R2), 1 preview (R1), 1 without an answer (R3)"
        in said
    )
    assert imported(found, tmp_path / "kept", partial="keep")
    assert len(wide(tmp_path / "kept")) == 8


def test_ids_are_made_where_there_are_none(tmp_path: Path) -> None:
    found = export(
        [column("Time", "answered_at"), column("Overall satisfaction")],
        [["2025-03-03 09:00", word] for word in [*ENGLISH, "Satisfied"]],
    )
    assert imported(found, tmp_path / "case")
    ids = [row["response_id"] for row in wide(tmp_path / "case")]
    assert len(set(ids)) == 6 and sum(one.endswith("-2") for one in ids) == 1


def test_days_and_months(tmp_path: Path) -> None:
    for first, right in (("31/03/2025", "2025-03-31"), ("03/31/2025", "2025-03-31")):
        found = export(
            [
                column("ID", "response_id"),
                column("T", "answered_at"),
                column("Overall satisfaction"),
            ],
            [[str(i), first if i else "01/02/2025", word] for i, word in enumerate(ENGLISH)],
        )
        assert imported(found, tmp_path / right / first[:2])
        assert wide(tmp_path / right / first[:2])[-1]["answered_at"] == right
    found = export(
        [column("ID", "response_id"), column("T", "answered_at"), column("Overall satisfaction")],
        [[str(i), ("31/03/2025", "03/31/2025")[i % 2], word] for i, word in enumerate(ENGLISH)],
    )
    with pytest.raises(SatisfactionError, match="some the month"):
        imported(found, tmp_path / "both")


def test_damaged_ids_are_refused(tmp_path: Path) -> None:
    found = survey(["Overall satisfaction"])
    found.con.execute("update cells set c0 = '1.18E+11' where row_number = 1")
    with pytest.raises(SatisfactionError, match="1.18E"):
        imported(found, tmp_path / "case")


# orders and tickets


ORDER_HEADERS = ["Name", "Email", "Financial Status", "Currency", "Total", "Created at",
                 "Lineitem quantity", "Refunded Amount"]  # fmt: skip


def orders(*rows: Sequence[str]) -> Export:
    kinds = {"Email": "personal"}
    columns = [column(header, kinds.get(header)) for header in ORDER_HEADERS]
    return export(columns, rows, platform="shopify_orders", area="orders")


def order_import(found: Export, folder: Path) -> bool:
    before = import_file.read(folder)
    return import_orders(found, Task(folder, Decisions(given=before), before, lambda _: None))


def test_an_order_is_one_purchase_and_its_refund_a_row(tmp_path: Path) -> None:
    case = tmp_path / "case"
    time = "2025-03-04 10:01:00 +0100"
    rows = [
        ["#1", "a@b.org", "paid", "EUR", "100.00", time, "1", "0.00"],
        ["#1", "a@b.org", "", "", "", time, "2", ""],
        ["#2", "c@b.org", "partially_refunded", "EUR", "60.00", time, "1", "20.00"],
        ["#3", "c@b.org", "voided", "EUR", "45.00", time, "1", "0.00"],
    ]
    assert order_import(orders(*rows), case)
    with (case / "transactions.csv").open(encoding="utf-8", newline="") as file:
        found = [
            (r["transaction_id"], r["line_id"], float(r["amount"])) for r in csv.DictReader(file)
        ]
    assert found == [("#1", "order", 100), ("#2", "order", 60), ("#2", "refund", -20)]
    assert not order_import(orders(*rows), case)
    assert b"b.org" not in b"".join(contents(case).values())


def test_a_status_means_what_the_case_says_first(tmp_path: Path) -> None:
    """A word of the shop alone stops; so does a table of codes that says something else."""
    case = tmp_path / "case"
    rows = [[f"#{i}", "a@b.org", status, "EUR", "1", "2025-03-04", "1", ""]
            for i, status in enumerate(["Ready at desk", "processing", "paid"])]  # fmt: skip
    with pytest.raises(SatisfactionError, match=r"status: nobody knows .*'Ready at desk'\. Give"):
        order_import(orders(*rows), case)
    case.mkdir()
    codes = case / "status_codes.csv"
    codes.write_text("code,status\nready at desk,bought\n", "utf-8")
    with pytest.raises(SatisfactionError, match="has the status 'bought'"):
        order_import(orders(*rows), case)
    codes.write_text("code,status\nREADY at desk,completed\nprocessing,cancelled\n", "utf-8-sig")
    writing.check_folder(case)
    assert order_import(orders(*rows), case)
    text = (case / "transactions.csv").read_text("utf-8")
    assert "#0" in text and "#2" in text and "#1" not in text
    assert codes.is_file()


def test_a_damaged_line_is_no_order(tmp_path: Path) -> None:
    rows = [[f"#{i}", "a@b.org", "paid", "EUR", "1", "2025-03-04", "1", ""] for i in (1, 2)]
    found = orders(*rows)
    found.con.execute("insert into dropped values (2, 'longer_than_header')")
    assert order_import(found, tmp_path / "case")
    text = (tmp_path / "case" / "transactions.csv").read_text("utf-8")
    assert "#1" in text and "#2" not in text


def test_two_currencies_are_refused(tmp_path: Path) -> None:
    rows = [
        ["#1", "a@b.org", "paid", "EUR", "1", "2025-03-04", "1", ""],
        ["#2", "a@b.org", "paid", "USD", "1", "2025-03-04", "1", ""],
    ]
    with pytest.raises(SatisfactionError, match="EUR.*USD"):
        order_import(orders(*rows), tmp_path / "case")
    for row, currency in zip(rows, ("cny", "￥"), strict=True):
        row[3] = currency
    assert order_import(orders(*rows), tmp_path / "case")


def test_tickets_without_a_score_are_complaints(tmp_path: Path) -> None:
    headers = ["Case Number", "Account ID", "Date/Time Opened", "Date/Time Closed", "Priority"]
    rows = [["00001001", "A1", "3/31/2025 10:05 AM", "4/2/2025 9:00 AM", "High"]]
    found = export([column(one) for one in headers], rows, platform="salesforce", area="tickets")
    assert import_tickets(found, Task(tmp_path / "case", Decisions(), {}, lambda _: None))
    with (tmp_path / "case" / "complaints.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["complaint_id"] == "00001001" and row["severity"] == "high"
    assert row["opened_at"] == "2025-03-31 10:05 AM" and row["resolved_at"] == "2025-04-02 09:00 AM"


def test_compensations_of_complaints(tmp_path: Path) -> None:
    """Columns that few help desks have are read by name, and stay when a later file lacks them."""
    headers = ["Case Number", "Account ID", "Date/Time Opened", "Compensation", "补偿金额"]
    headers += ["Compensation Date", "Decided By"]
    opened = "3/31/2025 10:05 AM"
    cells = [
        ["1", "A1", opened, "Store credit", "1,050.50", "4/2/2025", "Supervisor"],
        ["2", "A1", opened, "None", "", "", ""],
        ["3", "A2", opened, "a cake", "five", "4/2/2025", "J. Doe"],
    ]
    said: list[str] = []
    case = tmp_path / "case"

    def bring(names: list[str], given: list[list[str]]) -> dict[str, dict[str, str]]:
        found = export([column(one) for one in names], given, platform="salesforce", area="tickets")
        assert import_tickets(found, Task(case, Decisions(), {}, said.append))
        with (case / "complaints.csv").open(encoding="utf-8", newline="") as file:
            return {row["complaint_id"]: row for row in csv.DictReader(file)}

    rows = bring(headers, cells)
    names = ("compensation_kind", "compensation_amount", "compensated_on", "decided_by")
    assert [[rows[k][name] for name in names] for k in "123"] == [
        ["voucher", "1050.5", "2025-04-02", "manager"],
        ["none", "", "", ""],
        # what is no amount stays, and the build refuses the row with its reason
        ["", "five", "2025-04-02", ""],
    ]
    blanks = [line for line in said if "not known" in line]
    assert len(blanks) == 2 and all("in 1 rows" in line for line in blanks)
    assert not any("Doe" in line for line in said)
    rows = bring(headers[:3], [["4", "A1", opened]])
    assert rows["1"]["compensation_kind"] == "voucher" and rows["4"]["compensation_kind"] == ""


# the terminal


def typed(program: str, answers: Sequence[tuple[str, str]], seconds: float = 120) -> str:
    """Run Python code at a pseudo-terminal; type an answer when its question stands there."""
    ours, theirs = pty.openpty()
    env = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "PYTHONUTF8": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=theirs, stdout=theirs, stderr=theirs, env=env, close_fds=True, cwd=ROOT,
    )  # fmt: skip
    os.close(theirs)
    said, waiting, seen, end = "", list(answers), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                chunk = os.read(ours, 65536)
            except OSError:
                break
            if not chunk:
                break
            said += chunk.decode("utf-8", "replace")
        if waiting and waiting[0][0] in said[seen:]:
            seen = len(said)
            os.write(ours, waiting.pop(0)[1].encode() + b"\n")
    process.wait(10)
    os.close(ours)
    assert not waiting, said
    return said


def test_a_terminal_answers_the_questions(tmp_path: Path) -> None:
    case = tmp_path / "case"
    said = typed(
        f"""
        from pathlib import Path
        from satisfaction.imports.asking import Decisions, is_terminal
        from satisfaction.imports.survey import import_survey
        from satisfaction.imports.task import Task
        from tests.python.imports.test_imports_understanding import numbered, survey
        assert is_terminal()
        found = survey(["How was the food?", "How was the service?", "Overall, how was it?"],
                       ["Awful", "Meh", "Okay-ish", "Pretty nice", "Stellar"],
                       extra=[("How satisfied are you with us?", list("1122223345"))])
        import_survey(found, Task(Path({str(case)!r}), Decisions(mode="ask"), {{}}, print))
        """,
        [("From the worst to the best", "1 2 3 4"), ("once.", "1 2 3 4 5"),
         ("which end of 1 to 5", "7"), ("Give a number", "2")],
    )  # fmt: skip
    assert "Traceback" not in said, said
    questions = import_file.read(case)["questions"]
    assert questions["How satisfied are you with us?"]["is_reversed"] is True


def test_no_more_answers_write_nothing(tmp_path: Path) -> None:
    def nothing(prompt: str) -> str:
        raise EOFError

    read: Callable[[str], str] = nothing
    decisions = Decisions(mode="ask", say=lambda _: None, read=read)
    with pytest.raises(StopError, match="nothing was written"):
        import_survey(
            numbered(["Overall satisfaction"]),
            Task(tmp_path / "case", decisions, {}, lambda _: None),
        )
    assert not (tmp_path / "case").exists()
