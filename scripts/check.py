"""Look at a case without building it: what would stop a build, all at once, in a few seconds.

`make check DATA=folder` says what is wrong in the folder, the vars, the method tables, the raw
tables and the expected figures, each with its file, line and fix. The rules are those of the build:
its macros and models (scripts/without_dbt.py) and `satisfaction.method_checks`. What a build
refuses row by row stops nothing: it is counted beside the table.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import difflib
import gc
import hashlib
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import jinja2
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
if __package__ in (None, ""):  # run as a file, not with -m
    sys.path.insert(0, str(ROOT))

from satisfaction.answer_checks import answer_problems  # noqa: E402
from satisfaction.method_checks import method_problems  # noqa: E402
from satisfaction.method_checks._base import BLANKS, Problem, key_of  # noqa: E402
from satisfaction.method_checks._declared import shapes  # noqa: E402
from scripts import cases, figures, messages, vars_text  # noqa: E402
from scripts.cases import LOADER, read_yaml  # noqa: E402
from scripts.without_dbt import MacroError, Project  # noqa: E402

Row = dict[str, str | None]
#: what the models that read a case may stop with
STOPS = (MacroError, duckdb.Error)
#: method tables without which nothing can be said of answers
OF_ANSWERS = {"questions", "scales", "scale_levels", "scale_answers", "missing_answers"}
FOLDERS = ("DATA=", "METHOD=")
WIDE, LONG = "survey_wide", "survey_answers"
#: why a row is refused, in words; see docs/methods/contract/cleaning.md
REASONS = {
    "missing_key": "is blank",
    "missing_value": "is blank",
    "damaged_key": "was written in powers of ten by a spreadsheet",
    "not_a_number": "is no number",
    "not_a_date": "is no date",
    "not_a_boolean": "is neither yes nor no",
    "out_of_range": "is out of range",
    "unknown_code": "is no known code",
    "in_future": "lies in the future",
    "missing_survey": "is blank",
    "unknown_question": "is not in questions",
    "unknown_answer": "is not on the scale of its question",
    "not_complete": "says that the response does not count",
    "superseded": "comes again, and another row counts",
}


class Finding(NamedTuple):
    """One thing that is wrong: where, and what to do. Line 0 is the file as a whole."""

    file: str
    line: int
    says: str

    def __str__(self) -> str:
        """Return it as the lines that a user reads."""
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.says}" if place else self.says


@dataclass
class Table:
    """One raw table of the case.

    Attributes
    ----------
    name : str
        As in the contract.
    path : Path
        Its file, or its parts.
    rows : int
        Rows, counted as in row_accounting: of survey_wide its cells; -1 where that is not known.
    refused : list of (int, str)
        Line and text, one per reason and column.
    n_refused : int
        Rows, or cells.
    is_looked_at : bool
        Whether its rows were looked at, and not its columns alone.
    """

    name: str
    path: Path
    rows: int
    refused: list[tuple[int, str]]
    n_refused: int = 0
    is_looked_at: bool = False


class Case:
    """A case, and what is found in it.

    Parameters
    ----------
    data, method, text
        As make has them: two folders, vars as YAML.
    """

    def __init__(self, data: str, method: str, text: str) -> None:
        self.data, self.method, self.text = data, method, text
        self.found: set[Finding] = set()
        self.notes: list[str] = []
        self.tables: list[Table] = []
        self.method_tables: tuple[int, int] = (0, 0)
        self.folders = {
            os.path.realpath(folder): folder.rstrip("/") for folder in (data, method) if folder
        }
        wrong: list[cases.CaseError] = []
        self.vars = cases.case_vars(data, method, text, wrong)
        for error in wrong:
            self.add(str(error))
        # without its folder a case is another one: the demo, or the shipped method
        self.is_readable = not any(str(error).startswith(FOLDERS) for error in wrong)
        if data:
            self.vars.setdefault("raw_dir", os.path.realpath(data))

    # --- what is wrong, and where ----------------------------------------------------------------

    def add(self, says: str, file: str = "", line: int = 0) -> None:
        """Note what is wrong; a place that the text begins with is taken from it."""
        for real, given in self.folders.items():
            says = says.replace(f"{real}/", f"{given}/")
        says = says.replace(f"{ROOT}/", "")
        begins = re.match(r"((?:(?!: )[^\n])+?\.\w+)(?:, line (\d+))?: ", says)
        is_folder = says.startswith(FOLDERS)
        if begins and not file and not is_folder:
            file, line, says = begins[1], int(begins[2] or 0), says[begins.end() :]
            file = self._with_folder(file)
            unknown = re.match(r"(?:unknown var|the var) (\S+?)[. ]", says)
            if unknown and Path(file).name == "vars.yml":
                line = self._line_of_var(unknown[1], Path(file))
            if missing := re.match(r"column (\S+) is missing \(found: (.*?)\)\. ", says):
                line = 1
                near = _meant(missing[1], self._unknown(file, missing[2].split(", ")))
                says = says.replace("the one that holds it.", f"the one that holds it{near}.")
        elif says.startswith("var ") and not file:
            name = says.removeprefix("var ").split(":")[0]
            file, line = self._place_of_var(name)
        elif says.startswith("--vars") and not file:
            file, says = "VARS", says.removeprefix("--vars").removeprefix(":").strip()
        self.found.add(Finding(file, line, says.strip()))

    def _unknown(self, file: str, columns: list[str]) -> list[str]:
        """Return those columns of a table that are known under no name."""
        table = Path(file).stem
        known = [*self.project.call("contract", table), *self.project.call("method_columns", table)]
        names = {str(one["name"]).lower() for one in known}
        return [name for name in columns if name.isidentifier() and name.lower() not in names]

    @contextlib.contextmanager
    def kept(self, file: str = "", table: str = "") -> Iterator[None]:
        """Note what stops the work within, and go on after it."""
        try:
            yield
        except MacroError as error:
            for says in _messages(str(error)):
                place = says.split(":")[0].split(".")[0]
                home = self.file_of(place) if place in self.project.call("raw_tables") else None
                if home:
                    line = self._line_of_example(home, says)
                    self.add(says, self.shown(home), line)
                else:
                    self.add(says)
        except duckdb.Error as error:
            says = messages.plain(str(error))
            self.add(says if Path(says.split(",")[0].split(":")[0]).suffix else f"{table}: {says}")
        except (jinja2.TemplateError, TypeError, ValueError) as error:
            self.add(f"{type(error).__name__}: {error}", file)

    def shown(self, path: Path) -> str:
        """Return a path as the user named its folder."""
        text = str(path)
        for real, given in self.folders.items():
            if text.startswith(f"{real}/"):
                return f"{given}/{text.removeprefix(f'{real}/')}"
        return text.removeprefix(f"{ROOT}/")

    def _with_folder(self, file: str) -> str:
        """Complete the bare name of a file, as messages of the CSV reader have it."""
        if "/" in file:
            return file
        for real in self.folders:
            if (Path(real) / file).exists():
                return self.shown(Path(real) / file)
        return file

    def _place_of_var(self, name: str) -> tuple[str, int]:
        """Return where a var is set: by the command line, else in DATA, else in METHOD."""
        with contextlib.suppress(Exception):
            if name in (yaml.load(self.text, Loader=LOADER) or {}):
                return "VARS", 0
        for folder in (self.data, self.method):
            path = Path(folder) / "vars.yml"
            if folder and path.is_file() and (line := self._line_of_var(name, path)):
                return self.shown(path), line
        return "vars", 0

    @staticmethod
    def _line_of_var(name: str, path: Path) -> int:
        """Return the line on which a var is set in a file; 0 where it is not."""
        try:
            node = yaml.compose(path.read_text("utf-8-sig"), Loader=LOADER)
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            return 0
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        return next((key.start_mark.line + 1 for key, _ in pairs if str(key.value) == name), 0)

    def _line_of_example(self, path: Path, says: str) -> int:
        """Return the line of the value that a message gives for an example."""
        column = re.search(r"the column (\S+) holds \d+ value\(s\) such as (.*?), which ", says)
        if not column:
            return 0
        wanted = column[1].lower()
        for line, row in rows_of(path):
            if row.get(wanted) == column[2]:
                return line
        return 0

    # --- the looks -------------------------------------------------------------------------------

    @cached_property
    def project(self) -> Project:
        """Return the project's macros and models, with the vars of the case."""
        return Project(self.vars, duckdb.connect())

    def look(self) -> None:
        """Look at everything."""
        wrong_vars = self.look_at_vars()
        if not self.is_readable or wrong_vars & {"raw_mode", "raw_dir", "method_dir"}:
            self.notes.append("tables are looked at when it is right where they are.")
            return
        for name, known in (
            ("raw_dir", self.project.call("raw_tables")),
            ("method_dir", self.project.call("method_names")),
        ):
            folder = self.project.vars.get(name)
            if folder and (name == "method_dir" or self.project.vars["raw_mode"] == "files"):
                also = []
                if name == "raw_dir" and not self.project.vars["method_dir"]:
                    also = self.project.call("method_names")
                with self.kept():
                    self.project.call("checked_folder", folder, known, also)
        wrong = self.look_at_method()
        self.look_at_expected()
        if self.project.vars["raw_mode"] == "tables":
            self.notes.append("raw_mode tables: the build looks at the tables of the schema.")
            return
        there = self.look_at_columns()
        if wrong_vars:
            self.notes.append("rows are looked at when the vars are right.")
        else:
            self.look_at_rows(there, wrong)

    def look_at_vars(self) -> set[str]:
        """Look at the vars; one that is wrong is set to its default for what comes after."""
        wrong: list[str] = []
        for check in var_checks():
            try:
                wrong += self.project.call(check)
            except (*STOPS, jinja2.TemplateError, TypeError, ValueError) as error:
                wrong.append(str(error))
        for says in wrong:
            self.add(says)
        names = {says.removeprefix("var ").split(":")[0] for says in wrong}
        if wrong:
            self.vars = {name: value for name, value in self.vars.items() if name not in names}
            # judgements are looked at under ahp alone: who meant something else has none
            if "weight_source" in names:
                self.vars["weight_source"] = "equal"
            del self.project
        # columns of one var are segments of the other
        if not names & {"segment_by", "extra_columns"}:
            with self.kept():
                self.project.call("segment_types")
        return names

    def look_at_method(self) -> set[str]:
        """Look at the method tables; return those that cannot be relied on."""
        if self.project.vars["method_models"]:
            self.notes.append("method_models: the build looks at the method tables.")
            return {*self.project.call("method_names")}
        frames, unread, own = {}, set(), set()
        for name in self.project.call("method_names"):
            unread.add(name)
            with self.kept(table=name):
                if self.project.call("is_own", name):
                    own.add(name)
                sql = f"select * from {self.project.call('method', name)} as method"
                frame = self.project.con.execute(sql).df()
                if len(frame):
                    frames[name] = frame
                unread.remove(name)
        self.method_tables = (len(own), len(self.project.call("method_names")) - len(own))
        if unread:
            says = "the method tables are held against each other when all of them can be read."
            self.notes.append(says)
            return unread
        source = str(self.project.vars["weight_source"])
        problems = method_problems(frames, weight_source=source, own=own)
        for problem in _problems(problems):
            path = self.method_file(problem.table_name)
            line = self._line_of_key(path, problem.table_name, problem.key)
            self.add(_told(problem), self.shown(path), line)
        wrong = set(problems["table_name"])
        for table, macro in (
            ("tier_rules", "tier_attributes"),
            ("factors", "stop_for_unknown_key_factors"),
        ):
            if table not in wrong:
                with self.kept():
                    self.project.call(macro)
        return wrong

    def method_file(self, table: str) -> Path:
        """Return the file of a method table: the case's, else the shipped one."""
        found = self.project.call("method_file", table)
        return Path(found) if found else cases.shipped_method()[table]

    def _line_of_key(self, path: Path, table: str, key: str) -> int:
        """Return the line of the row with a key, or of the first that holds all of its parts."""
        if not key or path.suffix != ".csv" or table not in shapes():
            return 0
        parts = {*key.split(" | ")} - {"?"}
        near = 0
        for line, row in rows_of(path):
            cells = [row.get(name) for name in shapes()[table].key]
            if key_of(*cells) == key:
                return line
            if not near and parts and parts <= {*row.values()}:
                near = line
        return near

    def file_of(self, table: str) -> Path | None:
        """Return the file of a raw table; None where the case has none."""
        if self.project.vars["raw_mode"] == "demo":
            return ROOT / "seeds" / "raw" / f"raw_{table}.csv"
        found = self.project.call("find_file", self.project.vars["raw_dir"], table)
        return Path(found) if found else None

    def look_at_columns(self) -> set[str]:
        """Look at the columns of the raw tables, and count their rows; return what can be read."""
        there = set()
        for table in self.project.call("raw_tables"):
            with self.kept(table=table):
                path = self.file_of(table)
                if path is None:
                    continue
                self.tables.append(Table(table, path, -1, []))
                self.project.call("raw_fields", table)
                ((rows,),) = self.project.rows(f"select count(*) from {self._raw(table)}")
                self.tables[-1].rows = rows
                there.add(table)
        return there

    def look_at_rows(self, there: set[str], wrong: set[str]) -> None:
        """Look at the rows of the raw tables.

        Parameters
        ----------
        there
            Raw tables that can be read.
        wrong
            Method tables that cannot be relied on.
        """
        for table in [table.name for table in self.tables if table.name in there]:
            if table == "transactions" and "status_codes" in wrong:
                self.notes.append(f"{table}: rows are looked at when status_codes is right.")
            elif table not in (LONG, WIDE):
                model = self.project.call("refused_model", table)
                with self.kept(table=table):
                    self.look_at_refused(table, model)
                with self.kept(table=table):
                    self.look_at_codes(table, model)
                with self.kept(table=table):
                    self.say_ignored(table)
        if "transactions" in there and "status_codes" not in wrong:
            with self.kept(table="transactions"):
                self.project.call("stop_for_order_lines")
                self.project.call("say_unfit_refunds")
                self.notes += self.project.said
                has_currency = self.project.call("raw_has", "transactions", "currency")
                if has_currency and "currency_rates" not in wrong:
                    self.project.call("checked_currencies")
        unread = [t.name for t in self.tables if t.name in (LONG, WIDE) and t.name not in there]
        if wrong & OF_ANSWERS or unread:
            if there & {LONG, WIDE}:
                what = ", ".join(sorted(wrong & OF_ANSWERS) or unread)
                self.notes.append(f"answers are looked at when {what} can be read and is right.")
        elif there & {LONG, WIDE}:
            with self.kept(table=LONG):
                self.look_at_answers([name for name in (LONG, WIDE) if name in there])
        self.say_unusable()

    def _raw(self, table: str) -> str:
        """Return the raw table as a relation of SQL."""
        return str(self.project.call("raw", table))

    def look_at_refused(self, table: str, model: str) -> None:
        """Count the rows of a table that a build refuses, and find the first of each kind."""
        relation = self.project.ref(model)
        source = f"from {relation} where reject_reason is not null"
        rows = self.project.rows(
            f"select reject_reason, reject_column, record_key, coalesce(reject_value, '') {source}"
            f" and source_table = '{table}'"
        )
        (mine,) = (one for one in self.tables if one.name == table)
        mine.n_refused, mine.is_looked_at = len(rows), True
        groups: dict[tuple[str, str], set[tuple[str, str]]] = {}
        counts: dict[tuple[str, str], int] = {}
        for reason, column, key, value in rows:
            groups.setdefault((reason, column), set()).add((key, value))
            counts[reason, column] = counts.get((reason, column), 0) + 1
        lines = self.first_lines(mine, groups)
        for (reason, column), wanted in groups.items():
            line, value = lines.get((reason, column), (0, min(wanted)[1]))
            n = counts[reason, column]
            shown = f" '{_short(value)}'" if value else ""
            many = f" ({n:,} rows)" if n > 1 else ""
            says = f"{column}{shown} {REASONS.get(reason, reason)}: {reason}{many}"
            mine.refused.append((line, says))
        mine.refused.sort()

    def look_at_codes(self, table: str, model: str) -> None:
        """Stop for codes that nobody knows, as the build does."""
        (rows,) = (one.rows for one in self.tables if one.name == table)
        self.project.call("stop_for_unknown_codes", table, self.project.ref(model), str(rows))

    def first_lines(
        self, table: Table, groups: dict[tuple[str, str], set[tuple[str, str]]]
    ) -> dict[tuple[str, str], tuple[int, str]]:
        """Find the first row of each reason and column in a file: its line, and the value there."""
        if table.path.suffix != ".csv" or not groups:
            return {}
        contract = self.project.call("contract", LONG if table.name == WIDE else table.name)
        given = {field["name"].lower() for field in self.project.call("raw_fields", table.name)}
        is_answer = table.name in (LONG, WIDE)
        # an answer sheet's keys are those of the long table
        source = {one["name"]: str(one["source_name"]).lower() for one in contract}
        keys = [
            one
            for one in contract
            if one.get("key") is True
            or (one.get("key") and (is_answer or source[one["name"]] in given))
        ]
        absent = {one["name"]: one.get("when_absent") for one in contract}
        asked = {"": ""}
        if table.name == WIDE:
            named = self.project.call("wide_questions").items()
            asked = {name.strip(BLANKS).lower(): question for name, question in named}
        # most rows have no key that is looked for, and are passed over as early as can be
        every = {key for wanted in groups.values() for key, _ in wanted}
        firsts = {key.split(" | ")[0] for key in every}
        left = dict(groups)
        found: dict[tuple[str, str], tuple[int, str]] = {}
        for line, row in rows_of(table.path, source[keys[0]["name"]], firsts):
            for column, question in asked.items():
                answer = {"question_id": question, "answer": row.get(column)} if question else {}

                def cell(name: str, row: Row = row, answer: Row = answer) -> str | None:
                    """Return a cell by its name in the contract."""
                    if name in answer:
                        return answer[name]
                    return row.get(source[name]) if source[name] in given else absent[name]

                key = " | ".join(cell(one["name"]) or "?" for one in keys)
                if key not in every:
                    continue
                for group in [*left]:
                    value = cell(group[1]) or ""
                    if (key, value) in left[group]:
                        found[group] = (line, value)
                        del left[group]
            if not left:
                break
        return found

    def look_at_answers(self, tables: list[str]) -> None:
        """Look at the answers: columns, words that are not understood, refused rows."""
        found = self.project.ref("base_answer_words")
        read = self.project.con.execute
        problems = answer_problems(
            read(f"from {found}").df(),
            read(f"from {self.project.ref('method_questions')}").df(),
            read(f"from {self.project.call('method_table', 'scale_answers')}").df(),
            max_unknown_answers=float(self.project.vars["max_unknown_answers"]),
        )
        if WIDE in tables:
            (wide,) = (one for one in self.tables if one.name == WIDE)
            wide.rows *= len(self.project.call("wide_questions"))
        with self.kept(table=tables[0]):
            self.project.call("stop_for_waves_without_survey")
        for table in tables:
            self.look_at_refused(table, "base_refused_answers")
            with self.kept(table=table):
                self.look_at_codes(table, "base_refused_answers")
            self.say_ignored(table)
        for problem in _problems(problems):
            file, line = self._place_of_words(problem.key)
            self.add(_told(problem), file, line)

    def _place_of_words(self, key: str) -> tuple[str, int]:
        """Return where an answer to "question q in wave" stands first that is not understood."""
        question, _, survey = key.removeprefix("question ").partition(" in ")
        rows = self.project.con.execute(
            "select source_table, record_key, coalesce(reject_value, '') from base_refused_answers "
            "where reject_reason = 'unknown_answer' and question_id = ? and survey_id = ?",
            [question, survey],
        ).fetchall()
        for table in self.tables:
            wanted = {(key, value) for name, key, value in rows if name == table.name}
            group = ("unknown_answer", "answer")
            lines = self.first_lines(table, {group: wanted}) if wanted else {}
            if group in lines:
                return self.shown(table.path), lines[group][0]
        path = self.method_file("questions")
        return self.shown(path), self._line_of_key(path, "questions", question)

    def say_ignored(self, table: str) -> None:
        """Name the columns that nothing reads, with the one of the contract that may be meant."""
        ignored = self.project.call("named_columns", table)
        present = {field["name"].lower() for field in self.project.call("raw_fields", table)}
        contract = [str(one["source_name"]) for one in self.project.call("contract", table)]
        lacking = [name for name in contract if name.lower() not in present]
        named = [
            name if name.endswith("?)") else f"{name}{_meant(name, lacking)}" for name in ignored
        ]
        if named:
            (mine,) = (one for one in self.tables if one.name == table)
            what = "columns" if len(named) > 1 else "column"
            more = f" and {len(named) - 12:,} more" if len(named) > 12 else ""
            mine.refused.insert(0, (1, f"{what} not read: {', '.join(named[:12])}{more}"))

    def say_unusable(self) -> None:
        """Stop for tables of which no row can be used, as the build does."""
        if self.project.vars["min_accepted_of_last"] <= 0:
            return
        for table in self.tables:
            if 0 < table.rows == table.n_refused:
                why = "; ".join(says for _, says in table.refused if "not read:" not in says)
                line = next((line for line, says in table.refused if "not read:" not in says), 0)
                says = (
                    f"{table.name}: none of {table.rows} rows can be used. Refused: {why}.\n"
                    "Fix: correct the delivery, or, where it is right, build once with the var "
                    "min_accepted_of_last: 0."
                )
                self.add(says, self.shown(table.path), line)

    def look_at_expected(self) -> None:
        """Look at the names in expected/<mart>.csv."""
        folder = self.project.vars.get("raw_dir")
        expected = figures.files(folder)
        marts: dict[str, dict[str, Any]] = {}
        for path in (ROOT / "models" / "marts").glob("*/_*.yml") if expected else []:
            for model in read_yaml(path).get("models") or []:
                marts[model["name"]] = {one["name"]: one for one in model["columns"]}
        for path in expected:
            for says in figures.problems(path, marts):
                self.add(says, self.shown(path), 1)


def _problems(frame: pd.DataFrame) -> list[Problem]:
    """Return the rows of a frame of problems."""
    return [Problem(*map(str, row)) for row in frame.to_numpy(dtype=object).tolist()]


def _told(problem: Problem) -> str:
    """Say what is wrong in a method table, as the build does."""
    place = problem.table_name + (f".{problem.column_name}" if problem.column_name else "")
    key = f", {problem.key}" if problem.key else ""
    return f"{place}{key}: {problem.problem}\nFix: {problem.fix}"


def _messages(text: str) -> list[str]:
    """Part a text into its messages: a line that is a fix belongs to the one before."""
    found: list[str] = []
    for line in text.splitlines():
        if found and (line.startswith("Fix:") or not re.match(r"\S.*?: ", line)):
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def _meant(name: str, known: Iterable[str]) -> str:
    """Return the column that may be meant by a name."""
    near = difflib.get_close_matches(name.lower(), list(known), 1)
    return f" ({near[0]}?)" if near else ""


def _short(value: str) -> str:
    """Return a value as a message shows it."""
    return vars_text.shown(value)


def rows_of(
    path: Path, column: str = "", wanted: Collection[str] = ()
) -> Iterator[tuple[int, Row]]:
    """Read a CSV file: the line that each row begins on, and its cells by lower name, trimmed.

    Parameters
    ----------
    path
        The file; one that is no CSV has no lines.
    column, wanted
        Only rows in which this column begins with one of these texts, up to a ' | '; '?' is blank.
    """
    csv.field_size_limit(10_000_000)
    if path.suffix != ".csv":
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = [name.strip(BLANKS).lower() for name in next(reader, [])]
        place = header.index(column) if column in header else None
        line = reader.line_num + 1
        for row in reader:
            if row and (
                place is None
                or place >= len(row)
                or (row[place].strip(BLANKS) or "?").split(" | ")[0] in wanted
            ):
                cells = (cell.strip(BLANKS) or None for cell in row)
                yield line, dict(zip(header, cells, strict=False))
            line = reader.line_num + 1


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="", help="folder with the raw tables; default: the demo")
    parser.add_argument("--method", default="", help="folder with method tables of your own")
    parser.add_argument("--vars", default="", help="dbt vars as a YAML mapping")
    parser.add_argument("--strict", action="store_true", help="exit 1 for a refused row, too")
    parser.add_argument(
        "--figures", action="store_true", help="build into a folder of its own, and compare"
    )
    return parser.parse_args(argv)


def var_checks() -> list[str]:
    """Return the macros that checked_vars asks, which each list what is wrong in some vars."""
    asking = (ROOT / "macros/method/vars.sql").read_text("utf-8").split("endmacro")[0]
    return re.findall(r"dbt_satisfaction\.(wrong_\w+)\(\)", asking)


def report(case: Case) -> None:
    """Print what was looked at, a line per table, and what a build refuses."""
    width = max([len(case.shown(table.path)) for table in case.tables] + [len("method tables")])
    for table in case.tables:
        place = case.shown(table.path)
        if table.rows < 0:
            continue
        what = "cells" if table.name == WIDE and table.is_looked_at else "rows"
        if table.n_refused:
            says = f", {table.n_refused:,} refused"
        elif table.is_looked_at:
            is_wrong = any(finding.file == place for finding in case.found)
            says = ", see below" if is_wrong else ", no problems"
        else:
            says = ""
        print(f"{place:{width}}  {table.rows:>9,} {what}{says}")
        for line, says in table.refused:
            print(f"  line {line}: {says}" if line else f"  {says}")
    own, shipped = case.method_tables
    if own + shipped:
        print(f"{'method tables':{width}}  {own:>9,} of the case, {shipped} shipped")
    if any(table.n_refused for table in case.tables):
        page = "docs/methods/contract/cleaning.md"
        print(f"A build leaves refused rows out and tells of each: {page}.")
    for note in case.notes:
        print(f"note: {note}")


def built_figures(args: argparse.Namespace, case: Case) -> int:
    """Build into a folder of the case's own and compare; return the exit code of the process."""
    if not figures.files(case.vars.get("raw_dir")):
        fix = f"put {figures.FOLDER}/<mart>.csv into the case's folder, with the columns to compare"
        print(f"\nno expected figures.\nFix: {fix}.", file=sys.stderr)
        return 1
    gc.enable()
    from scripts import build  # dbt, which a look without figures does without

    named = "\n".join(os.path.realpath(one) if one else "" for one in (args.data, args.method))
    own = hashlib.sha256(named.encode()).hexdigest()[:12]
    told = ["--data", args.data, "--method", args.method, "--vars", args.vars, "--no-report"]
    return build.main([*told, "--target-path", str(ROOT / "target" / "check" / own)])


def main(argv: Sequence[str] | None = None) -> int:
    """Check one case; return the exit code of the process."""
    args = parse_arguments(argv)
    gc.disable()  # a look is over before there is garbage worth looking for
    try:
        case = Case(args.data, args.method, args.vars)
        case.look()
    except messages.TROUBLE as error:
        print(messages.trouble(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped.", file=sys.stderr)
        return 1
    with contextlib.suppress(BrokenPipeError):
        report(case)
        sys.stdout.flush()
    if case.found:
        n = len(case.found)
        print(f"\n{n:,} problem{'s' if n > 1 else ''}:", file=sys.stderr)
        print("\n".join(map(str, sorted(case.found))), file=sys.stderr)
        return 1
    if args.strict and any(table.n_refused for table in case.tables):
        print("\nrows are refused, and --strict allows none.", file=sys.stderr)
        return 1
    return built_figures(args, case) if args.figures else 0


if __name__ == "__main__":
    sys.exit(main())
