"""The report in Debian's Chromium, without a network."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.python.conftest import Built, demo

__all__ = ["demo"]

ROOT = Path(__file__).resolve().parents[2]
#: kept by CI
SHOTS = ROOT / "target" / "screenshots"
#: a browser that asks for nothing by itself, and runs as root
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WAITING = "[...document.querySelectorAll('.chart')].filter(c => !c.dataset.drawn).length === 0"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.fail("Chromium is needed: apt-get install chromium fonts-noto-cjk", pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def shots() -> Path:
    """Return the folder of the screenshots."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS


@pytest.fixture(scope="session")
def report(demo: Built) -> Path:
    """Return the demo's report."""
    return demo.target / "report.html"


Opened = Callable[..., Any]


@pytest.fixture
def opened(browser: Browser) -> Opened:
    """Open a report from disk, offline; whatever goes wrong in it fails the test."""

    @contextmanager
    def open_report(
        path: Path, lang: str = "en", width: int = 1280, **options: Any
    ) -> Iterator[Page]:
        wrongs: list[str] = []
        context = browser.new_context(
            offline=True,
            locale={"zh": "zh-CN", "en": "en-GB"}[lang],
            viewport={"width": width, "height": 900},
            **options,
        )
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.on("console", lambda said: wrongs.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: wrongs.append(str(error)))
        page.on("dialog", lambda dialog: (wrongs.append(dialog.message), dialog.dismiss()))
        page.on(
            "request",
            lambda asked: asked.url.startswith(("file:", "data:")) or wrongs.append(asked.url),
        )
        page.goto(path.as_uri())
        page.wait_for_function(WAITING)
        yield page
        context.close()
        assert not wrongs, wrongs

    return open_report
