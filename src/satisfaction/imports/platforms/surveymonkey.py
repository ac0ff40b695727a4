"""SurveyMonkey: two header rows, the second holding rows, options and kinds of answers."""

from __future__ import annotations

import re
from dataclasses import replace

from satisfaction.imports.export import Column, Kind
from satisfaction.imports.headers import by_name, folded, squeezed
from satisfaction.imports.personal import names_person
from satisfaction.imports.platforms.description import (
    Description,
    Table,
    carried_on,
    column,
    is_time,
    known,
)

NAME = "surveymonkey"

_COLLECTOR = re.compile(
    r"collector|collecteur|recopilador|coletor|kollekt|sammler|raccogli|verzamel|收集器|コレクター|수집기"
    r"|insamlare|indsamler|innsamler|kerääjä|сборщик"
)
KINDS = by_name(
    {
        "response_id": [
            "Respondent ID", "Befragten-ID", "Teilnehmer-ID", "ID del encuestado", "ID de encuestado",
            "Identifiant du répondant", "ID du répondant", "ID do respondente", "ID respondente",
            "ID rispondente", "Respondent-ID", "受访者 ID", "答卷人 ID", "回答者 ID", "回覆者 ID", "응답자 ID",
        ],
        "channel": ["Collector ID", "Collector"],
        "started_at": [
            "Start Date", "StartDate", "Startdatum", "Fecha de inicio", "Date de début",
            "Data de início", "Data inizio", "Data di inizio", "Begindatum", "开始日期", "開始日期",
            "開始日", "開始日時", "시작 날짜", "시작일", "Startdato", "Дата начала",
        ],
        "answered_at": [
            "End Date", "EndDate", "Enddatum", "Fecha de finalización", "Fecha de fin",
            "Date de fin", "Data de término", "Data final", "Data fine", "Data di fine",
            "Einddatum", "结束日期", "結束日期", "終了日", "終了日時", "종료 날짜", "종료일", "Slutdatum",
            "Sluttdato", "Slutdato", "Дата окончания", "Data de conclusão",
        ],
        "personal": [
            "IP Address", "Email Address", "First Name", "Last Name", "IP-Adresse",
            "E-Mail-Adresse", "Vorname", "Nachname",
        ],
        "customer_id": [
            "Custom Data 1", "Custom Data", "Custom Value", "Benutzerdefinierte Daten 1",
            "Datos personalizados 1", "Données personnalisées 1", "Dados personalizados 1",
            "Dati personalizzati 1", "Aangepaste gegevens 1", "自定义数据 1", "自訂資料 1",
            "カスタムデータ 1", "사용자 지정 데이터 1", "Benutzerdaten 1", "Anpassade data 1",
        ],
    }
)  # fmt: skip
_RESPONSE = {
    squeezed(word)
    for word in (
        "Response", "Antwort", "Respuesta", "Réponse", "Risposta", "Resposta", "Antwoord",
        "Reactie", "Svar", "回复", "答复", "回答", "回應", "响应", "응답", "Ответ", "Vastaus",
    )
}  # fmt: skip
_OPEN = {
    squeezed(word)
    for word in (
        "Open-Ended Response", "Offene Antwort", "Antwort mit offenem Ende", "Respuesta abierta",
        "Réponse ouverte", "Réponse libre", "Risposta aperta", "Resposta aberta", "Open antwoord",
        "Resposta livre", "Öppet svar", "Åpent svar", "Åbent svar", "开放式答复", "开放式回答", "开放式回复",
        "開放式回應", "自由回答", "주관식 응답", "Открытый ответ", "Avoin vastaus",
    )
}  # fmt: skip
_OTHER = re.compile(
    r"^(other|sonstige|andere|otro|otra|autre|altro|outro|anders|overig|annat|annet|andet|muu|"
    r"其他|其它|その他|기타|другое).*[(（:]"
)


def recognise(table: Table) -> bool:
    """Tell a file of SurveyMonkey by respondent and collector in its first two cells."""
    first, second = (folded(cell) for cell in (*table.first, "", "")[:2])
    return squeezed(first) == "respondentid" or bool(
        _COLLECTOR.search(second) and ("id" in squeezed(first) or known(first, KINDS))
    )


def describe(table: Table) -> Description:
    """Say what rows and columns are."""
    below = table.row(1)
    has_second = not any(below[:2])
    texts = carried_on(table.first, [bool(cell) for cell in below]) if has_second else table.first
    columns: list[Column] = []
    questions = False
    for i, text in enumerate(texts):
        sub = below[i] if has_second else ""
        kind = None if questions else known(text, KINDS)
        if not questions and kind is None and not sub:
            kind = _by_place(table, i, columns, 2 if has_second else 1)
        questions = questions or bool(sub) or (kind is None and not names_person(text))
        single = squeezed(sub) in _RESPONSE
        if squeezed(sub) in _OPEN:
            kind = "personal" if names_person(text) else "text"
        elif _OTHER.match(folded(sub)):
            kind = "text"
        elif sub and names_person(text):
            kind = "personal"
        label = "" if single or squeezed(sub) in _OPEN else sub
        columns.append(
            replace(
                column(i, table.first[i], kind=kind, question=text, label=label),
                key=f"{text} - {label}" if label else text,
            )
        )
    return Description(
        2 if has_second else 1,
        columns,
        merged=_expanded(columns),
    )


def _by_place(table: Table, i: int, before: list[Column], skip: int) -> Kind | None:
    """Give the kind of a fixed column whose name no list has: the order is always the same."""
    if i == 0:
        return "response_id"
    if i == 1:
        return "channel"
    taken = {c.kind for c in before}
    if i <= 5 and all(is_time(cell) for cell in table.values(i, skip, 20)):
        return "started_at" if "started_at" not in taken else "answered_at"
    return None


def _expanded(columns: list[Column]) -> list[tuple[int, ...]]:
    """Give the options of each question, which an expanded file has in columns of their own."""
    groups: dict[tuple[str, str], list[int]] = {}
    for c in columns:
        if c.kind is None and c.label:
            row = c.label.rsplit(" - ", 1)[0] if " - " in c.label else ""
            groups.setdefault((c.question, row), []).append(c.position)
    return [tuple(group) for group in groups.values() if len(group) > 1]
