"""Superset for real: both dashboards in a browser, every chart by the REST API, marts published."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from typing import Any

import pytest
import requests
import yaml
from playwright.sync_api import Browser

from bi.superset import bundle
from tests.shared import ROOT, run_build
from tests.superset.conftest import SCREENSHOTS, Server, log_in, open_dashboard, start, stop

ASKED: dict[int, dict[str, Any]] = {}
# how many charts a dashboard has
CHARTS = {
    path.stem: sum(map(len, yaml.safe_load(path.read_text(encoding="utf-8"))["rows"]))
    for path in bundle.DASHBOARDS
}
# what Superset itself says in a language
APPLY = {"en": "Apply filters", "zh": "应用过滤器"}
# what a drawn chart consists of: a canvas with something on it, rows of a table, a big figure
DRAWN = """holder => {
    if (holder.querySelector('.ant-empty, .ant-alert-error')) return false;
    if (holder.querySelectorAll('tbody tr').length) return true;
    const figure = holder.querySelector('.header-line');
    if (figure) return /\\d/.test(figure.textContent);
    return [...holder.querySelectorAll('canvas')].some(canvas => canvas.getContext('2d')
        .getImageData(0, 0, canvas.width, canvas.height).data.some(value => value));
}"""


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", CHARTS)
def test_dashboards_are_drawn(name: str, language: str, server: Server, browser: Browser) -> None:
    page = log_in(browser, server, language)
    opened = open_dashboard(page, server, name, CHARTS[name])
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"superset-{name}-{language}.png")
    holders = page.locator("[data-test-viz-type]")
    undrawn = [
        holder.inner_text().split("\n")[0] for holder in holders.all() if not holder.evaluate(DRAWN)
    ]
    assert holders.count() == CHARTS[name]
    assert undrawn == []
    assert {response.status for response in opened.answers.values()} == {200}
    assert len(opened.answers) == CHARTS[name]
    assert opened.errors == []
    assert opened.elsewhere == []
    assert page.get_by_text(APPLY[language]).count() == 1
    ASKED.update(opened.asked)
    page.close()


@pytest.fixture
def asked(server: Server, browser: Browser) -> dict[int, dict[str, Any]]:
    """Return what every chart asked in the browser, also when a test runs alone."""
    if len(ASKED) < sum(CHARTS.values()):
        page = log_in(browser, server, "en")
        for name in CHARTS:
            ASKED.update(open_dashboard(page, server, name, CHARTS[name]).asked)
        page.close()
    return ASKED


def ask(session: requests.Session, server: Server, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask for a chart's data as the dashboard did; return its rows."""
    answer = session.post(f"{server.url}/api/v1/chart/data", json=asked, timeout=60)
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["result"]
    assert result["error"] is None, result["error"]
    assert result["rowcount"] == len(result["data"]) > 0, asked
    return list(result["data"])


def test_every_chart_gives_its_data_by_the_api(
    server: Server, asked: dict[int, dict[str, Any]]
) -> None:
    session = server.api()
    listed = session.get(f"{server.url}/api/v1/chart/?q=(page_size:100)", timeout=60).json()
    titles = {chart["id"]: chart["slice_name"] for chart in listed["result"]}
    assert set(titles) == set(asked)
    data = {titles[number]: ask(session, server, form) for number, form in asked.items()}

    newest = "survey_id = (select survey_id from dim_waves order by wave_number desc limit 1)"
    by_wave = data["各批次满意度指数及 95 % 区间 Index by wave, with its 95 % interval"]
    columns = ("wave_text", "满意度指数 Index", "区间下限 Lower bound", "区间上限 Upper bound")
    assert [tuple(row[column] for column in columns) for row in by_wave] == server.rows(
        "select lpad(wave_number::varchar, 2, '0') || ' · ' || survey_id, satisfaction_index, "
        "index_low, index_high from fct_segment_satisfaction "
        "where segment_type = 'total' order by wave_number"
    )
    by_segment = data["各群体满意度指数 Index by segment"]
    assert sorted(row["满意度指数 Satisfaction index"] for row in by_segment) == sorted(
        index
        for (index,) in server.rows(
            "select satisfaction_index from fct_segment_satisfaction"
            f" where {newest} and segment_type = 'customer_type'"
        )
    )
    marked = {row["segment_marked"] for row in by_segment}
    assert {label.endswith(" *") for label in marked} == {True, False}  # small samples show
    ladder = data["忠诚阶梯各级客户 Customers by level of the loyalty ladder"]
    assert [sum(v for k, v in row.items() if k != "month_start") for row in ladder] == [
        n
        for (n,) in server.rows(
            "select n_on_ladder from fct_segment_loyalty where segment_type = 'total'"
            " order by month_start"
        )
    ]
    tiers = data["客户层级（全部客户）Customers by tier (all customers)"]
    assert (
        sum(row["客户数 Customers"] for row in tiers)
        == server.rows(
            "select count(*) from fct_customer_tiers"
            " where month_start = (select max(month_start) from fct_customer_tiers)"
        )[0][0]
    )


def test_nothing_but_the_marts_can_be_read(server: Server) -> None:
    session = server.api()
    token = session.get(f"{server.url}/api/v1/security/csrf_token/", timeout=60).json()["result"]
    session.headers.update({"X-CSRFToken": token, "Referer": server.url})
    databases = session.get(f"{server.url}/api/v1/database/", timeout=60).json()["result"]
    (marts,) = (d["id"] for d in databases if d["database_name"] == bundle.DATABASE)

    def run(sql: str) -> requests.Response:
        query = {"database_id": marts, "sql": sql, "schema": "main", "runAsync": False}
        return session.post(f"{server.url}/api/v1/sqllab/execute/", json=query, timeout=60)

    assert run("select count(*) as n from dim_waves").json()["data"] == [{"n": 4}]
    for sql in (
        f"select * from read_text('{ROOT / 'pyproject.toml'}')",
        "create table dim_waves_2 as select * from dim_waves",
        "drop table dim_waves",
    ):
        assert run(sql).status_code >= 400, sql


def test_no_read_fails_while_marts_are_published(
    server: Server, asked: dict[int, dict[str, Any]]
) -> None:
    """Ten readers ask all charts in turn; a true rebuild and three publications come between."""
    total = "select satisfaction_index from fct_segment_satisfaction where segment_type = 'total'"
    total += " order by wave_number"
    others = list(asked.values())
    (by_wave,) = (form for form in others if form["form_data"].get("x_axis") == "wave_text")
    over = threading.Event()
    failed: list[str] = []
    reads = [0] * 10
    seen: list[list[tuple[float, ...]]] = [[] for _ in reads]

    def read(reader: int) -> None:
        session = server.api()
        while not over.is_set():
            try:
                ask(session, server, others[(reads[reader] + reader) % len(others)])
                rows = ask(session, server, by_wave)
                seen[reader].append(tuple(row["满意度指数 Index"] for row in rows))
                reads[reader] += 2
            except Exception as error:  # noqa: BLE001  whatever it is, it is a failed read
                failed.append(repr(error)[:500])

    old = tuple(index for (index,) in server.rows(total))
    readers = [threading.Thread(target=read, args=(reader,)) for reader in range(len(reads))]
    for reader in readers:
        reader.start()
    try:
        rebuilt = run_build(server.target, weight_source="equal")
        assert rebuilt.code == 0, rebuilt.err
        for _ in range(3):
            subprocess.run(
                [sys.executable, "scripts/publish.py", "--target-path", str(server.target)],
                cwd=ROOT,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        new = tuple(index for (index,) in server.rows(total))
        done = list(reads)
        while not failed and any(now < before + 4 for now, before in zip(reads, done, strict=True)):
            over.wait(0.2)
    finally:
        over.set()
        for reader in readers:
            reader.join()
    assert failed == []
    assert old != new
    for values in seen:  # the old figures, then the new ones, and no others
        turn = values.index(new)
        assert set(values[:turn]) == {old}
        assert set(values[turn:]) == {new}
    print(f"{sum(reads)} reads by {len(reads)} readers")


def test_a_second_start_replaces_and_keeps(server: Server) -> None:
    home = server.target / "superset"
    secrets = {name: (home / name).read_text() for name in ("secret_key", "admin_password")}
    for name in secrets:
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    again = start(server.target)
    try:
        assert {name: (home / name).read_text() for name in secrets} == secrets
        session = again.api()
        for kind, count in (("chart", sum(CHARTS.values())), ("dashboard", 2), ("database", 1)):
            found = session.get(f"{again.url}/api/v1/{kind}/", timeout=60).json()
            assert found["count"] == count
    finally:
        stop(again)
