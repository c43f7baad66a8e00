"""What holds for every test: UTC, skips that count in CI, the shared public data, a browser that reaches no network, a PostgreSQL of our own."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.services.postgresql import Server

ROOT = Path(__file__).parent.parent
CI = bool(os.environ.get("CI"))

# Nothing may depend on the zone of the machine; RECON_TEST_TZ runs the tests under another one to prove it.
os.environ["TZ"] = os.environ.get("RECON_TEST_TZ", "UTC")
time.tzset()
# A contributor's own workspace must not be what a test reads or writes.
os.environ.pop("RECON_WORKSPACE", None)
# xdist tells its workers how wide a terminal is; what recon prints into a file does not depend on one.
os.environ.pop("COLUMNS", None)

# Examples may take their time on a slow machine, and CI tries the same ones each time: a failure there can be had again.
hypothesis.settings.register_profile("recon", deadline=None, derandomize=CI)
hypothesis.settings.load_profile("recon")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for the browser is a chromium test, one that asks for the server a services test."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("chromium")
        if "server" in getattr(item, "fixturenames", ()):
            item.add_marker("services")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test has not shown anything, so it fails."""
    report = yield
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as failed in CI: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself whole."""
    report = yield
    if CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as failed in CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of public sample files that are not part of the repository; named by RECON_SHARED_DATA."""
    folder = os.environ.get("RECON_SHARED_DATA")
    if not folder:
        pytest.skip("RECON_SHARED_DATA names no folder")
    return Path(folder)


@pytest.fixture(scope="session")
def small_after(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, Path], Path]:
    """(night, folder) → a workspace in that folder, which is not there yet: the committed company's after an undisturbed first or second night, gates off.

    The nights are run once, however many processes the tests run in.
    """
    from tests import nights

    own = tmp_path_factory.getbasetemp()
    shared = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
    return lambda night, into: nights.copied(nights.undisturbed(night, shared), into)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The distribution's Chromium, headless, with every host unresolvable: a page that needs the network shows it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"]
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL that lives as long as the tests."""
    from tests.services import postgresql

    # Not under pytest's own folder: that is closed to the account that the server runs as.
    with tempfile.TemporaryDirectory(prefix="recon-services-") as folder:
        Path(folder).chmod(0o711)
        with postgresql.running(Path(folder) / "postgresql") as started:
            yield started
