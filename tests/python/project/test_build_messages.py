"""What a user reads when a build fails: real texts of DuckDB and dbt in, plain words out."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from scripts import build, messages, publish
from tests.python.project.test_publish import write_build

HEADING = "Runtime Error in model base_customers (models/base/base_customers.sql)\n"
# words that no user should meet
NOISE = (
    "Traceback",
    "Possible",
    "strict_mode",
    "Auto-Detected",
    "> in macro",
    "duckdb.org",
    "LINE",
)


def in_dbt(text: str, heading: str = HEADING) -> str:
    """Wrap an engine's text as dbt does in a node's message."""
    return heading + textwrap.indent(text, "  ")


def csv_error(path: Path, content: bytes) -> str:
    """Let DuckDB read a broken CSV file the way the project's macros do."""
    path.write_bytes(content)
    columns = "{'a': 'VARCHAR', 'b': 'VARCHAR'}"
    with pytest.raises(duckdb.Error) as caught:
        duckdb.sql(
            f"from read_csv('{path}', header = true, auto_detect = false, delim = ',', "
            f"quote = '\"', escape = '\"', columns = {columns})"
        ).fetchall()
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            b"a,b\n1,2\n1,2,3\n",
            "customers.csv, line 3: 3 fields where the header has 2.\n"
            "Fix: quote the text that holds a comma, or remove the extra field.",
        ),
        (
            b"a,b\n1,2\n1\n",
            "customers.csv, line 3: 1 field where the header has 2.\n"
            "Fix: add the missing field (an empty one is fine).",
        ),
        (
            "a,b\n1,张三\n".encode("gbk"),
            "customers.csv, line 2: not UTF-8 (often GBK from Excel).\n"
            "Fix: iconv -f GB18030 -t UTF-8 customers.csv > fixed.csv, or save it as 'CSV UTF-8'.",
        ),
        (
            "a,b\n1,2\n".encode("utf-16"),
            "customers.csv: not UTF-8 (Excel's 'Unicode text').\n"
            "Fix: iconv -f UTF-16 -t UTF-8 customers.csv > fixed.csv, or save it as 'CSV UTF-8'.",
        ),
        (
            b'a,b\n1,"x\n2,3\n',
            "customers.csv, line 2: a quoted text is not closed.\n"
            'Fix: end it with ", and write a " inside a quoted text as "".',
        ),
        (
            b"a,b\r\n1,2\n3,4\r\n",
            "customers.csv: its lines end in different ways (Windows and Unix mixed) or a quote "
            "stands in the wrong place.\n"
            "Fix: sed -i 's/\\r$//' customers.csv, or save it again as 'CSV UTF-8'.",
        ),
        (
            b'a,b\n1,"' + b"x" * 3_000_000 + b'"\n',
            "customers.csv, line 2: longer than the reader takes (about 2 MB), "
            'most often a " that is never closed.\nFix: close it, or shorten the text.',
        ),
    ],
    ids=["extra field", "too few", "gbk", "utf-16", "open quote", "line ends", "long line"],
)
def test_csv_errors(tmp_path: Path, content: bytes, expected: str) -> None:
    assert messages.plain(in_dbt(csv_error(tmp_path / "customers.csv", content))) == expected


def test_an_encoding_error_names_the_file_when_it_holds_the_words_of_another_error(
    tmp_path: Path,
) -> None:
    text = csv_error(tmp_path / "s.csv", b"a,b\nCould not set lock on file,\xff\xfe\n")
    assert messages.plain(in_dbt(text)).startswith("s.csv, line 2: not UTF-8")


def engine_error(act: Callable[[], object]) -> str:
    """Return the text of the error that an engine call raises."""
    with pytest.raises(duckdb.Error) as caught:
        act()
    return str(caught.value)


def test_lock_names_the_holder_and_what_to_open(tmp_path: Path) -> None:
    path = tmp_path / "target" / "satisfaction.duckdb"
    path.parent.mkdir()
    code = f"import duckdb; c = duckdb.connect({str(path)!r}); print(flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        said = messages.plain(engine_error(lambda: duckdb.connect(str(path))))
        holder.communicate(b"\n")
    assert said.startswith("another program (python")
    assert f"process {holder.pid}) has target/satisfaction.duckdb open." in said
    assert "BI tools and notebooks should open target/marts.duckdb" in said


@pytest.mark.parametrize(
    ("content", "query", "expected"),
    [
        (b"a,b\n", "from read_parquet('{path}')", "answers.parquet: not a Parquet file."),
        (b"a,b\n" * 50, "from read_parquet('{path}')", "answers.parquet: not a Parquet file."),
        (None, "from read_parquet('{path}')", "no such file, or it cannot be read."),
    ],
)
def test_file_errors(tmp_path: Path, content: bytes | None, query: str, expected: str) -> None:
    path = tmp_path / "answers.parquet"
    if content is not None:
        path.write_bytes(content)
    text = engine_error(lambda: duckdb.sql(query.format(path=path)).fetchall())
    assert expected in messages.plain(in_dbt(text))


def test_a_broken_build_file_says_that_it_can_go(tmp_path: Path) -> None:
    path = tmp_path / "satisfaction.duckdb"
    path.write_bytes(b"not a database" * 1000)
    said = messages.plain(engine_error(lambda: duckdb.connect(str(path))))
    assert "Fix: remove it and build again" in said


def test_out_of_memory() -> None:
    con = duckdb.connect(config={"memory_limit": "20MB", "temp_directory": ""})
    sql = "select array_agg(i::varchar || repeat('x', 100)) from range(1000000) t(i)"
    assert messages.plain(in_dbt(engine_error(lambda: con.sql(sql).fetchall()))).startswith(
        "not enough memory"
    )


def test_a_macro_that_stops_the_build_is_quoted_without_its_trail() -> None:
    text = in_dbt(
        "The method tables have 2 problem(s):\nahp_judgements: 0 is off the scale.\n"
        "factors: cycle.\n\n> in macro stop (macros/method.sql)\n> called by model x (x.sql)",
        "Compilation Error in model py_method_gate (models/method/py_method_gate.sql)\n",
    )
    assert messages.plain(text) == (
        "The method tables have 2 problem(s):\nahp_judgements: 0 is off the scale.\nfactors: cycle."
    )


def python_failure(act: Callable[[], object]) -> str:
    """Return dbt-duckdb's message of a Python model that raises."""
    try:
        act()
    except Exception:
        return in_dbt("Python model failed:\n" + traceback.format_exc())
    raise AssertionError("nothing was raised")


class MethodError(Exception):
    """Stands for the project's own errors."""


def test_a_python_model_says_only_what_its_error_says() -> None:
    def act() -> None:
        raise MethodError("ahp_experts: weights sum to 0.9, not 1.\nFix: change one.")

    said = messages.plain(python_failure(act))
    assert said == "ahp_experts: weights sum to 0.9, not 1.\nFix: change one."


def test_a_bug_in_a_python_model_keeps_its_kind() -> None:
    assert messages.plain(python_failure(lambda: {}["wave"])).endswith("KeyError: 'wave'")


def test_a_bug_in_sql_names_the_model() -> None:
    text = engine_error(lambda: duckdb.sql("select * from nothing").fetchall())
    said = messages.plain(in_dbt(text))
    assert said.startswith("model base_customers: Table with name nothing does not exist!")


def test_the_error_function_of_sql_is_quoted() -> None:
    text = engine_error(lambda: duckdb.sql("select error('scale s5: one level.')").fetchall())
    assert "scale s5: one level." == messages.plain(in_dbt(text))


def result(name: str, status: str, message: str | None, failures: int | None = None) -> object:
    """Stand for one of dbt's run results."""
    node = SimpleNamespace(name=name, description="Every row\nis there.", compiled_path="t/x.sql")
    return SimpleNamespace(node=node, status=status, message=message, failures=failures)


def test_one_message_per_cause_and_none_for_skipped_nodes(tmp_path: Path) -> None:
    gbk = in_dbt(csv_error(tmp_path / "x.csv", b"a,b\n1,\xff\n"))
    said = messages.plain_failures(
        [
            result("base_x", "error", gbk),
            result("stg_x", "skipped", None),
            result("base_y", "error", gbk),
            result("accounting", "fail", "Got 3 results, configured to fail if != 0", 3),
            result("fine", "pass", None),
        ]
    )
    assert [text.splitlines()[0] for text in said] == [
        "x.csv, line 2: not UTF-8 (often western text from Excel).",
        "check accounting failed on 3 row(s).",
    ]
    assert said[1].endswith("Every row is there.\nThe query that shows them: t/x.sql")


def test_a_seed_that_dbt_cannot_decode_is_named(tmp_path: Path) -> None:
    (tmp_path / "seeds" / "raw").mkdir(parents=True)
    (tmp_path / "seeds" / "raw" / "good.csv").write_text("a\n张\n", "utf-8")
    assert messages.not_utf8(tmp_path) is None
    (tmp_path / "seeds" / "raw" / "raw_customers.csv").write_bytes("a\n张三\n".encode("gbk"))
    said = messages.not_utf8(tmp_path)
    assert said is not None and said.startswith("seeds/raw/raw_customers.csv: not UTF-8")


def test_no_message_holds_noise(tmp_path: Path) -> None:
    texts = [
        csv_error(tmp_path / "a.csv", b"a,b\n1,2,3\n"),
        engine_error(lambda: duckdb.sql("select cast('x' as integer)").fetchall()),
        engine_error(lambda: duckdb.sql("select nothing from range(3)").fetchall()),
        engine_error(lambda: duckdb.sql("selec 1").fetchall()),
    ]
    for text in texts:
        said = messages.plain(in_dbt(text))
        assert said and not [word for word in NOISE if word in said], said


def test_while_dbt_parses_the_project_is_read() -> None:
    progress = build.Progress()
    assert progress.doing() == "reading the project"
    node = SimpleNamespace(resource_type="test", node_name="grain_x", node_path="x.sql")
    info = SimpleNamespace(name="NodeStart")
    progress.event(SimpleNamespace(info=info, data=SimpleNamespace(node_info=node)))
    assert progress.doing() == "at work on checks"


def test_a_build_file_that_is_not_made_smaller_is_no_failed_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SATISFACTION_DUCKDB", raising=False)
    write_build(tmp_path, 1)
    published = publish.publish(tmp_path)
    (tmp_path / "satisfaction.duckdb.wal").write_bytes(b"")  # what a full disk leaves
    args = build.parse_arguments(["--full-refresh", "--no-report"])
    assert build.finish(tmp_path, published, args) == 0
    said = capsys.readouterr()
    assert "The marts are published; the build file was not made smaller: the copy is" in said.err
    assert "Published: " in said.out and "Nothing was published" not in said.err
    assert (tmp_path / "satisfaction.duckdb").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("given", [{"vars": "{as_of_date: 2025-02-30}"}, {"data": "x" * 5000}])
def test_a_build_never_ends_in_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: dict[str, str]
) -> None:
    arguments = [f"--{name}={value}" for name, value in given.items()]
    assert build.main([*arguments, "--target-path", str(tmp_path / "target")]) == 1
    said = capsys.readouterr().err
    assert "Fix: " in said and said.endswith("the last good build stay as they were.\n")


def test_a_target_folder_that_cannot_be_made_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert build.main(["--target-path", str(tmp_path / "file" / "target")]) == 1
    assert "Fix: remove what is in the way, or name another folder" in capsys.readouterr().err


def test_a_build_asks_early_for_whom_it_publishes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--vars", "{published_for: all}", "--target-path", str(tmp_path / "target")]
    assert build.main(arguments) == 1
    assert "Fix: make it one of owner, group, everyone" in capsys.readouterr().err
    assert not (tmp_path / "target").exists()


def test_reports_of_earlier_builds_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("report.html", "report-without-customers.html"):
        (tmp_path / name).touch()
    build.old_reports(tmp_path, 0)
    assert capsys.readouterr().out == ""
    build.old_reports(tmp_path, time.time() + 60)
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("report.html is of an earlier build; make report writes a new one.")
    assert second.endswith("make report ARGS=--without-customers writes a new one.")
