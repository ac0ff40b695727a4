"""import.yml: every decision of an import as a line, and no cell of a respondent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from satisfaction.core.errors import SatisfactionError
from satisfaction.imports import columns
from satisfaction.imports.plan import LEFT_OUT, Plan, Question, is_worded
from satisfaction.imports.scales import level_of
from satisfaction.method_checks._questions import OPEN_ROLES

NAME = "import.yml"
_HEAD = """\
# Every decision of `make import`, for the next file of the same survey. Change what is not right
# and import again: role, scale, factor (one name joins questions), is_reversed; role: left_out
# leaves a question out.
"""
Document = dict[str, Any]


def read(folder: Path) -> Document:
    """Read the decisions of a case; none where it has no import.yml yet.

    Raises
    ------
    SatisfactionError
        If the file is not what it should be.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        found = yaml.safe_load(path.read_text("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else None
        raise SatisfactionError(
            "this is not YAML", table=str(path), key=line, fix="Correct the line"
        ) from None
    if found is None:
        return {}
    if not isinstance(found, dict) or not isinstance(found.get("questions") or {}, dict):
        raise SatisfactionError(
            "it must be a mapping of names", table=str(path), fix="Write name: value, one a line"
        )
    return found


def text_of(document: Document) -> str:
    """Return the text of import.yml."""
    body = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)
    return _HEAD + body


def tool() -> str:
    """Return name and version of this package."""
    try:
        return f"dbt-satisfaction {metadata.version('dbt-satisfaction')}"
    except metadata.PackageNotFoundError:
        return "dbt-satisfaction"


def sha256(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def question_lines(one: Question, plan: Plan) -> Document:
    """Return the lines of a question."""
    if one.role in OPEN_ROLES:
        return {"id": one.id, "text": one.text, "role": one.role}
    scale = plan.scales[one.scale_id]
    levels: dict[int, str] = {}
    for word in one.profile.words():
        level = level_of(word, scale)
        if level is not None and not word.is_number:
            levels.setdefault(level, word.text)
    lines: Document = {"id": one.id, "text": one.text}
    if one.label:
        lines["label"] = one.label
    lines["role"] = one.role
    if one.factor:
        lines |= {"factor": one.factor, "factor_label": one.factor_label}
    lines["scale"] = one.scale_id
    if one.first_level is not None:
        lines["first_level"] = one.first_level
    if one.is_reversed or one.was_asked_reversed:
        lines["is_reversed"] = one.is_reversed
    if one.profile.beyond:
        lines["missing"] = ", ".join(sorted(one.profile.beyond, key=int))
    if levels and is_worded(one):
        lines["words"] = [levels[level] for level in sorted(levels)]
    return lines


def survey_document(plan: Plan, before: Document) -> Document:
    """Return the decisions of a case after a survey file was planned.

    Parameters
    ----------
    plan : Plan
    before : dict
        Those that were there, with questions that this file does not have.
    """
    old = before.get("questions") or {}
    questions = {key: dict(lines) for key, lines in old.items() if lines.get("id")}
    questions |= {key: dict(lines) for key, lines in old.items() if lines.get("role") == LEFT_OUT}
    for one in plan.all_questions:
        questions[one.key] = question_lines(one, plan)
    used = {lines.get("scale") for lines in questions.values()}
    scales = {name: spec for name, spec in (before.get("scales") or {}).items() if name in used}
    for name in sorted(plan.own_scales & used):
        scale = plan.scales[name]
        satisfied = [i for i, level in enumerate(scale.levels, 1) if level.is_satisfied]
        scales[name] = {
            "levels": [level.label_en for level in scale.levels],
            "satisfied_from": satisfied[0],
        }
    document = {key: value for key, value in before.items() if key not in _OF_FILE}
    document |= {
        "tool": tool(),
        "platform": plan.export.platform,
        "customer": {"column": plan.customer, "hashed": plan.is_hashed}
        if plan.customer
        else "none",
        "partial": plan.partial,
        "questions": questions,
    }
    if scales:
        document["scales"] = scales
    if plan.attributes:
        document["attributes"] = dict(plan.attributes)
    if plan.weight_said:
        document["weight"] = plan.weight_said
    document["left_out"] = dict(columns.left_out(plan.profiles))
    return document


#: what every file says for itself
_OF_FILE = (
    "tool",
    "platform",
    "customer",
    "partial",
    "questions",
    "scales",
    "weight",
    "left_out",
    "date_order",
    "waves",
    "written",
)


def with_file(files: Sequence[Document], lines: Document) -> list[Document]:
    """Return the files of an import.yml with one more; the same file takes its own place.

    Parameters
    ----------
    files : sequence of dict
        Those that were there, the newest last.
    lines : dict
        What is kept of the file, its sha256 among it.

    Returns
    -------
    list of dict
        The file is last, under the name that it had when it came first.
    """
    others = [one for one in files if one["sha256"] != lines["sha256"]]
    same = next((one for one in files if one["sha256"] == lines["sha256"]), {})
    return [*others, same | lines | {"file": same.get("file", lines["file"])}]


def file_lines(plan: Plan, dropped: Mapping[str, int], kept: int, in_file: int) -> Document:
    """Return what is kept of a file: no cell of it."""
    return {
        "file": plan.export.path.name,
        "sha256": plan.export.sha256,
        "read": dict(plan.export.read),
        "rows": in_file,
        "kept": kept,
        "dropped": dict(sorted(dropped.items())),
    }
