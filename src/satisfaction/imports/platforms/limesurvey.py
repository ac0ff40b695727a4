"""LimeSurvey: headings are codes, full texts, or both; answers are codes or words."""

from __future__ import annotations

import re
from dataclasses import replace

from satisfaction.imports.export import Column
from satisfaction.imports.headers import by_name, split_bracket, squeezed
from satisfaction.imports.personal import names_person
from satisfaction.imports.platforms.description import Description, Drop, Table, known

NAME = "limesurvey"

KINDS = by_name(
    {
        "response_id": [
            "id", "response_id", "Response ID", "Antwort ID", "Antwort-ID", "ID de la réponse",
            "ID de respuesta", "ID risposta", "ID da resposta", "Antwoord ID", "Reactie ID",
            "答复 ID", "答卷 ID", "回應 ID", "回复 ID", "回答 ID", "응답 ID", "ID odpowiedzi", "ID ответа",
        ],
        "answered_at": [
            "submitdate", "Date submitted", "Datum Abgeschickt", "Abgabedatum",
            "Date de soumission", "Fecha de envío", "Data invio", "Data di invio",
            "Data de envio", "Data da submissão", "Datum voltooid", "Datum ingezonden", "提交日期", "提交時間",
            "送信日時", "제출 날짜", "Data wysłania", "Data zakończenia", "Дата отправки", "Завершён",
        ],
        "started_at": [
            "startdate", "Date started", "Datum gestartet", "Startdatum", "Date de lancement",
            "Date de début", "Fecha de inicio", "Data di inizio", "Data inizio", "Data de início",
            "Datum gestart", "Datum begonnen", "开始日期", "開始日期", "開始日時", "Data rozpoczęcia", "Дата начала",
        ],
        "language": [
            "startlanguage", "Start language", "Start-Sprache", "Startsprache", "Langue de départ",
            "Langue initiale", "Idioma inicial", "Lenguaje inicial", "Idioma de inicio",
            "Lingua iniziale", "Lingua di partenza", "Língua inicial", "Starttaal", "Start taal",
            "起始语言", "开始语言", "起始語言", "開始言語", "Język początkowy", "Начальный язык",
        ],
        "derived": [
            "lastpage", "Last page", "Letzte Seite", "Dernière page", "Última página",
            "Ultima pagina", "Laatste pagina", "最后一页", "末页", "最後一頁", "最終ページ",
            "Ostatnia strona", "Последняя страница", "seed", "Seed", "Zufallsstartwert",
            "Tête de série", "Semilla", "Seme", "Semente", "种子", "Ziarno", "datestamp",
            "Date last action", "Datum letzte Aktivität", "Date de la dernière action",
            "Fecha de la última acción", "Data dell'ultima azione", "Data da última ação",
            "Datum laatste actie", "最后操作日期", "Data ostatniej akcji", "Дата последнего действия",
            "groupTime", "Quota", "completed",
        ],
        "duration_seconds": ["interviewtime", "Total time", "Gesamtzeit", "Temps total", "Tiempo total"],
        "personal": [
            "ipaddr", "IP address", "IP-Adresse", "refurl", "Referrer URL", "URL de référence",
            "Weiterleitungs-URL", "token", "Access code", "Zugangsschlüssel", "Zugangscode", "firstname",
            "lastname", "email", "participant_id", "tid",
        ],
    }
)  # fmt: skip
# what only LimeSurvey has among its first columns
_SIGNS = {"submitdate", "lastpage", "startlanguage", "seed"}
_TIMINGS = re.compile(r"^(groupTime\w*|\S+Time)$|^(Group|Question) time\b", re.ASCII)
_CODE_AND_TEXT = re.compile(
    r"^(?P<code>[A-Za-z]\w*(?:\[\w+\])*)\s*(?:\.\s+|\.(?=\D)|:\s*|\s-\s|\)\s+)(?P<text>.+)$",
    re.DOTALL,
)
_CODE = re.compile(r"^[A-Za-z]\w*(?:\[[\w ]+\])*$")
_OTHER = re.compile(
    r"\[(other|-oth-|sonstiges|autre|otro|altro|outro|comment|filecount|其他)\]$|_other$|comment\]$",
    re.I,
)
_NOT_STAMPED = "1980-01-01 00:00:00"


def _cut(header: str) -> tuple[str, str]:
    """Cut a heading into code and text; the code is blank where it is the text alone."""
    if _CODE.match(header):
        return header, ""
    found = _CODE_AND_TEXT.match(header)
    return (found["code"], found["text"].strip()) if found else ("", header)


def _kind(header: str) -> str | None:
    code, text = _cut(header)
    return known(code, KINDS) or known(text, KINDS) or known(header, KINDS)


def recognise(table: Table) -> bool:
    """Tell a file of LimeSurvey by its first columns: codes, else their texts."""
    first = table.first[:12]
    if len(first) < 3 or _kind(first[0]) != "response_id":
        return False
    codes = {squeezed(_cut(header)[0] or header) for header in first}
    return len(codes & _SIGNS) >= 2 or (
        len({_kind(h) for h in first[:8]} & {"answered_at", "language", "derived"}) >= 2
        and squeezed(first[0]) != "id"
    )


def describe(table: Table) -> Description:
    """Say what rows and columns are."""
    has_both = sum(bool(_CODE_AND_TEXT.match(h)) for h in table.first) > len(table.first) * 0.6
    columns: list[Column] = []
    answers = False
    for i, header in enumerate(table.first):
        code, text = _cut(header) if has_both or _CODE.match(header) else ("", header)
        kind = None if answers and header not in KINDS else _kind(header)
        answers = answers or (kind is None and i > 0)
        if kind is None and _TIMINGS.search(code or header):
            kind = "derived"
        question, label = split_bracket(text or code)
        if not text and "_" in code:
            question, _, label = code.partition("_")
        if kind is None and (_OTHER.search(code) or _OTHER.search(header)):
            kind = "text"
        if kind is None and (names_person(text) or names_person(code)):
            kind = "personal"
        key = code or " ".join(header.split())
        columns.append(Column(i, key, header, question, label, kind))  # type: ignore[arg-type]
    return _dated(table, columns)


def _dated(table: Table, columns: list[Column]) -> Description:
    """Drop what was not submitted; 1980-01-01 stands for a survey that keeps no times."""
    answered = next((c for c in columns if c.kind == "answered_at"), None)
    if answered is None:
        return Description(1, columns, has_running_ids=True)
    drops = [Drop("partial", f"{answered.name} is null")]
    cells, read = {}, {}
    if any(v.startswith("1980-01-01") for v in table.values(answered.position, 1)):
        cells[answered.position] = f"nullif({answered.name}, '{_NOT_STAMPED}')"
        read["times"] = "not kept by the survey (1980-01-01 in the file)"
        stamp = next((c for c in columns if squeezed(c.key) == "datestamp"), None)
        stamps = table.values(stamp.position, 1) if stamp else []
        if stamp and stamps and not any(v.startswith("1980-01-01") for v in stamps):
            columns[answered.position] = replace(answered, kind="derived")
            columns[stamp.position] = replace(stamp, kind="answered_at")
    if _holds_codes(table, columns):
        read["answers"] = "codes"
    return Description(1, columns, has_running_ids=True, drops=drops, cells=cells, read=read)


def _holds_codes(table: Table, columns: list[Column]) -> bool:
    """Tell whether answers are codes such as A1, whose words are not in the file."""
    return any(
        len(values := table.values(c.position, 1, 50)) > 1
        and all(re.fullmatch(r"[A-Z]{1,3}\d{1,3}|-oth-", v) for v in values)
        for c in columns
        if c.kind is None
    )
