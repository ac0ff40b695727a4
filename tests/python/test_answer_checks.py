"""Words that are not understood, and words of another scale: what stops, and what it says."""

from __future__ import annotations

import pandas as pd
import pytest

from satisfaction.answer_checks import answer_problems
from satisfaction.method_checks import normalise_answer
from tests.shared import ROOT

ENGLISH5 = [
    "Very dissatisfied",
    "Somewhat dissatisfied",
    "Neither satisfied nor dissatisfied",
    "Somewhat satisfied",
    "Very satisfied",
]
SCALES = {
    "asked5": ["很不满意", "不满意", "基本满意", "满意", "非常满意"],
    "middle5": ["很不满意", "不满意", "一般", "满意", "很满意"],
    "long7": ["很不满意", "不满意", "不太满意", "一般", "较满意", "满意", "很满意"],
    "english5": ENGLISH5,
    "merged5": ["not", "slightly", "moderately", "important", "very"],
    "parted5": ["not", "slightly", "moderately", "very", "extremely"],
}


def scale_answers() -> pd.DataFrame:
    """All scales, each with its numbers; 'extremely' is a second word of merged5's best level."""
    rows = [
        (scale, answer, level)
        for scale, words in SCALES.items()
        for level, word in enumerate(words, 1)
        for answer in (word, str(level))
    ]
    return pd.DataFrame(
        [*rows, ("merged5", "extremely", 5), *(("nps", str(n), n + 1) for n in range(11))],
        columns=["scale_id", "answer", "level"],
    )


def problems(
    scale: str, answers: dict[str, int], limit: float = 0.02, question: str = "q", people: int = 99
) -> pd.DataFrame:
    """Answer one question on a scale, each word by as many people as given."""
    known = scale_answers()
    level = dict(known[known["scale_id"] == scale][["answer", "level"]].to_numpy().tolist())
    level = {word.lower(): number for word, number in level.items()}
    words = pd.DataFrame(
        [
            ("w1", question, word.lower(), level.get(word.lower()), n, min(n, people))
            for word, n in answers.items()
        ],
        columns=["survey_id", "question_id", "spelling", "level", "n_answers", "n_people"],
    )
    questions = pd.DataFrame({"question_id": [question], "scale_id": [scale]})
    return answer_problems(words, questions, known, max_unknown_answers=limit)


def test_the_scale_that_fits_is_named():
    found = problems("asked5", {"一般": 13, "满意": 9, "很满意": 4, "不满意": 3, "很不满意": 1})
    (row,) = found.itertuples()
    assert row.table_name == "questions" and "q in w1" in row.key
    assert row.problem.startswith("17 of 30 answers are not understood: 一般 (13), 很满意 (4).")
    assert "asked5 knows: 很不满意, 不满意, 基本满意, 满意, 非常满意." in row.problem
    assert "set scale_id of q to middle5" in row.fix


def test_two_words_of_one_set_on_one_level_stop_though_each_is_known():
    answers = {"extremely": 2, "very": 4, "moderately": 2, "slightly": 1, "not": 1}
    (row,) = problems("merged5", answers).itertuples()
    assert "extremely, very" in row.problem and "to parted5" in row.fix
    assert problems("parted5", answers).empty


@pytest.mark.parametrize("stray", ["importantish", "基本满意"])
def test_a_stray_word_hides_no_scale_that_fits_the_others(stray: str) -> None:
    """A slip that no scale has, and a word of another scale that one person gave."""
    merged = {"extremely": 20, "very": 40, "moderately": 20, "slightly": 10, "not": 10}
    (row,) = problems("merged5", merged | {stray: 1}).itertuples()
    assert "extremely, very" in row.problem
    assert row.table_name == "questions" and "to parted5" in row.fix
    assert problems("parted5", merged | {stray: 1}).empty
    lacking = {"很不满意": 10, "不满意": 20, "一般": 40, "满意": 20, "很满意": 10}
    (row,) = problems(
        "long7" if stray == "基本满意" else "asked5", lacking | {stray: 1}
    ).itertuples()
    assert "to middle5" in row.fix


def test_a_middle_that_elsewhere_means_no_answer_names_its_scale():
    """不确定 is the middle of agreement, and on scales that lack it a word for no answer."""
    agree = ["非常不同意", "不同意", "不确定", "同意", "非常同意"]
    neutral = [*agree[:2], "中立", *agree[3:]]
    sets = {"unsure5": agree, "neutral5": neutral}
    known = pd.DataFrame(
        [
            (name, word, level)
            for name, words in sets.items()
            for level, word in enumerate(words, 1)
        ],
        columns=["scale_id", "answer", "level"],
    )
    questions = pd.DataFrame({"question_id": ["q"], "scale_id": ["neutral5"]})

    def found(n: int) -> pd.DataFrame:
        levels = [(word, 0 if word == "不确定" else level) for level, word in enumerate(agree, 1)]
        rows = [("w1", "q", word, level, n if level == 0 else 10, None) for word, level in levels]
        names = ["survey_id", "question_id", "spelling", "level", "n_answers", "n_people"]
        return pd.DataFrame(rows, columns=names)

    (row,) = answer_problems(found(12), questions, known, max_unknown_answers=0.02).itertuples()
    assert (
        row.problem == "On the scale neutral5 these words of one set mean no answer: 不确定 (12)."
    )
    assert "to unsure5" in row.fix
    assert answer_problems(found(2), questions, known, max_unknown_answers=0.02).empty


def test_levels_that_nobody_of_many_chose_speak_for_the_shorter_scale():
    answers = {"很不满意": 6, "不满意": 6, "一般": 6, "满意": 6, "很满意": 6}
    (row,) = problems("long7", answers).itertuples()
    assert "to middle5" in row.fix
    assert problems("long7", dict.fromkeys(answers, 5)).empty, "25 answers may leave levels out"
    assert problems("long7", answers | {"较满意": 1}).empty


@pytest.mark.parametrize(
    ("answers", "stops"),
    [
        ({"满意": 97, "so so": 3}, True),
        ({"满意": 98, "so so": 2}, False),  # two are too few
        ({"满意": 1000, "so so": 20}, False),  # 1.96 %
        ({"满意": 900, "so so": 20}, True),
        ({"5": 90, "9": 10}, True),
    ],
)
def test_what_passes_the_limit_stops(answers: dict[str, int], stops: bool) -> None:
    assert problems("asked5", answers).empty is not stops


def test_three_answers_of_two_people_stop_nothing():
    assert problems("asked5", {"满意": 20, "so so": 3}, people=2).empty


def test_rows_to_paste_have_the_level_of_scales_as_long():
    (row,) = problems("asked5", {"满意": 20, "一般": 4, "okay, fine": 3, 'so "so"': 3}).itertuples()
    assert row.table_name == "scale_answers"
    assert row.fix.endswith(
        'scale_id,answer,level\nasked5,一般,3\nasked5,"okay, fine",?\nasked5,"so ""so""",?'
    )


def test_marks_from_1_to_11_are_asked_for_their_first_level():
    answers = {"11": 9, "10": 9, "9": 9, "6": 9}
    (row,) = problems("nps", answers).itertuples()
    assert row.fix == "If it was asked from 1 to 11, set its first_level to 1 in questions."
    (row,) = problems("nps", answers | {"0": 2}).itertuples()
    assert "first_level" not in row.fix


def test_all_are_let_through_where_the_limit_is_one():
    assert problems("asked5", {"so so": 30}, limit=1).empty


def test_all_questions_of_a_scale_are_named_where_their_words_are_of_another():
    """One question has too few unknown answers to stop by itself; left out, it would stay wrong."""
    known = scale_answers()
    words = [("a", "一般", None, 4), ("a", "满意", 4, 9), ("a", "很不满意", 1, 2)]
    words += [("b", "一般", None, 1), ("b", "满意", 4, 14), ("c", "5", 5, 12)]
    found = pd.DataFrame(
        [("w1", question, word, level, n, n) for question, word, level, n in words],
        columns=["survey_id", "question_id", "spelling", "level", "n_answers", "n_people"],
    )
    questions = pd.DataFrame({"question_id": ["a", "b", "c"], "scale_id": "asked5"})
    rows = answer_problems(found, questions, known, max_unknown_answers=0.02)
    assert [row.key for row in rows.itertuples()] == [f"question {q} in w1" for q in "abc"]
    assert rows.fix.str.contains("to middle5").all()
    assert rows.problem[2] == "Other questions on the scale asked5 have words of another one."


def test_mixed_languages_of_one_scale_are_no_doubt():
    known = pd.concat(
        [
            scale_answers(),
            pd.DataFrame(
                [("asked5", word, level) for level, word in enumerate(ENGLISH5, 1)],
                columns=["scale_id", "answer", "level"],
            ),
        ]
    )
    words = [(word, level) for level, word in enumerate(SCALES["asked5"], 1)]
    words += [(word.lower(), level) for level, word in enumerate(ENGLISH5, 1)]
    found = pd.DataFrame(
        [("w1", "q", word, level, 10, None) for word, level in words],
        columns=["survey_id", "question_id", "spelling", "level", "n_answers", "n_people"],
    )
    questions = pd.DataFrame({"question_id": ["q"], "scale_id": ["asked5"]})
    assert answer_problems(found, questions, known, max_unknown_answers=0.02).empty


@pytest.mark.parametrize(
    ("asked", "words", "fits"),
    [
        ("satisfaction5", "Dissatisfied/Satisfied/Very satisfied", "satisfaction4"),
        (
            "importance5",
            "Not at all important/Slightly important/Moderately important/Very important",
            "importance5_unipolar",
        ),
        # one end that nobody chose makes no shorter scale
        ("satisfaction5", "不满意/一般/满意/非常满意", "satisfaction5_neutral"),
    ],
)
def test_shipped_scales_that_lack_no_level_in_between(asked: str, words: str, fits: str) -> None:
    table = ROOT / "seeds" / "method" / "survey" / "seed_scale_answers.csv"
    shipped = pd.read_csv(table, dtype="str", keep_default_na=False)
    shipped["level"] = pd.to_numeric(shipped["level"])
    level = {
        normalise_answer(answer): number
        for scale, answer, number in shipped.itertuples(index=False)
        if scale == asked
    }
    given = [normalise_answer(word) for word in words.split("/")]
    rows = [("w", "q", word, level.get(word), 20, 20) for word in given]
    found = pd.DataFrame(
        rows, columns=["survey_id", "question_id", "spelling", "level", "n_answers", "n_people"]
    )
    questions = pd.DataFrame({"question_id": ["q"], "scale_id": [asked]})
    told = answer_problems(found, questions, shipped, max_unknown_answers=0.02)
    assert f"set scale_id of q to {fits} in questions" in told["fix"].item()


@pytest.mark.parametrize(("number", "scale"), [("4", "middle5"), ("10", None)])
def test_words_of_labels_that_are_read_by_their_number_name_their_scale(
    number: str, scale: str | None
) -> None:
    """A “3 - 一般” has the level 3 of any scale, but only one of the set is neutral there."""
    words = {"很不满意": 1, "一般": 3, number: int(number), "很满意": 5}
    found = pd.DataFrame(
        [("w1", "q", word, level, 9, None) for word, level in words.items()],
        columns=["survey_id", "question_id", "spelling", "level", "n_answers", "n_people"],
    )
    questions = pd.DataFrame({"question_id": ["q"], "scale_id": ["asked5"]})
    told = answer_problems(found, questions, scale_answers(), max_unknown_answers=0.02)
    assert len(told) == (scale is not None)
    if scale:
        assert told["problem"][0].endswith("the words of these labels: 一般 (9), 很满意 (9).")
        assert f"set scale_id of q to {scale}" in told["fix"][0]
