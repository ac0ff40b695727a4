"""Superset over a build of its own, and what its two dashboards ask when a browser opens them."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

from tests import shared
from tests.shared import ROOT, Built

SCREENSHOTS = ROOT / "target" / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MINUTES = 60.0


@dataclass
class Server:
    """A Superset that `make superset` would start."""

    target: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        return (self.target / "superset" / "admin_password").read_text(encoding="utf-8")

    def api(self) -> requests.Session:
        """Log in as a program does."""
        session = requests.Session()
        login = {"username": "admin", "password": self.password, "provider": "db"}
        answer = session.post(f"{self.url}/api/v1/security/login", json=login, timeout=60)
        answer.raise_for_status()
        session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return session

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the published marts directly."""
        with duckdb.connect(str(self.target / "marts.duckdb"), read_only=True) as con:
            return con.execute(sql).fetchall()


def start(target: Path) -> Server:
    """Start Superset on a free port, and wait until it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "bi.superset.serve", "--target-path", str(target), "--whole"]
    log = (target / "superset.log").open("ab")
    process = subprocess.Popen(
        [*command, "--port", str(port)], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
    )
    server = Server(target, port, process)
    until = time.monotonic() + 5 * MINUTES
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{server.url}/health", timeout=30).ok:
                return server
        time.sleep(0.5)
    stop(server)
    said = (target / "superset.log").read_text(encoding="utf-8", errors="replace")
    pytest.fail(f"Superset does not start:\n{said[-5000:]}", pytrace=False)


def stop(server: Server) -> None:
    """Stop Superset as Ctrl-C does."""
    server.process.terminate()
    server.process.wait(timeout=60)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Copy the demo into a folder of its own: here it is built and published again."""
    demo = shared.demo()
    target = tmp_path_factory.mktemp("superset") / "target"
    shutil.copytree(demo.target, target, symlinks=True)
    return replace(demo, target=target)


@pytest.fixture(scope="session")
def server(built: Built) -> Iterator[Server]:
    """Serve the demo's dashboards."""
    superset = start(built.target)
    yield superset
    stop(superset)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium."""
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    if not found:
        pytest.fail("no Chromium. Fix: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found[0], args=["--no-sandbox"])
        yield chromium
        chromium.close()


@dataclass
class Opened:
    """A dashboard after it was drawn: what it asked, and what went wrong."""

    page: Page
    asked: dict[int, dict[str, Any]] = field(default_factory=dict)
    answers: dict[int, Response] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


def log_in(browser: Browser, server: Server, language: str) -> Page:
    """Log in as the form does, choose a language; the page is as tall as the dashboards.

    No page is open yet: what it asks before it knows the user would bring back a stranger's cookie.
    """
    context = browser.new_context(viewport={"width": 1600, "height": 3300})
    form = context.request.get(f"{server.url}/login/").text()
    found = re.search(r'csrf_token[^>]*?(?:value="|&#34;: &#34;|": ")([^"&]+)', form)
    assert found, form
    said = {"username": "admin", "password": server.password, "csrf_token": found[1]}
    context.request.post(f"{server.url}/login/", form=said)
    context.request.get(f"{server.url}/lang/{language}")
    page = context.new_page()
    page.set_default_timeout(2 * MINUTES * 1000)
    return page


def open_dashboard(page: Page, server: Server, name: str, charts: int) -> Opened:
    """Open a dashboard and wait until all of its charts have their data and are drawn."""
    seen = Opened(page)

    def answered(response: Response) -> None:
        if not response.url.startswith(server.url):
            seen.elsewhere.append(response.url)
        if "/api/v1/chart/data" in response.url and response.request.post_data:
            asked = json.loads(response.request.post_data)
            if number := asked["form_data"].get("slice_id"):  # filters have none
                seen.asked[number], seen.answers[number] = asked, response

    def said(message: ConsoleMessage) -> None:
        # the makers' pixel, which superset_config.py keeps from being loaded
        if message.type == "error" and "gateway.scarf.sh" not in message.text:
            seen.errors.append(message.text)

    page.on("response", answered)
    page.on("console", said)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.goto(f"{server.url}/superset/dashboard/{name}/")
    until = time.monotonic() + 2 * MINUTES
    while len(seen.asked) < charts and time.monotonic() < until:
        page.wait_for_timeout(200)
    page.wait_for_load_state("networkidle")
    page.wait_for_function("document.querySelectorAll('.dashboard-grid .loading').length === 0")
    page.wait_for_timeout(2000)  # charts grow for a second
    return seen
