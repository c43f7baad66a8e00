"""The HTML report as bytes: one file, a policy that names its own style and script, texts that stay texts."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html.parser
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from recon.reporting.html import write_report
from recon.reporting.listing import LISTED
from tests.reporting import night


class _Page(html.parser.HTMLParser):
    """Elements with their attributes, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, str]] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style"):
            self.raw.append((self._inside, data))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def packed(self, text: str, name: str) -> Any:
        """The JSON packed in the script element of that id."""
        found = re.search(rf'id="{name}">([A-Za-z0-9+/=]+)</script>', text)
        assert found
        return json.loads(gzip.decompress(base64.b64decode(found[1])))


@pytest.fixture(scope="module")
def text(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_report(run_folder, tmp_path_factory.mktemp("out"), night.settings()).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> _Page:
    return _Page(text)


def test_the_policy_allows_this_style_and_this_script_alone(page: _Page) -> None:
    """Everything else is forbidden, and the hashes are those of what is in the file."""
    policy = next(attributes["content"] or "" for tag, attributes in page.elements if attributes.get("http-equiv") == "Content-Security-Policy")
    directives = dict(directive.strip().split(" ", 1) for directive in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["base-uri"] == directives["form-action"] == "'none'"
    [style] = [raw for tag, raw in page.raw if tag == "style"]
    script = page.raw[-1][1]
    for directive, content in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert directives[directive] == f"'sha256-{digest}'"
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_policy_comes_before_anything_it_governs(page: _Page) -> None:
    """A policy after the style would not cover it."""
    order = [attributes.get("http-equiv") or tag for tag, attributes in page.elements]
    assert order.index("Content-Security-Policy") < order.index("style")


def test_nothing_is_loaded_from_anywhere(page: _Page) -> None:
    """No element refers outside of the file; links lead within it."""
    for tag, attributes in page.elements:
        for name in ("src", "href", "action", "data", "srcset", "poster", "background", "ping"):
            value = attributes.get(name)
            if value is not None:
                assert value.startswith("#") or (tag, name, value) == ("link", "href", "data:,"), (tag, name, value)
        assert tag not in ("iframe", "object", "embed", "base", "img", "video", "audio")


def test_no_attribute_carries_script_or_style(page: _Page) -> None:
    """Neither handlers nor inline styles, which the policy would refuse."""
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]


def test_hostile_texts_make_no_element(text: str, page: _Page) -> None:
    """What a material is called is text: the page has just the scripts that it ships."""
    assert [attributes.get("id") for tag, attributes in page.elements if tag == "script"] == ["about", "packed-findings", "packed-evidence", None]
    assert "alert(" not in page.raw[-1][1]
    assert "&lt;script&gt;alert(&#39;owned&#39;)&lt;/script&gt;" in text
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "<b>Microbiology" not in text


def test_the_script_makes_no_markup_from_text(page: _Page) -> None:
    """No sink that parses HTML or runs text."""
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|setAttribute\(\"(href|on)|srcdoc|fetch\(|XMLHttpRequest|WebSocket",
        page.raw[-1][1],
    )


def test_what_the_script_reads_is_safe_inside_a_script_element(text: str, page: _Page) -> None:
    """A rule's title or a plant's name cannot close the element."""
    about = next(raw for tag, raw in page.raw if tag == "script")
    assert "<" not in about
    assert json.loads(about)["plants"]["1000"] == ["Werk Lindau", "Europe/Berlin"]


def test_the_list_holds_every_finding_with_exact_numbers(text: str, page: _Page) -> None:
    """Worst first; numbers are text, so that a browser cannot round them."""
    rows = page.packed(text, "packed-findings")
    assert len(rows) == len(night.findings())
    assert [row[2] for row in rows[:3]] == ["STK-007", "STK-006", "STK-014"]
    [exact] = [row for row in rows if row[15] == "9007199254740993.01"]
    assert exact[12:14] == ["123456789012.123456", "-0.000001"]


def test_critical_findings_carry_their_evidence(text: str, page: _Page) -> None:
    """Compared values, digests and rows, by place in the list."""
    evidence = page.packed(text, "packed-evidence")
    compared, counts, rows, *_ = evidence["0"]
    assert json.loads(compared)["qms"]["reason"] == "Foreign particles"
    assert json.loads(counts)["sap"]["count"] == 2
    assert [(side, table) for side, table, _, _ in rows] == [("qms", "hold"), ("sap", "stock"), ("sap", "stock")]


def test_the_first_screen_says_what_was_not_judged(text: str) -> None:
    """Before any number, in words."""
    assert text.index("Not everything could be judged") < text.index("Act now")
    assert text.index("LIMS missing: connection refused") < text.index("Act now")
    assert 'class="blind"' in text


def test_a_family_that_was_not_judged_is_never_coloured_as_clean(text: str) -> None:
    """Hatched, and it says how many rules are blind."""
    cells = re.findall(r'<td class="([^"]*)">\s*<a href="#list\?plant=3000&amp;family=(\w+)">', text)
    assert ("blind", "QUA") in cells
    assert "clear" not in {colour for colour, _ in cells}


def test_nothing_critical_in_an_unsound_night_is_not_good_news(run_folder: Path, tmp_path: Path) -> None:
    """Silence where nobody looked is said to be that."""
    folder = night.write_run(tmp_path / "w", [])
    text = write_report(folder, tmp_path / "out", night.settings()).read_text(encoding="utf-8")
    assert "Nothing critical was found in what could be judged" in text
    assert "No restricted stock" not in text


def test_the_same_run_gives_the_same_bytes(run_folder: Path, tmp_path: Path) -> None:
    """No clock, no order of chance, wherever the run lies."""
    one = write_report(run_folder, tmp_path / "one", night.settings()).read_bytes()
    shutil.copytree(run_folder.parents[2], tmp_path / "moved")
    assert write_report(tmp_path / "moved" / "store" / "runs" / night.RUN_ID, tmp_path / "two", night.settings()).read_bytes() == one


def test_the_file_is_for_the_site_alone(run_folder: Path, tmp_path: Path) -> None:
    """Owner and group read it, the world does not; nothing half-written stays."""
    file = write_report(run_folder, tmp_path / "out", night.settings())
    assert file.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in file.parent.iterdir()] == ["index.html"]


def test_times_are_the_plants_with_utc_on_hover(text: str) -> None:
    """02:05 in Lindau is 01:05 UTC."""
    assert '<time datetime="2026-03-10T01:05:00+00:00" title="2026-03-10 01:05:00 UTC">10 Mar 02:05</time>' in text


def test_what_does_not_fit_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit the worst are listed and the page says so."""
    assert LISTED == 50_000
    monkeypatch.setattr("recon.reporting.listing.LISTED", 10)
    text = write_report(night.write_run(tmp_path / "w"), tmp_path / "out", night.settings()).read_text(encoding="utf-8")
    assert f"Only the 10 worst of {len(night.findings())} are in this file" in text
    assert len(_Page(text).packed(text, "packed-findings")) == 10
