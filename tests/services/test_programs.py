"""What tests/services/install brings works here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_the_browser_shows_a_page_and_reaches_no_network(browser: Browser) -> None:
    """A page's text is read; the request that it makes fails, because no name resolves."""
    page = browser.new_page()
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.set_content("<h1>Plant 1000</h1><img src='http://reports.example/pixel.png'>")
    assert page.inner_text("h1") == "Plant 1000"
    assert failed == ["http://reports.example/pixel.png"]
    page.close()


@pytest.mark.services
def test_pyodbc_finds_its_library() -> None:
    """pyodbc cannot be imported where libodbc is missing."""
    assert import_module("pyodbc").drivers() is not None
