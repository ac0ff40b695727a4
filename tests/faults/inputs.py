"""Bad inputs, drawn at random and several at once: each ends in one plain message with a fix."""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from reports import document
from scripts import build, cases, export, messages, publish
from tests.faults.trials import PromiseError
from tests.python.project.test_publish import write_build
from tests.shared import ROOT, environment

TABLES = ("survey_answers", "survey_wide", "transactions", "complaints", "questions", "factors")
# of Linux: to take a capability from a process and its children, and root's to write anywhere
DROP, ANYWHERE = 24, 1
#: one in so many trials runs the command in a process of its own, without any rights
ALONE = 40


@dataclass
class Case:
    """A folder with good data, and what is done to it before a build.

    Attributes
    ----------
    folder : pathlib.Path
        What DATA names.
    arguments : list of str
        Of the command.
    places : list of str
        Of each fault, what the message may begin with.
    """

    folder: Path
    arguments: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)


# What vars.yml or --vars may hold ----------------------------------------------------------------


def no_day(rng: random.Random) -> str:
    """Name a day or a time that does not exist."""
    months = (f"2025-{rng.randint(13, 99)}-01", "2025-00-10", f"2025-02-{rng.randint(29, 31)}")
    times = ("2025-04-31", "2025-03-05 25:61:00", f"2025-06-{rng.randint(31, 99)}")
    return f"as_of_date: {rng.choice(months + times)}"


def loop(rng: random.Random) -> str:
    """Write a value that holds itself, some levels down."""
    depth = rng.randint(0, 20)
    return f"segment_by: &a {'[' * depth}[*a]{']' * depth}"


def deep(rng: random.Random) -> str:
    """Write more levels than anybody means."""
    depth = rng.randint(50, 20_000)
    return "segment_by: " + "[" * depth + "]" * depth


def large(rng: random.Random) -> str:
    """Write more than anybody means: as text, as values, or as vars."""
    size = rng.randint(110_000, 2_000_000)
    return rng.choice(
        (
            f"weight_source: {'x' * size}",
            f"segment_by: [{'a, ' * (size // 3)}b]",
            "".join(f"x{i}: 1\n" for i in range(size // 6)),
        )
    )


def bomb(rng: random.Random) -> str:
    """Write a text whose aliases would fill any memory."""
    width, levels = rng.randint(5, 12), rng.randint(7, 12)
    lines = ["extra_columns:", f"  a0: &a0 [{', '.join('x' * width)}]"]
    for level in range(1, levels):
        lines.append(f"  a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]")
    return "\n".join(lines)


def odd_letter(rng: random.Random) -> str:
    """Write a letter that no text may hold."""
    letter = rng.choice(('"a\\0b"', '"\\ud800"', "a\0b", "a\x07b", '"\\U00110000"'))
    return f"default_survey_id: {letter}"


def twice(rng: random.Random) -> str:
    """Name a var twice."""
    name, other = rng.choice(("min_respondents", '"min_respondents"')), rng.randint(1, 99)
    return f"min_respondents: 3\nweight_source: equal\n{name}: {other}"


def no_value(rng: random.Random) -> str:
    """Write what no var can be."""
    values = (
        "!!python/object/apply:os.system [id]",
        *("!!binary aGk=", "!own x", ".inf", ".nan", "1.0e+999", "9" * rng.randint(19, 5000)),
        *("? [a]\n: b", "{[1]: 2}", "!!set {a, b}", "!!int x", "!!timestamp soon"),
    )
    return f"extra_columns: {{a: {rng.choice(values)}}}".replace(
        "{a: ? [a]\n: b}", "\n  ? [a]\n  : b"
    )


def no_mapping(rng: random.Random) -> str:
    """Write no mapping, or none that YAML knows."""
    texts = ("- a", "just words", "1", "a: [", "a: b: c", "\ta: 1", "{a", "'open", "*nobody", "@x")
    return rng.choice(texts)


def no_var(rng: random.Random) -> str:
    """Misspell a var."""
    name = list(rng.choice(sorted(cases.known_vars())))
    name[rng.randrange(len(name))] = rng.choice("qQ-9 ")
    return f"{''.join(name)}x: 1"


VARS = (no_day, loop, deep, large, bomb, odd_letter, twice, no_value, no_mapping, no_var)


def wrong_vars(rng: random.Random, case: Case) -> None:
    """Put wrong vars into vars.yml, or name them with --vars."""
    text = rng.choice(VARS)(rng)
    if rng.random() < 0.5:
        case.arguments += [f"--vars={text}"]
        case.places.append("--vars")
        return
    content = text.encode() if rng.random() < 0.9 else "# 地区\na: 1".encode("gbk")
    path = case.folder / "vars.yml"
    if not os.path.lexists(path):
        path.write_bytes(content)
        case.places.append(str(path))


# What may lie in the folder ----------------------------------------------------------------------


def other_name(rng: random.Random, case: Case) -> None:
    """Put the vars into a file that nobody reads."""
    names = ("vars.yaml", "Vars.yml", "VARS.YML", "vars.yml.txt", "Vars.Yaml", "vars.yaml.TXT")
    path = case.folder / rng.choice(names)
    path.write_text("min_respondents: 3\n", "utf-8")
    case.places.append(str(path))


def no_file(rng: random.Random, case: Case) -> None:
    """Put something else where a file is meant."""
    names = [f"{table}{end}" for table in TABLES for end in cases.TABLE_FILES]
    path = case.folder / rng.choice([*names, "vars.yml"])
    if not os.path.lexists(path):
        rng.choice(NO_FILES)(path)
        case.places.append(str(path))


def no_parts(rng: random.Random, case: Case) -> None:
    """Make the folder of a table without parts, or with a part that is none."""
    path = case.folder / rng.choice(TABLES)
    if not os.path.lexists(path):
        path.mkdir()
        if rng.random() < 0.5:
            rng.choice(NO_FILES)(path / "part-0.parquet")
        case.places.append(str(path))


def a_socket(path: Path) -> None:
    """Leave a socket; a long path is entered first, as the system asks for short names."""
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


NO_FILES: Sequence[Callable[[Path], None]] = (
    os.mkfifo,
    Path.mkdir,
    a_socket,
    lambda path: path.symlink_to("gone"),
    lambda path: path.symlink_to(path.name),
    lambda path: path.symlink_to("/dev/null"),
)


# What a command may be told ----------------------------------------------------------------------


def no_folder(rng: random.Random, case: Case) -> None:
    """Name a folder that cannot be."""
    kind = rng.choice(("data", "method"))
    names = ("/nowhere", "x" * rng.randint(300, 9000), "a\0b", "\ud800", "/dev/null", "a/" * 3000)
    case.arguments += [f"--{kind}={rng.choice(names)}"]
    case.places.append(f"{kind.upper()}=")


def no_target(rng: random.Random, case: Case) -> None:
    """Name a target folder that cannot be."""
    above = case.folder.parent
    (above / "file").touch()
    if not os.path.lexists(above / "loop"):
        (above / "loop").symlink_to("loop")
    names = ("file", "file/target", "loop", "loop/target", "x" * rng.randint(256, 5000))
    case.arguments += ["--target-path", str(above / rng.choice(names))]
    case.places.append(str(above))


def nobody(rng: random.Random, case: Case) -> None:
    """Publish for somebody who is not known."""
    case.arguments += [
        f"--vars={{published_for: {rng.choice(('all', '0644', '[owner]', 'null'))}}}"
    ]
    case.places.append("vars: published_for")


FAULTS = (*[wrong_vars] * 4, *[no_file] * 2, other_name, no_parts, no_folder, no_target, nobody)


# What may have become of a target folder ---------------------------------------------------------


def spoil(rng: random.Random, path: Path) -> None:
    """Cut a file short, overwrite its head or put something else in its place."""
    content = path.read_bytes()
    kind = rng.randrange(3)
    if kind == 0:
        path.write_bytes(content[: rng.randrange(len(content) // 2)])
    elif kind == 1:
        path.write_bytes(rng.randbytes(8192) + content[8192:])
    else:
        path.unlink()
        path.mkdir()


def spoilt_build(rng: random.Random, target: Path) -> Callable[[], int]:
    """Spoil what a build left; return what is run on it."""
    spoil(rng, target / rng.choice(("manifest.json", "satisfaction.duckdb")))
    return lambda: publish.main(["--target-path", str(target)])


def spoilt_marts(rng: random.Random, target: Path) -> Callable[[], int]:
    """Spoil what was published; return what is run on it."""
    told = ["--target-path", str(target)]
    name, run = rng.choice(
        (
            (
                "marts.duckdb",
                lambda: messages.told(lambda: document.write(target), document.ReportError),
            ),
            ("marts.duckdb", lambda: export.main([*told, "--whole"])),
            ("shared/shared.duckdb", lambda: export.main(told)),
        )
    )
    spoil(rng, (target / "marts" / name).resolve())
    return run


def spoilt_way(rng: random.Random, target: Path) -> Callable[[], int]:
    """Put something in the way of what is published; return what is run on it."""
    name = rng.choice(("marts", "marts.duckdb"))
    (target / name).unlink()
    rng.choice((Path.mkdir, Path.touch, os.mkfifo))(target / name)
    return lambda: publish.main(["--target-path", str(target)])


# Trials ------------------------------------------------------------------------------------------


def trial(seed: int) -> str:
    """Draw bad inputs and run a command on them; return what was bad.

    Parameters
    ----------
    seed
        Of all that is random.

    Raises
    ------
    PromiseError
        If the command accepts them, or says it otherwise than in one message with place and fix.
    """
    rng = random.Random(seed)
    with TemporaryDirectory(prefix="faults-") as home:
        if seed % ALONE == ALONE - 1:
            return without_rights(rng, Path(home))
        if rng.random() < 0.3:
            return bad_target(rng, Path(home))
        return bad_case(rng, Path(home))


def bad_case(rng: random.Random, home: Path) -> str:
    """Build a folder with one to three faults."""
    case = Case(home / "data")
    case.folder.mkdir()
    (case.folder / "customers.csv").write_text("customer_id\nc1\n", "utf-8")
    chosen = [rng.choice(FAULTS) for _ in range(rng.randint(1, 3))]
    for fault in chosen:
        fault(rng, case)
    if not any(argument.startswith("--data") for argument in case.arguments):
        case.arguments += [f"--data={case.folder}"]
    if "--target-path" not in case.arguments:
        case.arguments += ["--target-path", str(home / "target")]
    with mock.patch.object(build, "run_dbt", side_effect=PromiseError("dbt is started")):
        said = refused(lambda: build.main(case.arguments), case.places)
    if (home / "target" / "marts").exists():
        raise PromiseError("something was published")
    return f"{', '.join(fault.__name__ for fault in chosen)}: {said}"


def bad_target(rng: random.Random, home: Path) -> str:
    """Work in a target folder that is not as a build left it."""
    target = home / "target"
    write_build(target, 1, rows=50)
    with mock.patch.dict(os.environ):
        os.environ.pop("SATISFACTION_DUCKDB", None)
        publish.publish(target)
        fault = rng.choice((spoilt_build, spoilt_marts, spoilt_way))
        return f"{fault.__name__}: {refused(fault(rng, target), [str(target), 'the build file'])}"


def refused(run: Callable[[], int], places: Sequence[str]) -> str:
    """Run a command that has to refuse its input; return what it says."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        code = run()
    return checked(code, out.getvalue(), errors.getvalue(), places)


def checked(code: int, out: str, errors: str, places: Sequence[str]) -> str:
    """Return the first line of a message that is as it should be.

    Raises
    ------
    PromiseError
        If it is not: an exit code of 0, a traceback, no place, no fix or several.
    """
    told = errors.strip()
    problems = {
        "it is accepted": code == 0,
        "a traceback": "Traceback" in out + told,
        "no fix, or several": told.count("Fix: ") != 1,
        "no place": not any(place in told for place in places),
        "an endless message": len(told) > 10_000,
    }
    if wrong := [what for what, is_so in problems.items() if is_so]:
        raise PromiseError(f"{', '.join(wrong)}: {ascii(told[-600:])}, wanted {places}")
    return ascii(told.splitlines()[0][:120])


def give_up_rights() -> None:
    """Let root be stopped by the modes of files, as others are."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(DROP, ANYWHERE, 0, 0, 0)


def without_rights(rng: random.Random, home: Path) -> str:
    """Run a command as a user who may write nothing there, in a process of its own."""
    command = rng.choice(("build", "publish", "reports", "export"))
    target = home / "target"
    write_build(target, 1, rows=50)
    publish.publish(target, target / "satisfaction.duckdb")
    of_files = 0o000 if command == "reports" else 0o444  # a report is refused what it reads
    for path in [home, *home.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else of_files)
    module = command if command == "reports" else f"scripts.{command}"
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, "--target-path", str(target)],
            cwd=ROOT,
            env=environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
            preexec_fn=give_up_rights,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    finally:
        for path in [home, *home.rglob("*")]:
            path.chmod(0o755)
    said = checked(done.returncode, done.stdout, done.stderr, [str(target)])
    return f"{command} without rights: {said}"


@contextlib.contextmanager
def trials() -> Iterator[Callable[[int], str]]:
    """Prepare nothing: every trial has a folder of its own."""
    yield trial
