"""Build the marts of one case, publish them and print a short summary: what `make build` runs."""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if __package__ in (None, ""):  # run as a file, not with -m
    sys.path.insert(0, str(ROOT))

from satisfaction.core.threads import meanwhile  # noqa: E402
from scripts import areas, cases, figures, messages, publish, summary  # noqa: E402

LAYERS = {
    "gates": "method tables",
    "method": "method tables",
    "base": "base: typing every raw row",
    "staging": "staging: the accepted rows",
    "intermediate": "intermediate",
    "marts": "marts",
    "semantic": "semantic layer",
}
HEARTBEAT_SECONDS = 10.0
SHOWN_FAILURES = 5


class Progress:
    """Compact progress of a dbt run: one line per layer, and one per model that takes long."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.spoken = self.started
        self.layers: set[str] = set()
        self.running: dict[str, float] = {}
        self.begun = False
        self.lock = threading.Lock()
        self.done = threading.Event()

    def say(self, text: str) -> None:
        """Print a line with the elapsed seconds before it."""
        self.spoken = time.monotonic()
        # dbt hangs when a callback raises, as printing into a closed pipe (`| head`) does
        with contextlib.suppress(OSError):
            sys.stdout.write(f"{self.spoken - self.started:7.1f} s  {text}\n")
            sys.stdout.flush()

    def event(self, event: Any) -> None:
        """Take one event of dbt."""
        if event.info.name == "JinjaLogInfo":  # what a macro says to the user
            self.say(f"  {event.data.msg}")
        if event.info.name not in ("NodeStart", "NodeFinished"):
            return
        self.begun = True
        node = event.data.node_info
        if node.resource_type not in ("seed", "model"):
            return
        if event.info.name == "NodeFinished":
            took = time.monotonic() - self.running.pop(node.node_name, time.monotonic())
            if took > 1.0:
                self.say(f"  {node.node_name}: {took:.1f} s")
            return
        self.running[node.node_name] = time.monotonic()
        # Python models lie in folders by topic
        layer = LAYERS.get(node.node_path.split("/")[0], "Python models")
        layer = "seeds" if node.resource_type == "seed" else layer
        with self.lock:
            new = layer not in self.layers
            self.layers.add(layer)
        if new:
            self.say(layer)

    def doing(self) -> str:
        """Say what is going on."""
        if not self.begun:
            return "reading the project"
        return f"at work on {', '.join(sorted(self.running)[:3]) or 'checks'}"

    def beat(self) -> None:
        """Say what is going on when nothing was said for a while; ends with `done`."""
        while not self.done.wait(1.0):
            if time.monotonic() - self.spoken > HEARTBEAT_SECONDS:
                self.say(f"  … {self.doing()}")


@contextlib.contextmanager
def private() -> Iterator[None]:
    """Let nobody else read what is written meanwhile: the build file names every customer."""
    umask = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(umask)


@contextlib.contextmanager
def uncollected() -> Iterator[Callable[[Any], None]]:
    """Look for garbage only in what the run makes, not in the project again and again.

    Give the callback to dbt: what is there when the first node starts stays to the end.
    """
    gc.disable()

    def project_is_read(event: Any) -> None:
        if event.info.name == "NodeStart" and not gc.isenabled():
            gc.freeze()
            gc.enable()

    try:
        yield project_is_read
    finally:
        gc.unfreeze()
        gc.enable()


def run_dbt(dbt_vars: dict[str, Any], arguments: Sequence[str], verbose: bool) -> list[str]:
    """Run `dbt build` in this process and return what went wrong, in plain words.

    Parameters
    ----------
    dbt_vars
        Vars over those of dbt_project.yml.
    arguments
        Further arguments of `dbt build`.
    verbose
        Show dbt's own log instead of the compact progress.

    Returns
    -------
    list of str
        One message per distinct cause; empty when the build is whole.
    """
    progress = Progress()
    progress.say("reading the project")
    from dbt.cli.main import dbtRunner  # a second of imports: after the first line is out

    command = ["build", *arguments, "--vars", json.dumps(dbt_vars, default=str)]
    command += [] if verbose else ["--log-level", "none"]
    with meanwhile(progress.beat, progress.done), private(), uncollected() as project_is_read:
        callbacks = [project_is_read] if verbose else [project_is_read, progress.event]
        outcome = dbtRunner(callbacks=callbacks).invoke(command)
    release_build_file()
    results = list(getattr(outcome.result, "results", None) or [])
    counts = {name: sum(str(r.status) == name for r in results) for name in ("pass", "skipped")}
    if outcome.success:
        progress.say(f"{counts['pass']} checks passed")
        return []
    failures = messages.plain_failures(results)
    if isinstance(outcome.exception, UnicodeDecodeError):
        failures.append(messages.not_utf8(ROOT) or messages.plain(str(outcome.exception)))
    elif isinstance(outcome.exception, KeyboardInterrupt):
        failures = ["stopped."]
    elif outcome.exception:
        failures.append(messages.plain(str(outcome.exception) or type(outcome.exception).__name__))
    if counts["skipped"]:
        progress.say(f"{counts['skipped']} later steps were skipped")
    return failures or ["dbt stopped without a message; see dbt.log in the folder logs."]


def release_build_file() -> None:
    """Close the build file: dbt-duckdb keeps it open, and locked, until the process ends."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    with contextlib.suppress(Exception):  # there is no connection when parsing failed
        DuckDBConnectionManager.env().close()
    DuckDBConnectionManager.close_all_connections()


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="", help="folder with the raw tables; default: the demo")
    parser.add_argument("--method", default="", help="folder with method tables of your own")
    parser.add_argument("--vars", default="", help="dbt vars as a YAML mapping")
    parser.add_argument("--target-path", help="where dbt and the published marts are written")
    parser.add_argument("--unit-tests", action="store_true", help="run dbt's unit tests too")
    parser.add_argument("--full-refresh", action="store_true", help="as in dbt")
    parser.add_argument("--no-report", action="store_true", help="publish the marts and no more")
    parser.add_argument("--verbose", action="store_true", help="show dbt's own log")
    return parser.parse_args(argv)


def dbt_arguments(args: argparse.Namespace, target: Path) -> list[str]:
    """Return the arguments of `dbt build` that follow from the command line."""
    arguments = ["--profiles-dir", str(ROOT), "--target-path", str(target)]
    arguments += [] if args.unit_tests else ["--exclude-resource-type", "unit_test"]
    if target != ROOT / "target":  # everything that a build writes goes there
        os.environ["SATISFACTION_DUCKDB"] = str(target / "satisfaction.duckdb")
        arguments += ["--log-path", str(target / "logs")]
    return arguments + (["--full-refresh"] if args.full_refresh else [])


def finish(target: Path, published: Path, args: argparse.Namespace) -> int:
    """Do what comes after the marts are published; return the exit code of the process.

    They are good whatever fails here, and what fails says so in its own line.
    """
    build_file = publish.build_file_of(target)
    with contextlib.suppress(OSError):  # of a build before, or somebody else's
        build_file.chmod(0o600)
    if args.full_refresh:
        try:
            with private():
                publish.compact(build_file)
        except publish.PublishError as error:
            says = f"The marts are published; the build file was not made smaller: {error}"
            print(f"\n{says}", file=sys.stderr)
    with contextlib.suppress(BrokenPipeError):
        summary.show(published)
        sys.stdout.flush()
    return 0 if args.no_report else write_report(target)


def write_report(target: Path) -> int:
    """Write the report of what was just published; return the exit code of the process."""
    from reports import document  # a second of imports that a failed build does without

    try:
        print(f"Report: {summary.short(document.write(target))}")
    except document.ReportError as error:
        print(f"\nThe marts are published, the report is not written: {error}", file=sys.stderr)
        return 1
    return 0


def old_reports(target: Path, since: float) -> None:
    """Say which reports of earlier builds are not of these marts."""
    for name, how in (("", ""), ("-without-customers", " ARGS=--without-customers")):
        old = target / f"report{name}.html"
        if old.exists() and old.stat().st_mtime < since:
            says = f"is of an earlier build; make report{how} writes a new one."
            print(f"{summary.short(old)} {says}")


def unexpected_figures(target: Path, dbt_vars: dict[str, Any]) -> list[str]:
    """Hold the build against the figures that the case expects; return what differs."""
    compared = figures.of_build(target, dbt_vars.get("raw_dir"))
    if compared.differences:
        return [compared.message()]
    if compared.files:
        files = "1 file" if compared.files == 1 else f"{compared.files} files"
        print(f"figures: as expected in {compared.rows:,} rows of {files}", flush=True)
    return []


def main(argv: Sequence[str] | None = None) -> int:
    """Build, publish and sum up one case; return the exit code of the process."""
    args = parse_arguments(argv)
    kept = "Nothing was published; the marts of the last good build stay as they were."
    try:
        target = publish.target_folder(args.target_path)
        dbt_vars = cases.case_vars(args.data, args.method, args.vars)
        publish.modes(dbt_vars.get("published_for", "owner"))
        with contextlib.chdir(ROOT), publish.only_one(target, "build"):
            dbt_vars = areas.with_areas(dbt_vars, publish.build_file_of(target))
            failures = run_dbt(dbt_vars, dbt_arguments(args, target), args.verbose)
            if not failures:
                failures = unexpected_figures(target, dbt_vars)
            if not failures:
                published = publish.publish(target)
                kept = "The marts are published."
                since = published.stat().st_mtime
                code = finish(target, published, args)
                old_reports(target, since)
                return code
    except (cases.CaseError, publish.PublishError) as error:
        failures = [str(error)]
    except messages.TROUBLE as error:
        failures = [messages.trouble(error)]
    except KeyboardInterrupt:
        failures = ["stopped."]
    if len(failures) > SHOWN_FAILURES:
        more = f"… and {len(failures) - SHOWN_FAILURES} more; --verbose shows them all."
        failures = [*failures[:SHOWN_FAILURES], more]
    print("\n" + "\n\n".join([*failures, kept]), file=sys.stderr)
    return 1


if __name__ == "__main__":
    code = main()
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.close()
    sys.exit(code)
