"""The contenders: how each is prepared, run, and what its results are compared with."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import yaml

from bench.case import ROOT
from bench.compare import (
    DifferenceError,
    compare,
    compare_all_columns,
    compare_loyalty,
    export_marts,
)
from bench.extra_rows import add_rows, link_case
from bench.generate import answers_of, generate
from bench.index_step import COMPARED
from bench.measure import run
from bench.more_types import TYPES, add_types
from scripts.catalogue import marts as read_marts
from tests.golden import checkouts, intended
from tests.golden.comparing import compare as compare_marts

CONTENDERS = Path(__file__).resolve().parent / "contenders"
MEMORY_VARIABLE = "SATISFACTION_DUCKDB_MEMORY"
# index, class and ladder: what the target was set for
LOYALTY = (
    "+fct_customer_loyalty",
    "+fct_customer_factor_loyalty",
    "+fct_segment_loyalty",
    "+fct_loyalty_ladder",
    "+fct_loyalty_ladder_events",
)


@dataclass
class Context:
    """What a whole benchmark run works with: a size, the folders, the interpreters."""

    size: str
    folder: Path
    data: Path
    libs: Path
    spark_python: Path | None = None
    spark_master: str = ""
    base: str = ""
    incremental_args: list[str] = field(default_factory=list)

    def case(self, kind: str, size: str = "") -> Path:
        """Return the folder of a generated case; it is written where it is not there."""
        return generate(size or self.size, [kind], self.data)[kind].resolve()

    def work(self, name: str) -> Path:
        """Return the folder of a contender."""
        place = (self.folder / self.size / name).resolve()
        place.mkdir(parents=True, exist_ok=True)
        return place


@dataclass
class Contender:
    """A script of its own; the base of all contenders.

    Attributes
    ----------
    name, title : str
        As the command line and the report call it.
    group : str
        What it is measured beside: branch, memory, growth, types, incremental, index, weights,
        loyalty, fixed, spark.
    script : str
        The file in contenders/.
    most : str
        The largest size that it can be asked for.
    """

    name: str
    title: str
    group: str
    script: str
    most: str = "100m"

    def why_not(self, ctx: Context) -> str:
        """Say why it cannot run, in plain words; empty when it can."""
        if answers_of(ctx.size) > answers_of(self.most):
            return f"only up to {self.most}"
        return ""

    def data(self, ctx: Context) -> Path:
        """Return the case that it reads."""
        return ctx.case("survey")

    def command(self, ctx: Context) -> list[str]:
        """Return the command that is measured."""
        where = ["--data", str(self.data(ctx)), "--work", str(ctx.work(self.name))]
        return [sys.executable, str(CONTENDERS / f"{self.script}.py"), *where]

    def env(self, ctx: Context) -> dict[str, str]:
        """Return further environment variables."""
        return {"PYTHONUTF8": "1"}

    def folder(self, ctx: Context) -> Path:
        """Return the folder that the command runs in."""
        return ROOT

    def prepare(self, ctx: Context) -> None:
        """Get ready for one run, unmeasured: results of an earlier one are removed."""
        for name in (
            "segments.parquet",
            "factors.parquet",
            "months.parquet",
            "weights.npy",
            "timing.json",
        ):
            (ctx.work(self.name) / name).unlink(missing_ok=True)

    def check(self, ctx: Context) -> int:
        """Compare the results; return how many rows were compared."""
        return compare(ctx.work("pipeline"), ctx.work(self.name), self.name)

    def clean(self, ctx: Context) -> None:
        """Remove the build file, which can be gigabytes, but for those that others read."""
        if self.name not in ("pipeline", "loyalty"):
            (ctx.work(self.name) / "bench.duckdb").unlink(missing_ok=True)

    def figures(self, ctx: Context) -> dict[str, Any]:
        """Return what it has measured itself."""
        path = ctx.work(self.name) / "timing.json"
        figures = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        figures.pop("settings", None)
        return dict(figures)


class OnPipeline(Contender):
    """Works on what the pipeline of this round has left: weights, compiled SQL, tables."""

    def prepare(self, ctx: Context) -> None:
        """Fetch the factors' weights, which are an input of all contenders of the branch."""
        super().prepare(ctx)
        query = "copy (select factor_id, weight from py_satisfaction_weights "
        query += "where factor_id is not null) to '{}'"
        place = str(ctx.work(self.name) / "weights.parquet").replace("'", "''")
        with duckdb.connect(str(ctx.work("pipeline") / "bench.duckdb"), read_only=True) as link:
            link.execute(query.format(place))


class WithLibraries(OnPipeline):
    """Needs the libraries of bench/requirements.lock."""

    def why_not(self, ctx: Context) -> str:
        """Say which folder is missing."""
        missing = "" if ctx.libs.is_dir() else f"no libraries in {ctx.libs}: run `make bench`"
        return super().why_not(ctx) or missing

    def env(self, ctx: Context) -> dict[str, str]:
        """Put the libraries before those of the project."""
        path = os.pathsep.join(filter(None, [str(ctx.libs), os.environ.get("PYTHONPATH")]))
        return {**super().env(ctx), "PYTHONPATH": path}


class Compiled(OnPipeline):
    """Executes the SQL that the pipeline's run has compiled, in a copy of the same seeded file."""

    def prepare(self, ctx: Context) -> None:
        """Copy the manifest, the order of nodes and the seeded build file."""
        super().prepare(ctx)
        pipeline, own = ctx.work("pipeline"), ctx.work(self.name)
        shutil.copyfile(pipeline / "target" / "manifest.json", own / "manifest.json")
        shutil.copyfile(pipeline / "timing.json", own / "order.json")
        fresh_build_file(pipeline / "seeded.duckdb", own)

    def check(self, ctx: Context) -> int:
        """Compare the marts that it has built."""
        export_marts(ctx.work(self.name) / "bench.duckdb", ctx.work(self.name))
        return super().check(ctx)


def fresh_build_file(seeded: Path, folder: Path) -> None:
    """Replace a folder's build file by a copy of another; what it spilled is removed."""
    (folder / "bench.duckdb.wal").unlink(missing_ok=True)
    shutil.rmtree(folder / "bench.duckdb.tmp", ignore_errors=True)
    shutil.copyfile(seeded, folder / "bench.duckdb")


@dataclass
class Dbt(Contender):
    """dbt on a build file that holds the method tables; the project is parsed beforehand.

    Attributes
    ----------
    select : tuple of str
        What dbt builds; none is the branch up to the segment marts.
    memory : str
        DuckDB's memory limit, such as 2GB.
    share : int
        Reads the case of a size that is so many times smaller.
    """

    script: str = "pipeline"
    select: tuple[str, ...] = ()
    memory: str = ""
    share: int = 1
    arguments: tuple[str, ...] = ()

    def why_not(self, ctx: Context) -> str:
        """Say whether the profile takes a limit, and whether the size can be divided."""
        profile = (ROOT / "profiles.yml").read_text("utf-8")
        if self.memory and MEMORY_VARIABLE not in profile:
            return f"profiles.yml does not read {MEMORY_VARIABLE}"
        if self.share > 1 and answers_of(ctx.size) // self.share < 1_000_000:
            return "the smaller size would be below 1m"
        return super().why_not(ctx)

    def data(self, ctx: Context) -> Path:
        """Return the behaviour case for the loyalty branch, a smaller survey case for growth."""
        if self.group == "loyalty":
            return ctx.case("behaviour")
        answers = answers_of(ctx.size) // self.share
        return ctx.case("survey", f"{answers // 1_000_000}m" if self.share > 1 else ctx.size)

    def env(self, ctx: Context) -> dict[str, str]:
        """Name the build file and the limit."""
        own = {"SATISFACTION_DUCKDB": str(ctx.work(self.name) / "bench.duckdb")}
        if self.memory:
            own[MEMORY_VARIABLE] = self.memory
        return {**super().env(ctx), **own}

    def command(self, ctx: Context) -> list[str]:
        """Add what dbt is asked to build."""
        selected = ["--select", *self.select] if self.select else []
        return [*super().command(ctx), *selected, "--", *self.arguments]

    def prepare(self, ctx: Context) -> None:
        """Load the method tables once, then start every run from a copy of that file."""
        super().prepare(ctx)
        work = ctx.work(self.name)
        seeded = work / "seeded.duckdb"
        if not seeded.is_file():
            run_unmeasured(self, ctx, ["--command", "seed", "--select", "--"])
            shutil.copyfile(work / "bench.duckdb", seeded)
        fresh_build_file(seeded, work)

    def check(self, ctx: Context) -> int:
        """Compare the marts with the pipeline's, where both read the same case."""
        work = ctx.work(self.name)
        if self.group == "loyalty":
            return count_events(work / "bench.duckdb")
        export_marts(work / "bench.duckdb", work)
        return 0 if self.share > 1 else super().check(ctx)

    def figures(self, ctx: Context) -> dict[str, Any]:
        """Add the rows that were read and the size of the build file."""
        files = "transactions" if self.group == "loyalty" else "survey_answers"
        rows = count_rows(str(self.data(ctx) / files / "*.parquet"))
        build_file = (ctx.work(self.name) / "bench.duckdb").stat().st_size
        return {**super().figures(ctx), "rows": rows, "build_file": build_file}


class MoreTypes(Dbt):
    """The same rows, cut by two more segment types of twelve values each."""

    def data(self, ctx: Context) -> Path:
        """Return the case with the further attributes; it is made where it is not there."""
        folder = ctx.work(f"case_{self.name}")
        if not (folder / "vars.yml").is_file():
            add_types(ctx.case("survey"), folder)
        return folder

    def check(self, ctx: Context) -> int:
        """Compare the segments that both cases have."""
        work = ctx.work(self.name)
        export_marts(work / "bench.duckdb", work, TYPES)
        return Contender.check(self, ctx)


class Weighted(Dbt):
    """The same rows, each respondent weighted to the customers by raking."""

    def data(self, ctx: Context) -> Path:
        """Return the case with the var weighting; it is made where it is not there."""
        folder = ctx.work(f"case_{self.name}")
        own = folder / "vars.yml"
        if not own.is_file():
            link_case(ctx.case("survey"), folder)
            settings = yaml.safe_load(own.read_text("utf-8"))
            own.unlink()  # it may be the other case's own file
            own.write_text(yaml.safe_dump(settings | {"weighting": "raking"}), "utf-8")
        return folder

    def check(self, ctx: Context) -> int:
        """Hold what is not weighted against the pipeline's index; return the segments compared."""
        files = [str(ctx.work(name) / "bench.duckdb") for name in ("pipeline", self.name)]
        with duckdb.connect() as connection:
            for name, path in zip(("plain", "weighted"), files, strict=True):
                quoted = path.replace("'", "''")
                connection.execute(f"attach '{quoted}' as {name} (read_only)")
            counted = connection.execute("""
                select count(*), count(*) filter (where abs(p.satisfaction_index
                    - w.unweighted_index) <= 1e-9 and p.n_respondents = w.n_respondents)
                from plain.main.fct_segment_satisfaction as p
                full join weighted.main.fct_segment_satisfaction as w
                    using (survey_id, segment_type, segment_value)""").fetchall()
        total, same = counted[0]
        if not total or total != same:
            raise DifferenceError(f"{self.name}: {total - same} of {total} segments differ.")
        return int(total)


def run_unmeasured(contender: Contender, ctx: Context, arguments: list[str]) -> None:
    """Run a contender's dbt with other arguments, as a preparation."""
    work = ctx.work(contender.name)
    (work / "bench.duckdb").unlink(missing_ok=True)
    command = [*Contender.command(contender, ctx), *arguments]
    measured = run(command, work / "prepare.log", contender.env(ctx))
    if measured.exit_code:
        raise DifferenceError(f"{contender.name}: preparing failed, see {work / 'prepare.log'}")


def count_rows(pattern: str) -> int:
    """Count the rows of Parquet files."""
    rows = duckdb.execute("select count(*) from read_parquet($p)", {"p": pattern}).fetchall()
    return int(rows[0][0])


def count_events(build_file: Path) -> int:
    """Count the ladder's events and the customer months; neither may be none."""
    with duckdb.connect(str(build_file), read_only=True) as connection:
        query = """select (select count(*) from fct_loyalty_ladder_events),
            (select count(*) from fct_loyalty_ladder)"""
        events, months = connection.execute(query).fetchall()[0]
    if not events or not months:
        raise DifferenceError(f"loyalty: {events} ladder events in {months} customer months.")
    return int(events + months)


@dataclass
class Incremental(Dbt):
    """A second dbt run after later rows came in, or a full refresh of the same.

    The first run, on the rows without the later ones, is prepared once and copied for every round.
    """

    kind: str = "new_wave"
    full_refresh: bool = False

    def data(self, ctx: Context) -> Path:
        """Return the folder with the later rows; both ways of building read the same one."""
        return ctx.work(f"case_{self.kind}")

    def command(self, ctx: Context) -> list[str]:
        """Ask dbt for a full refresh, or for an incremental run."""
        flags = ["--full-refresh"] if self.full_refresh else ctx.incremental_args
        return [*super().command(ctx), *flags]

    def prepare(self, ctx: Context) -> None:
        """Start from a build of the earlier rows, which both ways of building share."""
        Contender.prepare(self, ctx)
        work, folder = ctx.work(self.name), self.data(ctx)
        earlier = folder.with_name(f"earlier_{self.kind}.duckdb")
        if not (folder / "vars.yml").is_file():
            link_case(ctx.case("survey"), folder)
        if not (work / "target").is_dir():  # the project is parsed
            run_unmeasured(self, ctx, ["--command", "seed", "--select", "--"])
        if not earlier.is_file():
            measured = run(Dbt.command(self, ctx), work / "prepare.log", self.env(ctx))
            if measured.exit_code:
                log = work / "prepare.log"
                raise DifferenceError(f"{self.name}: the first build failed, see {log}")
            (work / "bench.duckdb").rename(earlier)
            add_rows(folder, self.kind)
        fresh_build_file(earlier, work)

    def check(self, ctx: Context) -> int:
        """Compare with the full refresh, which ran before."""
        work = ctx.work(self.name)
        export_marts(work / "bench.duckdb", work)
        reference = ctx.work(f"full_{self.kind}")
        return 0 if self.full_refresh else compare(reference, work, self.name)


class OnLoyalty(Contender):
    """Works on the behaviour case, beside the loyalty branch that this round has built."""

    def data(self, ctx: Context) -> Path:
        """Return the behaviour case."""
        return ctx.case("behaviour")

    def prepare(self, ctx: Context) -> None:
        """Fetch what no SQL can work out: weights by AHP, and what BG/NBD expects."""
        super().prepare(ctx)
        given_to_loyalty(ctx.work("loyalty") / "bench.duckdb", ctx.work(self.name))

    def check(self, ctx: Context) -> int:
        """Compare ladder, index and class of every customer and month."""
        months = ctx.work(self.name) / "months.parquet"
        return compare_loyalty(ctx.work("loyalty") / "bench.duckdb", months, self.name)

    def figures(self, ctx: Context) -> dict[str, Any]:
        """Return the rows that were read."""
        rows = count_rows(str(self.data(ctx) / "transactions" / "*.parquet"))
        return {**super().figures(ctx), "rows": rows}


def given_to_loyalty(build_file: Path, folder: Path) -> None:
    """Write the weights of the loyalty factors and the modelled probabilities into a folder."""
    queries = {
        "weights": "select factor_id, weight from py_loyalty_weights where factor_id is not null",
        # only where its fit is estimated does the model stand in
        "predictions": """select n_repeats, days_to_last, days_observed, repeat_probability,
                nullif(repeat_low, 'nan') as repeat_low, nullif(repeat_high, 'nan') as repeat_high
            from py_purchase_predictions
            where exists (
                from py_purchase_models where model = 'bg_nbd' and status = 'estimated'
            )""",
    }
    with duckdb.connect(str(build_file), read_only=True) as link:
        for name, query in queries.items():
            path = str(folder / f"{name}.parquet").replace("'", "''")
            link.execute(f"copy ({query}) to '{path}'")


class Weights(WithLibraries):
    """AHP weights of many matrices; AHPy's sample is compared with the project's."""

    def prepare(self, ctx: Context) -> None:
        """Remove earlier results; nothing of the pipeline is needed."""
        Contender.prepare(self, ctx)

    def why_not(self, ctx: Context) -> str:
        """Say what is missing; the project's own weights need no further library."""
        return "" if self.script == "weights_project" else super().why_not(ctx)

    def check(self, ctx: Context) -> int:
        """Compare weights: equal within 1e-9."""
        own = np.load(ctx.work(self.name) / "weights.npy")
        reference = np.load(ctx.work("weights_project") / "weights.npy")[: len(own)]
        if own.shape != reference.shape or not np.allclose(own, reference, rtol=0, atol=1e-9):
            raise DifferenceError(f"{self.name}: weights differ from the project's.")
        return len(own)


class Index(Contender):
    """The index step alone, in a copy of the build file that the pipeline has left."""

    def prepare(self, ctx: Context) -> None:
        """Copy the build file and the compiled models."""
        super().prepare(ctx)
        pipeline, own = ctx.work("pipeline"), ctx.work(self.name)
        shutil.copyfile(pipeline / "target" / "manifest.json", own / "manifest.json")
        fresh_build_file(pipeline / "bench.duckdb", own)

    def check(self, ctx: Context) -> int:
        """Compare the counts and indices of segments with what the Python models give."""
        own, reference = ctx.work(self.name), ctx.work("index_python")
        if own == reference:
            return 0
        return sum(
            compare_all_columns(reference / f"{name}.parquet", own / f"{name}.parquet")
            for name in COMPARED
        )


@dataclass
class Spark(Dbt):
    """The same branch on Apache Spark, from an environment that has the adapter."""

    most: str = "10m"
    master: str = ""

    def why_not(self, ctx: Context) -> str:
        """Say what is missing."""
        if ctx.spark_python is None or not ctx.spark_python.exists():
            return "no Spark environment: run `make build-spark`, or name its Python"
        if self.master and not ctx.spark_master:
            return "no cluster: start one and name it with --spark-master spark://host:port"
        return Contender.why_not(self, ctx)

    def command(self, ctx: Context) -> list[str]:
        """Run the same script with Spark's interpreter and target."""
        own = Contender.command(self, ctx)
        return [str(ctx.spark_python), *own[1:], "--target", "spark"]

    def env(self, ctx: Context) -> dict[str, str]:
        """Keep Spark's warehouse and metastore in the work folder."""
        folder = {"SATISFACTION_SPARK_DIR": str(ctx.work(self.name) / "spark")}
        master = {"SPARK_MASTER": ctx.spark_master} if self.master else {}
        return {**Contender.env(self, ctx), **folder, **master}

    def prepare(self, ctx: Context) -> None:
        """Begin with an empty warehouse that holds the method tables."""
        Contender.prepare(self, ctx)
        work = ctx.work(self.name)
        shutil.rmtree(work / "spark", ignore_errors=True)
        seed = [*self.command(ctx), "--command", "seed", "--select", "--"]
        measured = run(seed, work / "prepare.log", self.env(ctx))
        if measured.exit_code:
            raise DifferenceError(f"{self.name}: seeding failed, see {work / 'prepare.log'}")

    def check(self, ctx: Context) -> int:
        """Compare the Parquet files of the warehouse with the pipeline's marts."""
        work = ctx.work(self.name)
        with duckdb.connect(str(work / "marts.duckdb")) as link:
            for mart in ("fct_segment_satisfaction", "fct_segment_factor_satisfaction"):
                found = sorted((work / "spark").rglob(f"{mart}/*.parquet"))
                files = ", ".join(f"'{path}'" for path in found)
                link.execute(f"create or replace view {mart} as from read_parquet([{files}])")
        export_marts(work / "marts.duckdb", work)
        return Contender.check(self, ctx)

    def figures(self, ctx: Context) -> dict[str, Any]:
        """Return the seconds within nodes and the rows that were read."""
        rows = count_rows(str(self.data(ctx) / "survey_answers" / "*.parquet"))
        return {**Contender.figures(self, ctx), "rows": rows}


@dataclass
class Fixed(Contender):
    """What a build costs that has little to compute: the demo of 400 customers, or its report.

    Attributes
    ----------
    arguments : tuple of str
        What Python is given: a command of the project.
    is_base : bool
        Runs the commit `Context.base` in an environment of its own lock, not the working tree.
    """

    arguments: tuple[str, ...] = ()
    is_base: bool = False

    def side(self, ctx: Context) -> checkouts.Side:
        """Return the checkout and its environment."""
        return checkouts.old(ctx.base) if self.is_base else checkouts.new()

    def target(self, ctx: Context) -> Path:
        """Return the target folder, which the report shares with the build before it."""
        return ctx.work("demo_base" if self.is_base else "demo") / "target"

    def command(self, ctx: Context) -> list[str]:
        """Return a command of the project."""
        python = str(self.side(ctx).programs / "python")
        return [python, *self.arguments, "--target-path", str(self.target(ctx))]

    def folder(self, ctx: Context) -> Path:
        """Return the checkout."""
        return self.side(ctx).root

    def prepare(self, ctx: Context) -> None:
        """Run it once, unmeasured: the project is parsed, and Python has compiled what it reads."""
        log = ctx.work(self.name) / "prepare.log"
        if log.is_file():
            return
        if run(self.command(ctx), log, self.env(ctx), self.folder(ctx)).exit_code:
            raise DifferenceError(f"{self.name}: the first run failed, see {log}")

    def check(self, ctx: Context) -> int:
        """Compare the working tree's marts with the base's, which ran before; return how many."""
        if self.name != "demo":
            return 0
        target, base = self.target(ctx), ctx.work("demo_base") / "target"
        grains = {
            mart.name: mart.grain
            for folder in (base, target)
            for mart in read_marts(json.loads((folder / "manifest.json").read_text("utf-8")))
        }
        compared = compare_marts(base / "marts.duckdb", target / "marts.duckdb", grains)
        if wrong := intended.unintended(compared.differences, intended.read()):
            raise DifferenceError("\n".join(["demo: marts differ", *map(str, wrong)]))
        return compared.tables


def contenders() -> list[Contender]:
    """Return all contenders; the pipeline comes first, since others work on what it leaves."""
    return [
        Dbt("pipeline", "The pipeline (`dbt run`)", "branch"),
        Compiled("compiled", "Its own compiled SQL without dbt", "branch", "compiled"),
        OnPipeline("handwritten", "One hand-written DuckDB query", "branch", "handwritten"),
        WithLibraries("polars", "Polars, streaming", "branch", "polars_streaming"),
        OnPipeline("pandas", "Pandas", "branch", "in_pandas", most="10m"),
        *[
            Dbt(f"memory_{gb}gb", f"The pipeline within {gb} GB", "memory", memory=f"{gb}GB")
            for gb in (1, 2, 4)
        ],
        Dbt("tenth", "The pipeline on a tenth of the rows", "growth", share=10),
        Dbt("hundredth", "The pipeline on a hundredth of the rows", "growth", share=100),
        Weighted("weighted", "The pipeline, respondents weighted by raking", "types"),
        MoreTypes("six_types", "The pipeline on six segment types, two of twelve values", "types"),
        *[
            Incremental(name, title, "incremental", kind=kind, full_refresh=full)
            for kind, what in (("new_wave", "a new wave"), ("late_answers", "late answers"))
            for name, title, full in (
                (f"full_{kind}", f"Full refresh with {what}", True),
                (f"incremental_{kind}", f"Incremental run after {what}", False),
            )
        ],
        Index("index_python", "Python index models", "index", "index_python"),
        Index("index_sql", "The same step in SQL", "index", "index_sql"),
        Weights("weights_project", "AHP weights, the project", "weights", "weights_project"),
        Weights("weights_ahpy", "AHP weights, AHPy 2.1", "weights", "weights_ahpy"),
        Dbt(
            "loyalty",
            "The loyalty branch within 5 GB (`dbt run`)",
            "loyalty",
            select=LOYALTY,
            memory="5GB",
        ),
        OnLoyalty(
            "handwritten_loyalty",
            "One hand-written DuckDB script for ladder, index and class",
            "loyalty",
            "handwritten_loyalty",
        ),
        *[
            Fixed(
                name,
                f"{title} at the base commit" if old else title,
                "fixed",
                "",
                "100m",
                told,
                old,
            )
            for title, name, told in (
                ("`make build` of the demo, warm", "demo", ("scripts/build.py", "--full-refresh")),
                ("`make report` of the demo", "report", ("-m", "reports")),
            )
            for name, old in ((f"{name}_base", True), (name, False))
        ],
        Spark("spark_local", "The pipeline on local Spark", "spark"),
        Spark("spark_cluster", "The pipeline on a Spark cluster", "spark", master="cluster"),
    ]
