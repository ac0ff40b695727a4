"""Exports of platforms and languages that no reader was written for: understood, nothing asked.

Headers and words are as these platforms write them, the answers are made here.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from satisfaction.imports.asking import Decisions
from satisfaction.imports.plan import is_worded, plan_survey
from satisfaction.imports.reading import read_export
from satisfaction.imports.scales import level_of

#: respondents, from the least to the most satisfied
N = 44
Answers = list[str] | tuple[int, int]
Asked = tuple[str, str, Answers]


@dataclass
class Case:
    """An export: its own columns with a cell, and its questions with role and answers.

    Answers are words from the worst to the best, or the numbers of the worst and the best.
    """

    own: dict[str, str]
    asked: list[Asked]
    below: list[str] = field(default_factory=list)


def rows_of(matrix: str, rows: Sequence[str], role: str, answers: Answers) -> list[Asked]:
    return [(matrix.format(row), role, answers) for row in rows]


UNSATISFIED_4 = ["Not Satisfied", "Somewhat Satisfied", "Satisfied", "Very Satisfied"]
QUALITY = ["Poor", "Fair", "Good", "Very Good", "Excellent"]
ENDS = ["Terrible", "Poor", "Average", "Good", "Excellent"]
SATISFIED = [
    "Very dissatisfied", "Somewhat dissatisfied", "Neither satisfied nor dissatisfied",
    "Somewhat satisfied", "Very satisfied",
]  # fmt: skip
AGREE = ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"]
CHINESE = ["非常不满意", "不满意", "一般", "满意", "非常满意"]
GERMAN = ["sehr unzufrieden", "eher unzufrieden", "teils/teils", "eher zufrieden", "sehr zufrieden"]
FRENCH = [
    "Très insatisfait", "Plutôt insatisfait", "Ni satisfait ni insatisfait", "Plutôt satisfait",
    "Très satisfait",
]  # fmt: skip
SPANISH = ["Muy insatisfecho", "Insatisfecho", "Neutral", "Satisfecho", "Muy satisfecho"]
SPANISH_5 = ["Nada satisfecho", "Poco satisfecho", "Algo satisfecho", "Muy satisfecho",
             "Sumamente satisfecho"]  # fmt: skip
PORTUGUESE = ["Muito insatisfeito", "Insatisfeito", "Neutro", "Satisfeito", "Muito satisfeito"]
JAPANESE = ["非常に不満", "やや不満", "どちらともいえない", "やや満足", "非常に満足"]
TIME = "2026-03-04 10:05:00"

CASES = {
    "jotform": Case(
        {"Submission Date": TIME, "First Name": "Zylla", "E-mail": "{i}@example.com",
         "Submission ID": "55123456789012{i}"},
        [
            *rows_of("Please rate our service >> {}", ["Quality", "Overall Hygiene", "Kindness"],
                     "performance", UNSATISFIED_4),
            ("How would you rate our support? (1 = Poor, 5 = Excellent)", "performance", (1, 5)),
            ("How likely is it that you would recommend us to a friend?", "recommend", (0, 10)),
        ],
    ),
    "formstack": Case(
        {"Time": TIME, "Unique ID": "{i}", "IP Address": "203.0.113.{i}"},
        [
            *rows_of("Rate the following: {}", ["Food", "Value for money"], "performance", QUALITY),
            ("Overall, how would you rate your visit?", "overall", QUALITY),
            ("Will you come back to us?", "repurchase",
             ["Definitely not", "Probably not", "Maybe", "Probably", "Definitely"]),
        ],
    ),
    "alchemer": Case(
        {"Response ID": "{i}", "Date Submitted": TIME, "Status": "Complete", "City": "Boston",
         "Latitude": "42.{i}", "User Agent": "Mozilla/5.0 {i}"},
        [
            *rows_of("{}:How satisfied are you with each of the following?", ["Price", "Checkout"],
                     "performance", SATISFIED),
            ("All in all, how satisfied are you with Acme?", "overall", SATISFIED),
            ("How easy was it to find what you were looking for?", "effort",
             ["Very difficult", "Difficult", "Neutral", "Easy", "Very easy"]),
        ],
    ),
    "zoho": Case(
        {"Response ID": "#{i}", "End time": TIME, "Response Status": "Completed"},
        [
            *rows_of("To what extent do you agree? - {}", ["The staff were friendly", "It works"],
                     "performance", AGREE),
            ("I would buy from this company again", "repurchase", AGREE),
            ("I would recommend this company to others", "recommend", AGREE),
        ],
    ),
    "jinshuju": Case(
        {"序号": "{i}", "提交人": "张{i}", "提交时间": TIME, "浏览器": "WeChat"},
        [
            *rows_of("请对以下各项进行评价 - {}", ["产品质量", "物流速度"], "performance", CHINESE),
            ("您对我们的总体满意度如何？", "overall", CHINESE),
            ("您觉得办理业务方便吗？", "effort",
             ["非常不方便", "不方便", "一般", "方便", "非常方便"]),
            ("您还会再次购买吗？", "repurchase",
             ["肯定不会", "可能不会", "不确定", "可能会", "肯定会"]),
        ],
    ),
    "tencent_docs": Case(
        {"提交者（自动）": "张{i}", "提交时间（自动）": "2026年3月4日 10:05"},
        [
            ("1.您对门店环境的满意程度（必填）", "performance", CHINESE),
            ("2.总的来说，您对我们满意吗？（必填）", "overall", CHINESE),
        ],
    ),
    "hotel": Case(
        {"Booking reference": "{i}", "Check-out": "2026-03-04"},
        [
            *rows_of("{}", ["Cleanliness", "Location"], "performance", ENDS),
            ("Overall experience", "overall", ENDS),
            ("Would you stay with us again?", "repurchase", ["No", "Maybe", "Yes"]),
            ("How would you rate the speed of our reply?", "performance",
             ["Very slow", "Slow", "OK", "Fast", "Very fast"]),
        ],
    ),
    "restaurant_zh": Case(
        {"编号": "{i}", "提交时间": TIME},
        [
            *rows_of("请为{}打分（1分非常差，5分非常好）", ["菜品口味", "上菜速度"],
                     "performance", (1, 5)),
            ("综合评分（1-10分，10分最好）", "overall", (1, 10)),
            ("您认为点餐流程清晰吗？", "performance",
             ["非常不清晰", "不清晰", "一般", "清晰", "非常清晰"]),
            ("您愿意推荐亲友来我们这里吗？", "recommend",
             ["非常不愿意", "不愿意", "一般", "愿意", "非常愿意"]),
        ],
    ),
    "google_forms_pl": Case(
        {"Sygnatura czasowa": "2026/03/04 10:05:07 AM GMT+1"},
        rows_of("Jak bardzo jest Pan/Pani zadowolony/a z: [{}]", ["ceny", "dostawy"], "performance",
                ["Bardzo niezadowolony", "Niezadowolony", "Neutralny", "Zadowolony",
                 "Bardzo zadowolony"]),
    ),
    "typeform_de": Case(
        {"#": "{i}", "Response Type": "completed", "Submit Date (UTC)": TIME, "Network ID": "n{i}",
         "Tags": "", "Ending": "Default"},
        [
            ("Wie zufrieden bist du mit unserem Kundenservice?", "performance",
             ["Gar nicht zufrieden", "Wenig zufrieden", "Teilweise zufrieden",
              "Überwiegend zufrieden", "Voll und ganz zufrieden"]),
            ("Wie wahrscheinlich ist es, dass du uns weiterempfiehlst?", "recommend", (0, 10)),
        ],
    ),
    "bank": Case(
        {"Respondent": "{i}", "Interview date": TIME, "Would you rather call?": "Yes"},
        [
            *rows_of("How satisfied or dissatisfied are you with {}?", ["branch staff", "fees"],
                     "performance",
                     ["Completely dissatisfied", "Mostly dissatisfied", "Neither",
                      "Mostly satisfied", "Completely satisfied"]),
            ("I intend to keep using this bank", "repurchase",
             ["Strongly disagree", "Tend to disagree", "Neither agree nor disagree",
              "Tend to agree", "Strongly agree"]),
            ("Expectations before opening the account (1 = very low, 10 = very high)",
             "expectation", (1, 10)),
        ],
    ),
    "google_forms_da": Case(
        {"Tidsstempel": "2026-03-04 10.05.07"},
        rows_of("Hvor tilfreds er du med {}?", ["maden", "prisen"], "performance",
                ["Meget utilfreds", "Utilfreds", "Hverken eller", "Tilfreds", "Meget tilfreds"]),
    ),
    "google_forms_tw": Case(
        {"時間戳記": "2026/3/4 上午 10:05:07", "電子郵件地址": "{i}@example.com"},
        [
            *rows_of("請評價以下項目 [{}]", ["餐點口味", "服務態度"], "performance",
                     ["非常不滿意", "不滿意", "尚可", "滿意", "非常滿意"]),
            ("您是否願意再次光臨？", "repurchase",
             ["非常不願意", "不願意", "普通", "願意", "非常願意"]),
        ],
    ),
    "limesurvey_de": Case(
        {"Antwort ID": "{i}", "Datum Abgeschickt": TIME, "Letzte Seite": "4",
         "Start-Sprache": "de"},
        [
            *rows_of("Wie zufrieden sind Sie mit den folgenden Punkten? [{}]",
                     ["Beratung", "Lieferzeit"], "performance", GERMAN),
            ("Wie zufrieden sind Sie insgesamt mit uns?", "overall", GERMAN),
            ("Würden Sie wieder bei uns kaufen?", "repurchase",
             ["bestimmt nicht", "wahrscheinlich nicht", "vielleicht", "wahrscheinlich",
              "bestimmt"]),
            ("Wie wichtig ist Ihnen der Preis?", "importance",
             ["unwichtig", "eher unwichtig", "teils/teils", "eher wichtig", "sehr wichtig"]),
            ("Bewerten Sie das Essen (1 = sehr gut, 6 = ungenügend)", "performance", (6, 1)),
        ],
    ),
    "limesurvey_fr": Case(
        {"ID de la réponse": "{i}", "Date de soumission": TIME, "Dernière page": "4",
         "Langue de départ": "fr"},
        [
            *rows_of("Votre niveau de satisfaction concernant : [{}]", ["le prix", "l'accueil"],
                     "performance", FRENCH),
            ("Le conseiller a été à l'écoute", "performance",
             ["Pas du tout d'accord", "Plutôt pas d'accord", "Plutôt d'accord",
              "Tout à fait d'accord"]),
            ("Conseilleriez-vous notre entreprise à un ami, de 0 à 10 ?", "recommend", (0, 10)),
            ("Facilité de commande (1 = très difficile, 5 = très facile)", "performance", (1, 5)),
        ],
    ),
    "limesurvey_es": Case(
        {"ID de respuesta": "{i}", "Fecha de envío": TIME, "Última página": "4",
         "Idioma inicial": "es"},
        [
            *rows_of("¿Qué tan satisfecho está con los siguientes aspectos? [{}]",
                     ["Precio", "Entrega"], "performance", SPANISH),
            ("¿Qué tan fácil fue realizar su compra?", "effort",
             ["Muy difícil", "Difícil", "Ni fácil ni difícil", "Fácil", "Muy fácil"]),
        ],
    ),
    "surveymonkey_es": Case(
        {"Respondent ID": "11840000{i}", "Collector ID": "43", "Start Date": "03/13/2026 10:05 AM",
         "End Date": "03/13/2026 10:06 AM", "IP Address": "203.0.113.{i}"},
        [
            ("¿Qué tan satisfecho está con nuestra calidad?", "performance", SPANISH_5),
            ("En general, ¿cuán satisfecho está con nosotros?", "overall", SPANISH_5),
            ("¿Cuán probable es que recomiende esta empresa?", "recommend", (0, 10)),
        ],
        ["", "", "", "", "", "Response", "Response", "Response"],
    ),
    "surveymonkey_ja": Case(
        {"回答者ID": "11840000{i}", "コレクターID": "43", "開始日": "2026/03/04 10:05:00",
         "終了日": "2026/03/04 10:06:00", "IPアドレス": "203.0.113.{i}"},
        [
            ("品質にどの程度満足していますか？", "performance", JAPANESE),
            ("全体的に、当社にどの程度満足していますか？", "overall", JAPANESE),
            ("当社を友人や同僚に薦める可能性はどのくらいありますか？", "recommend", (0, 10)),
        ],
        ["", "", "", "", "", "回答", "回答", "回答"],
    ),
    "google_forms_pt": Case(
        {"Carimbo de data/hora": "2026/03/04 10:05:07 AM GMT-3"},
        [
            *rows_of("Qual é o seu grau de satisfação? [{}]", ["Atendimento", "Entrega"],
                     "performance", PORTUGUESE),
            ("O produto atendeu às minhas expectativas", "performance",
             ["Discordo totalmente", "Discordo", "Não concordo nem discordo", "Concordo",
              "Concordo totalmente"]),
            ("Você compraria novamente?", "repurchase",
             ["Com certeza não", "Provavelmente não", "Talvez", "Provavelmente sim",
              "Com certeza sim"]),
        ],
    ),
}  # fmt: skip


def write(path: Path, case: Case) -> None:
    """Write the export: who is more satisfied gives better answers, every answer is given."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([*case.own, *(header for header, _, _ in case.asked)])
        if case.below:
            table.writerow(case.below)
        for i in range(N):
            given = [
                answer(answers, (i + place) % N) for place, (_, _, answers) in enumerate(case.asked)
            ]
            table.writerow(
                [*(cell.replace("{i}", str(100 + i)) for cell in case.own.values()), *given]
            )


def answer(answers: Answers, i: int) -> str:
    """Return the answer of a respondent."""
    if isinstance(answers, tuple):
        worst, best = answers
        step = i * (abs(best - worst) + 1) // N
        return str(worst + step if best > worst else worst - step)
    return answers[i * len(answers) // N]


@pytest.mark.parametrize("name", CASES)
def test_it_is_understood_and_nothing_is_asked(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    path = tmp_path / "export.csv"
    write(path, case)
    decisions = Decisions(is_strict=True)
    plan = plan_survey(read_export(path), decisions)
    assert not decisions.open, decisions.open
    found = {one.profile.column.header: one for one in plan.questions}
    assert {header: one.role for header, one in found.items()} == {
        header: role for header, role, _ in case.asked
    }
    for header, _, answers in case.asked:
        one = found[header]
        scale = plan.scales[one.scale_id]
        if isinstance(answers, tuple):
            assert not is_worded(one)
            assert one.is_reversed == (answers[0] > answers[1]), header
            assert scale.length == abs(answers[1] - answers[0]) + 1, header
            continue
        words = {word.text: level_of(word, scale) for word in one.profile.words()}
        right = [words[text] or 0 for text in answers]
        assert 0 not in right and right == sorted(set(right)), (header, words)
