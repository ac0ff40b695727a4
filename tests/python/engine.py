"""dbt within the test process: the project is parsed once, and a case runs the models it is about.

A whole build of a case takes many seconds, most of them for parsing and for models that the case
says nothing of. Here `scripts.build.run_dbt` itself runs, with a manifest that is already there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any
from unittest import mock

import dbt.cli.main
import duckdb
import yaml
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder

from scripts import build
from scripts.cases import shipped_method
from tests import shared
from tests.python.memory import METHOD_ROWS, Memory
from tests.shared import ROOT, Built

Files = Mapping[str, str | bytes]
METHOD = set(shipped_method())
SURVEY = ("survey_answers", "survey_wide")
#: what is made of the method tables alone; method_rows itself looks at the folder and the vars
OF_METHOD = [
    "py_method_gate",
    *sorted({path.stem for path in ROOT.glob("models/method/*.sql")} - {"method_rows"}),
]
#: the models between raw answers and accepted answer sheets
ANSWERS = [
    # another case may have left method tables of its own
    "+method_answer_codes",
    "+int_scale_levels",
    "int_factor_scales",
    "base_answer_spellings",
    "base_answer_codes",
    "base_survey_answers",
    "base_survey_versions",
    "base_answer_sheets",
    "base_refused_answers",
    "base_answer_words",
    "py_answer_gate",
    "int_respondent_versions",
    "stg_responses",
]
#: the tag of what a run is asked to build
ASKED = "asked_of_the_engine"
DEFAULTS = yaml.safe_load((ROOT / "dbt_project.yml").read_text("utf-8"))["vars"]
#: what the project is parsed with
PARSED = DEFAULTS | {"raw_mode": "files"}
#: vars reach Python models by config.meta, which dbt renders while it parses: model, name, var
META = [
    (f"model.dbt_satisfaction.{model['name']}", name, re.search(r"var\('(\w+)'\)", text)[1])
    for path in sorted(ROOT.glob("python_models/*/*.yml"))
    for model in yaml.safe_load(path.read_text("utf-8"))["models"]
    for name, text in model.get("config", {}).get("meta", {}).items()
    if "var(" in str(text)
]
#: other vars that are read while dbt parses: they decide which seeds, sources and edges there are
FIXED = {"raw_models", "method_models"}.union(
    *(
        re.findall(r"var\('(\w+)'\)", path.read_text("utf-8"))
        for folder in ("models", "seeds")
        for path in ROOT.glob(f"{folder}/**/*.yml")
    )
)


#: what builds all but the marts
EMPTY = [
    *("--select", "resource_type:seed", "resource_type:model"),
    *("--exclude", "path:models/marts", "path:models/semantic"),
    *("--exclude-resource-type", "test", "unit_test"),
]


def is_mart(node: Any) -> bool:
    """Tell whether a model is a mart, or stands over marts."""
    return node.original_file_path.startswith(("models/marts/", "models/semantic/"))


class ParsedRunner(dbt.cli.main.dbtRunner):
    """A runner that has parsed already, in whose manifest Python models find the vars of a run."""

    def invoke(self, args: list[str], **kwargs: Any) -> Any:
        """Run a dbt command whose vars may differ from those of the manifest."""
        given = PARSED | json.loads(args[args.index("--vars") + 1])
        asked = [node.name for node in self.manifest.nodes.values() if ASKED in node.tags]
        if asked != ["method_rows"]:  # which only says what is wrong with the vars
            other = [name for name in FIXED if given[name] != PARSED[name]]
            assert not other, f"{other} would be passed over: use run_build, which parses again"
        for model, name, var in META:
            if model in self.manifest.nodes:
                self.manifest.nodes[model].config.meta[name] = given[var]
        return super().invoke(args, **kwargs)


def only(whole: Manifest, names: Set[str]) -> Manifest:
    """Leave out all nodes but these, and all that reads marts; what stays is shared with the whole.

    dbt goes over every node many times before it runs the first: half of what a small case costs.
    """
    nodes = {name: node for name, node in whole.nodes.items() if name in names}
    readers = ("exposures", "metrics", "semantic_models", "saved_queries", "unit_tests")
    manifest = dataclasses.replace(whole, nodes=nodes, **{name: {} for name in readers})
    manifest.build_parent_and_child_maps()
    manifest.flat_graph = whole.flat_graph  # macros look at the whole project
    return manifest


def vars_of(manifest: Manifest, models: Sequence[str], *macros: str) -> set[str]:
    """Return the vars that models name, and the macros in them, and the macros in these."""
    nodes = [manifest.nodes[f"model.dbt_satisfaction.{model}"] for model in models]
    texts = [f"{node.raw_code} {node.config.meta}" for node in nodes]
    waiting = {name for node in nodes for name in node.depends_on.macros} | {*macros}
    seen: set[str] = set()
    while waiting := {name for name in waiting - seen if ".dbt_satisfaction." in name}:
        seen |= waiting
        macros = [manifest.macros[name] for name in waiting]
        texts += [macro.macro_sql for macro in macros]
        waiting = {name for macro in macros for name in macro.depends_on.macros}
    named = {name for model, _, name in META if model.split(".")[2] in models}
    return named | {name for text in texts for name in re.findall(r"var\(['\"](\w+)['\"]", text)}


class Engine:
    """One folder of raw data, one target folder and one manifest for many cases."""

    def __init__(self, home: Path) -> None:
        self.data = home / "data"
        self.target = home / "target"
        self.vars = {"raw_mode": "files", "raw_dir": str(self.data)}
        self.manifest: Any = None
        self.is_prepared = False
        # whether others than the shipped method tables are there, and whether these are of a survey
        self.has_own_method = True
        self.has_survey = False
        self.data.mkdir()
        with shared.home("parsed") as here:
            # as dbt itself keeps it for the next run
            kept = here / "partial_parse.msgpack"
            if not kept.exists():
                self._parse()
                shutil.copy(self.target / kept.name, kept)
            self.manifest = Manifest.from_msgpack(kept.read_bytes(), extended_mashumuro_decoder)
            self.manifest.build_flat_graph()
        handed: dict[str, set[str]] = {}
        for model, _, var in META:
            handed.setdefault(model, set()).add(var)
        self.memory = Memory(self.manifest, OF_METHOD, handed)
        self.is_forgetful = False
        # what the last run had to build
        self.built: set[str] = set()
        self.method_vars = vars_of(self.manifest, OF_METHOD, "macro.dbt_satisfaction.method")
        for model, name, var in META:  # what invoke does is what dbt does
            if model in self.manifest.nodes:
                assert self.manifest.nodes[model].config.meta[name] == PARSED[var]

    def _parse(self) -> None:
        """Let dbt read the whole project."""
        with self._inside():
            parsed = dbt.cli.main.dbtRunner().invoke(["parse", *self._arguments(self.vars)])
        assert parsed.success, parsed.exception

    def lay(self, files: Files) -> None:
        """Empty the data folder and write these files into it."""
        shutil.rmtree(self.data, ignore_errors=True)
        for name, content in files.items():
            path = self.data / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)

    def run(self, *models: str, **dbt_vars: Any) -> list[str]:
        """Run some models on what lies in the data folder; return what a user would read.

        What is there already, and would come out the same, is not built again.
        """
        return self._bring(models, [], dbt_vars)

    def check(self, *models: str, **dbt_vars: Any) -> list[str]:
        """Run some models, and every data test that reads nothing but them, and keep the record."""
        names = [name for name, node in self.manifest.nodes.items() if node.resource_type == "test"]
        return self._bring(models, names, dbt_vars)

    @contextlib.contextmanager
    def forgetful(self) -> Iterator[None]:
        """Build all that is asked for, every time: for tests of what builds do with former ones."""
        with mock.patch.object(self, "is_forgetful", True):
            yield

    def _bring(
        self, selected: Sequence[str], tests: Sequence[str], dbt_vars: Mapping[str, Any]
    ) -> list[str]:
        """Build what is stale of the selected models, and of those tests that read only them."""
        self._prepare()
        raw_dir = Path(str(dbt_vars.get("raw_dir") or self.data))
        laid = list(raw_dir.iterdir()) if raw_dir.is_dir() else []
        names = {path.name.split(".")[0].lower() for path in laid}
        has_survey = not names.isdisjoint(SURVEY)
        own = bool(names & METHOD) or any(
            dbt_vars.get(name, PARSED[name]) != PARSED[name] for name in self.method_vars
        )
        # a case with another method was here; the shipped experts judge for surveys only
        if not own and (self.has_own_method or has_survey != self.has_survey):
            self._lay_method(has_survey)
        self.has_own_method, self.has_survey = own, has_survey
        options = [name for name in selected if name.startswith("--")]
        wanted = self._wanted(name for name in selected if name not in options)
        wanted |= {METHOD_ROWS} if own else set()
        wanted |= {n for n in tests if wanted.issuperset(self.manifest.nodes[n].depends_on_nodes)}
        given = PARSED | self.vars | dict(dbt_vars)
        told = [given[name] for name in sorted(self.method_vars)] if own else None
        keys = self.memory.keys(wanted, given, (told, has_survey))
        forgetful = self.is_forgetful or "--full-refresh" in options
        method = {f"model.dbt_satisfaction.{name}" for name in OF_METHOD if own}
        stale = self.memory.stale(wanted, keys, forgetful) | (wanted & method)
        self.built = {name.split(".")[2] for name in stale if name.startswith("model.")}
        with self._asked(stale, wanted, has_hooks=bool(tests)):
            failures = self._build(["--select", f"tag:{ASKED}", *options], **dbt_vars)
        self.memory.forget(stale)
        if not failures:
            self.memory.learn(stale, keys, method - wanted)
        return failures

    def _wanted(self, selectors: Iterable[str]) -> set[str]:
        """Return the nodes that are selected, by name; a + takes in what comes before or after."""
        found: set[str] = set()
        for selector in selectors:
            name = f"model.dbt_satisfaction.{selector.strip('+')}"
            assert name in self.manifest.nodes, f"there is no model {selector}"
            found.add(name)
            if selector.startswith("+"):
                found |= self.memory.ancestors(name)
            if selector.endswith("+"):
                found |= self.memory.descendants(name)
        return found

    @contextlib.contextmanager
    def _asked(self, stale: Set[str], wanted: Set[str], has_hooks: bool) -> Iterator[None]:
        """Let dbt see what is to be built, and what that is built from, and no other node.

        The hooks, which keep the record of builds, cost as much as some models.
        """
        nodes = self.manifest.nodes
        there = {name for name in wanted if not name.startswith("test.")} | stale
        if has_hooks:
            there |= {name for name, node in nodes.items() if node.resource_type == "operation"}
        needed = {parent for name in there for parent in self.memory.ancestors(name)}
        try:
            for name in stale:
                nodes[name].tags.append(ASKED)
            with mock.patch.object(self, "manifest", only(self.manifest, needed)):
                yield
        finally:
            for name in stale:
                nodes[name].tags.remove(ASKED)

    def run_all(self) -> list[str]:
        """Run every model and the checks of tests/integrity; the many small ones take too long."""
        self._prepare()
        self._forget()
        few = ["--exclude", "test_type:generic", "--exclude-resource-type", "unit_test", "seed"]
        return self._build(few)

    def main(self, *arguments: str) -> tuple[int, str, str]:
        """Run `make build` into the target folder: exit code, output, errors."""
        errors = io.StringIO()
        with self._inside() as said, contextlib.redirect_stderr(errors):
            told = ["--target-path", str(self.target), "--no-report", *arguments]
            code = build.main(told)
        assert "Traceback" not in said.getvalue() + errors.getvalue()
        self.is_prepared |= code == 0
        self._forget()
        return code, said.getvalue(), errors.getvalue()

    def build(self, target: Path, *arguments: str, report: bool = False, **dbt_vars: Any) -> Built:
        """Do what run_build does, into a folder of its own, without reading the project again."""
        target.mkdir(parents=True, exist_ok=True)
        told = ["--target-path", str(target), *arguments]
        told += ["--vars", json.dumps({"bootstrap_draws": 50} | dbt_vars)]
        errors = io.StringIO()
        with (
            mock.patch.object(self, "target", target),
            self._inside() as said,
            contextlib.redirect_stderr(errors),
        ):
            code = build.main([*told, *([] if report else ["--no-report"])])
        return Built(code, said.getvalue(), errors.getvalue(), target)

    def compiled(self, *macros: str, **dbt_vars: Any) -> list[str]:
        """Return what macro calls compile to."""
        inline = "\n--cut--\n".join(f"{{{{ dbt_satisfaction.{call} }}}}" for call in macros)
        with self._inside():
            done = dbt.cli.main.dbtRunner().invoke(
                ["compile", "--inline", inline, *self._arguments(self.vars | dbt_vars)]
            )
            build.release_build_file()  # what is copied over an open file is not seen
        assert done.success, done.exception
        code: str = done.result.results[0].node.compiled_code
        return code.split("\n--cut--\n")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the build file."""
        with duckdb.connect(str(self._file), read_only=True) as con:
            return con.execute(sql).fetchall()

    def _forget(self) -> None:
        """Take nothing in the build file for what would be built now."""
        self.has_own_method = True
        self.memory.built.clear()

    def _prepare(self) -> None:
        """Lay down the shipped method tables, once: most models read them."""
        if not self.is_prepared:
            self._lay_method()

    def _lay_method(self, has_survey: bool = False) -> None:
        """Begin with a build file of the shipped method tables and of a case without any rows."""
        self.target.mkdir(exist_ok=True)
        what = "surveyed" if has_survey else "method"
        with shared.home(what) as here:
            kept, known = here / f"{what}.duckdb", here / f"{what}.json"
            if not known.exists():
                keys = self._build_empty(has_survey)
                shutil.copy(self._file, kept)
                known.write_text(json.dumps(keys), "utf-8")
            shutil.copy(kept, self._file)
            self.memory.built = json.loads(known.read_text("utf-8"))
        self.is_prepared = True
        self.has_own_method, self.has_survey = False, has_survey

    def _build_empty(self, has_survey: bool) -> dict[str, str]:
        """Build all but the marts of a case without rows; return what the memory keeps of it."""
        spare = self.data.with_name("spare")
        spare.mkdir(exist_ok=True)
        (spare / "customers.csv").write_text("customer_id\n", "utf-8")
        if has_survey:
            (spare / "survey_answers.csv").write_text("response_id,question_id,answer\n", "utf-8")
        said = self._build([*EMPTY], raw_dir=str(spare))
        assert not said, said
        nodes = self.manifest.nodes.items()
        built = [n for n, node in nodes if node.resource_type == "model" and not is_mart(node)]
        keys = self.memory.keys(built, PARSED | {"raw_dir": str(spare)}, (None, has_survey))
        return {name: keys[name] for name in built}

    def _build(self, arguments: list[str], **dbt_vars: Any) -> list[str]:
        """Let scripts/build.py run dbt."""
        with self._inside() as said:
            arguments = [*self._places(), "--no-write-json", *arguments]
            failures = build.run_dbt(self.vars | dbt_vars, arguments, False)
        assert "Traceback" not in said.getvalue() + "".join(failures)
        return failures

    @property
    def _file(self) -> Path:
        """Where dbt builds."""
        return self.target / "satisfaction.duckdb"

    def _places(self) -> list[str]:
        """Return where dbt finds its profile and writes."""
        logs = str(self.target / "logs")
        places = ["--profiles-dir", str(ROOT), "--target-path", str(self.target)]
        # what a test asks stands in the results: to write dbt's log costs a tenth of a small run
        return [*places, "--log-path", logs, "--log-level-file", "none"]

    def _arguments(self, dbt_vars: Mapping[str, Any]) -> list[str]:
        """Return the arguments of any dbt command."""
        return [*self._places(), "--vars", json.dumps(dict(dbt_vars)), "--log-level", "none"]

    def _runner(self, kind: type, callbacks: Sequence[Callable[[Any], None]] = ()) -> Any:
        """Make a runner of dbt that has parsed already, and signs its files with its own id."""
        if self.manifest is None:
            return kind(callbacks=list(callbacks))

        def sign(event: Any) -> None:
            self.manifest.metadata.invocation_id = event.info.invocation_id

        return ParsedRunner(manifest=self.manifest, callbacks=[*callbacks, sign])

    @contextlib.contextmanager
    def _inside(self) -> Iterator[io.StringIO]:
        """Stand in the project, with the parsed manifest at hand, and catch what is printed."""
        runner = functools.partial(self._runner, dbt.cli.main.dbtRunner)
        here = shared.environment() | {"SATISFACTION_DUCKDB": str(self._file)}
        said = io.StringIO()
        with (
            contextlib.chdir(ROOT),
            contextlib.redirect_stdout(said),
            mock.patch.dict(os.environ, here, clear=True),
            mock.patch.object(dbt.cli.main, "dbtRunner", runner),
        ):
            yield said
