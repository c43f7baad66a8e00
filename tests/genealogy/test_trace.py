"""Traces over small genealogies: what is reached, in whose view, and where a chain has a hole."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recon.errors import ConfigurationError, IntegrityError
from recon.genealogy import render
from recon.genealogy.columns import Columns
from recon.genealogy.drill import drilled
from recon.genealogy.trace import Genealogy
from recon.ruleset import cases
from tests.genealogy.small import Rows, both, indexed, link, names

_UP = [link(chr(66 + step), chr(65 + step), order=str(step)) for step in range(12)]

# What is linked; the batch; what it was made of and what was made of it, with their distances.
WALKS: dict[str, tuple[Rows, str, dict[str, int], dict[str, int]]] = {
    "a diamond": (
        both(link("B", "A", "1"), link("C", "A", "2"), link("D", "B", "3"), link("D", "C", "3")),
        "A",
        {"A": 0},
        {"A": 0, "B": 1, "C": 1, "D": 2},
    ),
    "a circle": (both(link("B", "A", "1"), link("C", "B", "2"), link("A", "C", "3")), "A", {"A": 0, "C": 1, "B": 2}, {"A": 0, "B": 1, "C": 2}),
    "rework of a batch into itself": (both(link("A", "A", "1"), link("B", "A", "2")), "A", {"A": 0}, {"A": 0, "B": 1}),
    "rework of one batch into another and back": (both(link("B", "A", "1"), link("A", "B", "2")), "A", {"A": 0, "B": 1}, {"A": 0, "B": 1}),
    "twelve steps": (both(*_UP), "G", {chr(71 - step): step for step in range(7)}, {chr(71 + step): step for step in range(7)}),
    "a receipt that was taken back": (
        {
            "sap.movement": [
                {"material": "MA", "batch": "A"},
                {"kind": "output", "material": "MB", "batch": "B"},
                {"kind": "output", "material": "MC", "batch": "C"},
                {"kind": "output", "material": "MC", "batch": "C", "quantity": -1},
            ]
        },
        "A",
        {"A": 0},
        {"A": 0, "B": 1},
    ),
    "an issue that was taken back": (
        {
            "sap.movement": [
                {"material": "MA", "batch": "A"},
                {"material": "MX", "batch": "X"},
                {"material": "MX", "batch": "X", "quantity": -1},
                {"kind": "output", "material": "MB", "batch": "B"},
            ]
        },
        "B",
        {"B": 0, "A": 1},
        {"B": 0},
    ),
    "a batch that got another number": (
        both(link("B", "A", "1"), link("C", "X", "2"))
        | {"sap.movement": [{"kind": "transfer", "order_no": None, "material": "MB", "batch": "B", "target_material": "MX", "target_batch": "X"}]},
        "A",
        {"A": 0},
        {"A": 0, "B": 1, "X": 2, "C": 3},
    ),
    "a relabelling that was taken back": (
        {
            "sap.movement": [
                {"kind": "transfer", "order_no": None, "material": "MB", "batch": "B", "target_batch": "X"},
                {"kind": "transfer", "order_no": None, "material": "MB", "batch": "X", "target_batch": "B"},
            ]
        },
        "B",
        {"B": 0},
        {"B": 0},
    ),
    "an output without a batch leads nowhere": (both(link("B", "A", "1") | {"output_batch": None}, link("C", "A", "2")), "A", {"A": 0}, {"A": 0, "C": 1}),
}


@pytest.mark.parametrize(("given_rows", "batch", "backward", "forward"), WALKS.values(), ids=WALKS.keys())
def test_a_walk_meets_every_batch_once(tmp_path: Path, given_rows: Rows, batch: str, backward: dict[str, int], forward: dict[str, int]) -> None:
    """Nearest first, whatever circles and diamonds there are."""
    genealogy = indexed(tmp_path, given_rows)
    found = genealogy.find(batch)
    assert names(genealogy, genealogy.walk(found, "backward")) == backward
    assert names(genealogy, genealogy.walk(found, "forward")) == forward


def test_a_transfer_leads_from_plant_to_plant_and_a_number_alone_does_not(tmp_path: Path) -> None:
    """Two plants have a batch of one number; what was moved is followed, what only bears the number is not."""
    rows = both(link("B", "A", "1"), link("C", "B", "2", plant="2000"), link("D", "A", "3", plant="2000"))
    rows["sap.movement"] = [{"kind": "transfer", "order_no": None, "material": "MB", "batch": "B", "target_plant": "2000"}]
    genealogy = indexed(tmp_path, rows)
    with pytest.raises(ConfigurationError, match=r"could be any of 2: MA/A at plant 1000, MA/A at plant 2000\n  Tip: --plant names the plant"):
        genealogy.find("A")
    reached = genealogy.walk(genealogy.find("A", plant="1000"), "forward")
    assert [(genealogy.batch(one).batch, genealogy.batch(one).plant) for one in reached.depth] == [("A", "1000"), ("B", "1000"), ("B", "2000"), ("C", "2000")]
    assert names(genealogy, genealogy.walk(genealogy.find("A", plant="2000"), "forward")) == {"A": 0, "D": 1}


def test_where_the_views_part(tmp_path: Path) -> None:
    """SAP lacks the link from B to D, the MES that from A to C; each view reaches less than both together, and the links are named."""
    rows: Rows = {
        "sap.genealogy_link": [link("B", "A", "1"), link("C", "A", "2"), link("E", "D", "4")],
        "mes.genealogy_link": [link("B", "A", "1"), link("D", "B", "3"), link("E", "D", "4")],
        "mes.work_order": [{"order_no": "2"}],
    }
    genealogy = indexed(tmp_path, rows)
    walk = genealogy.walk(genealogy.find("A"), "forward")
    assert {genealogy.batch(one).batch for one in walk.in_sap} == {"A", "B", "C"}
    assert {genealogy.batch(one).batch for one in walk.in_mes} == {"A", "B", "D", "E"}
    assert names(genealogy, walk) == {"A": 0, "B": 1, "C": 1, "D": 2, "E": 3}
    parted = {genealogy.link(one).order_no: genealogy.link(one).views for one in genealogy.parts(walk)}
    assert parted == {"2": 1, "3": 2}


def test_an_order_that_the_mes_never_had_is_sap_s_to_link(tmp_path: Path) -> None:
    """Repacking, say: the MES's view goes along SAP's link rather than ending there."""
    rows: Rows = {"sap.genealogy_link": [link("B", "A", "1"), link("C", "B", "2")], "mes.genealogy_link": [link("B", "A", "1")]}
    genealogy = indexed(tmp_path, rows)
    walk = genealogy.walk(genealogy.find("A"), "forward")
    assert {genealogy.batch(one).batch for one in walk.in_mes} == {"A", "B", "C"}
    assert genealogy.parts(walk) == []


def test_ends_of_chains_are_named(tmp_path: Path) -> None:
    """Received material may end a chain; so may what SAP keeps in no batches. Anything else is a gap, in the view in which it is one."""
    rows = both(link("D", "A", "1"), link("D", "B", "1"), link("D", "U", "1"))
    rows["mes.genealogy_link"] = [*rows["mes.genealogy_link"], link("B", "C", "7")]
    rows["mes.work_order"] = [{"order_no": "7"}]
    rows["sap.movement"] = [
        {"kind": "receipt", "order_no": None, "material": "MA", "batch": "A"},
        {"kind": "receipt", "order_no": None, "material": "MC", "batch": "C"},
        {"kind": "output", "order_no": "7", "material": "MB", "batch": "B"},
    ]
    rows["sap.material"] = [{"material": "MU", "batch_managed": False}]
    genealogy = indexed(tmp_path, rows)
    gaps = [(genealogy.batch(gap.batch).batch, gap.view, gap.reason) for gap in genealogy.gaps(genealogy.walk(genealogy.find("D"), "backward"))]
    assert gaps == [("B", "sap", "neither received nor made of anything")]


def test_what_is_older_than_its_sources_is_no_gap(tmp_path: Path) -> None:
    """A was made before SAP's movements begin, C after; of B nobody has a record."""
    rows = both(link("D", "A"), link("D", "B"), link("D", "C"))
    rows["sap.batch"] = [{"material": "MA", "batch": "A", "produced_on": "2025-12-31"}, {"material": "MC", "batch": "C", "produced_on": "2026-01-02"}]
    genealogy = indexed(tmp_path, rows)
    gaps = {genealogy.batch(gap.batch).batch: gap.reason for gap in genealogy.gaps(genealogy.walk(genealogy.find("D"), "backward"))}
    assert gaps == {"A": "before history", "B": "no record of it", "C": "neither received nor made of anything"}


def test_what_was_issued_without_its_batch_ends_a_chain(tmp_path: Path) -> None:
    """SAP keeps the material in batches, and the posting names none."""
    rows = both(link("D", "A", "1"))
    rows["sap.material"] = [{"material": "MX"}]
    rows["sap.movement"] = [{"kind": "receipt", "material": "MA", "batch": "A"}, {"order_no": "1", "material": "MX", "batch": None}]
    genealogy = indexed(tmp_path, rows)
    gaps = genealogy.gaps(genealogy.walk(genealogy.find("D"), "backward"))
    assert [(str(genealogy.batch(gap.batch)), gap.reason) for gap in gaps] == [("MX/?", "issued without its batch")]


def test_quantities_of_both_sides_are_in_the_base_unit(tmp_path: Path) -> None:
    """SAP's issues of the order count net; the MES's grams are kilograms; what has no conversion is not known."""
    rows: Rows = {
        "sap.genealogy_link": [{}],
        "mes.genealogy_link": [{"quantity": 2500, "unit": "G"}, {"input_batch": "C", "quantity": 1, "unit": "ROLL"}],
        "sap.movement": [{"quantity": 3}, {"quantity": -1}, {"kind": "output", "material": "P", "batch": "O", "quantity": 7}],
    }
    genealogy = indexed(tmp_path, rows)
    links = [genealogy.link(one) for one in genealogy.walk(genealogy.find("O"), "backward").links]
    assert [(one.sap_quantity, one.mes_quantity) for one in links] == [(Decimal(2), Decimal("2.5")), (None, None)]
    assert genealogy.quantity(genealogy.find("O"), "sap_made") == 7


CONSUMED = {"order_no": "1", "material": "MA", "batch": "A"}
MADE = {"order_no": "1", "kind": "output", "material": "MB", "batch": "B", "quantity": 9}


@pytest.mark.parametrize(
    ("links", "movements", "quantity"),
    [
        ([link("B", "A")], [CONSUMED | {"quantity": 5000, "unit": "G"}, CONSUMED | {"quantity": -1500, "unit": "G"}, MADE], Decimal("3.5")),
        ([link("B", "A")], [CONSUMED | {"quantity": 5}], 5),
        ([link("B", "A", quantity=2, unit="KG")], [CONSUMED | {"quantity": 5}], 2),
        ([link("B", "A")], [CONSUMED | {"quantity": 5}, CONSUMED | {"order_no": "2", "quantity": 7}, CONSUMED | {"batch": "Z", "quantity": 8}], 5),
        ([link("B", "A"), link("C", "A")], [CONSUMED | {"quantity": 5}], None),
        ([link("B", "A")], [CONSUMED | {"quantity": 5}, MADE, MADE | {"batch": "C"}], None),
        ([link("B", "A")], [CONSUMED | {"quantity": 5}, CONSUMED | {"quantity": 1, "unit": "ROLL"}], None),
        ([link("B", "A")], [CONSUMED | {"quantity": 5}, CONSUMED | {"quantity": 1, "problems": "quantity"}], None),
        ([link("B", "A")], [CONSUMED | {"quantity": 5}, CONSUMED | {"quantity": -5}], None),
        ([link("B", "A")], [CONSUMED | {"quantity": 5}, CONSUMED | {"quantity": -1500, "unit": "G"}], Decimal("3.5")),
        ([link("B", "A")], [CONSUMED | {"quantity": 1500, "unit": "G"}, CONSUMED | {"quantity": -5}], None),
        ([link("B", "A")], [CONSUMED | {"quantity": 5, "plant": "2000"}], None),
    ],
)
def test_a_link_without_a_quantity_has_that_of_the_movements(
    tmp_path: Path, links: list[dict[str, Any]], movements: list[dict[str, Any]], quantity: Decimal | int | None
) -> None:
    """What the MES consumed of the batch in the order, net, where the order made one thing and all of it can be converted; of several outputs nobody knows."""
    units = [{"material": "MA", **unit} for unit in cases.UNITS]
    genealogy = indexed(tmp_path, {"mes.genealogy_link": links, "mes.movement": movements, "sap.unit_conversion": units})
    (found,) = (genealogy.link(one) for one in genealogy.walk(genealogy.find("B"), "backward").links)
    assert (found.sap_quantity, found.mes_quantity) == (None, quantity)


def test_a_batch_is_asked_for_by_material_where_several_have_the_number(tmp_path: Path) -> None:
    """The message names the candidates; MATERIAL/BATCH, with or without leading zeros, is one of them."""
    genealogy = indexed(tmp_path, both({"input_material": "100", "input_batch": "B1"}, {"input_material": "200", "input_batch": "B1"}))
    with pytest.raises(
        ConfigurationError, match="could be any of 2: 100/B1 at plant 1000, 200/B1 at plant 1000\n  Tip: MATERIAL/BATCH names the material, as in 100/B1"
    ):
        genealogy.find("B1")
    assert genealogy.batch(genealogy.find("000000000000000200/B1")).material == "200"


def test_an_unknown_batch_is_told_with_what_is_near(tmp_path: Path) -> None:
    """Batches are taken as typed, so the one with zeros before it is another."""
    genealogy = indexed(tmp_path, both({"input_batch": "0000000109"}))
    with pytest.raises(ConfigurationError, match="there is M/0000000109 at plant 1000"):
        genealogy.find("109")
    with pytest.raises(ConfigurationError, match="is in no link"):
        genealogy.find("")


def _recalled() -> Rows:
    rows = both(link("B", "A", "1"), link("C", "B", "2"))
    rows["sap.movement"] = [
        {"kind": "receipt", "order_no": None, "material": "MA", "batch": "A", "quantity": 10},
        {"kind": "output", "order_no": "2", "material": "MC", "batch": "C", "quantity": 8},
        {
            "kind": "delivery",
            "order_no": None,
            "material": "MC",
            "batch": "C",
            "quantity": 5,
            "delivery": "80",
            "delivery_item": "10",
            "customer": "=HYPERLINK(1)",
        },
        {"kind": "delivery", "order_no": None, "material": "MC", "batch": "C", "quantity": 1, "delivery": "81", "delivery_item": "10", "customer": "K2"},
        {"kind": "delivery", "order_no": None, "material": "MC", "batch": "C", "quantity": -1, "delivery": "81", "delivery_item": "10", "customer": "K2"},
    ]
    rows["sap.stock"] = [{"material": "MC", "batch": "C", "quantity": 3}]
    rows["qms.hold"] = [{"material": "MA", "batch": "A", "reason": "smell"}]
    return rows


def test_the_recall_list_has_every_batch_and_every_delivery(tmp_path: Path) -> None:
    """A row each, once, and no cell that a spreadsheet would run."""
    genealogy = indexed(tmp_path, _recalled())
    number = genealogy.find("A")
    text = render.recall_csv(genealogy, [genealogy.walk(number, "backward"), genealogy.walk(number, "forward")])
    rows = list(csv.DictReader(io.StringIO(text)))
    told = [(row["batch"], row["direction"], row["made"], row["stock"], row["delivery"], row["customer"], row["shipped_quantity"]) for row in rows]
    assert told == [
        ("A", "itself", "10", "", "", "", ""),
        ("B", "forward", "", "", "", "", ""),
        ("C", "forward", "8", "3", "80", "'=HYPERLINK(1)", "5"),
    ]
    assert rows[0]["restrictions"] == "hold batch smell H1"


def test_json_tells_all_of_it(tmp_path: Path) -> None:
    """Both directions, decimals with their digits."""
    genealogy = indexed(tmp_path, _recalled())
    number = genealogy.find("B")
    told: dict[str, Any] = json.loads(render.trace_json(genealogy, number, [genealogy.walk(number, "backward"), genealogy.walk(number, "forward")]))
    assert told["batch"]["batch"] == "B"
    assert told["forward"]["reached"] == {"sap": 1, "mes": 1, "joined": 1}
    assert told["forward"]["batches"][1]["deliveries"][0]["quantity"] == 5
    assert told["backward"]["batches"][1]["restrictions"][0]["reason"] == "smell"
    assert told["backward"]["gaps"] == []


def test_a_drill_draws_what_was_shipped_first_and_accounts_for_it(tmp_path: Path) -> None:
    """C is the one that was shipped: 5 of 8 delivered, 3 in stock. The same run draws the same."""
    genealogy = indexed(tmp_path, _recalled())
    first, second = drilled(genealogy, 5)
    assert (first.batch.batch, first.backward, first.forward, first.deliveries, first.customers, first.held) == ("C", 2, 0, 1, 1, 1)
    assert first.accounted == 1
    assert (second.batch.batch, second.accounted, second.deliveries) == ("B", None, 1)


def test_a_damaged_index_is_told(tmp_path: Path) -> None:
    """One message, whatever the bytes are."""
    file = tmp_path / "genealogy.index"
    for content in (b"", b"recon columns 1\n", b"recon columns 1\n{}" + (16).to_bytes(8, "little"), b"x" * 100):
        file.write_bytes(content)
        with pytest.raises(IntegrityError, match="is no index of a run"):
            Columns(file)


_BATCHES = "ABCDEFGH"
_LINKS = st.lists(st.tuples(st.sampled_from(_BATCHES), st.sampled_from(_BATCHES), st.sampled_from(["sap", "mes", "both"])), min_size=1, max_size=20)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(links=_LINKS)
def test_a_walk_is_the_closure(tmp_path: Path, links: list[tuple[str, str, str]]) -> None:
    """In every view and both directions a walk finds just what repeating the links until nothing is new finds."""
    rows: Rows = {"sap.genealogy_link": [], "mes.genealogy_link": [], "mes.work_order": [{"order_no": str(number)} for number in range(len(links))]}
    for number, (used, made, view) in enumerate(links):
        for side in ("sap", "mes"):
            if view in (side, "both"):
                rows[f"{side}.genealogy_link"].append(link(made, used, str(number)))
    genealogy = indexed(tmp_path, rows)
    with_mes = bool(rows["mes.genealogy_link"])
    for start in {one for used, made, _ in links for one in (used, made)}:
        for direction in ("backward", "forward"):
            walk = genealogy.walk(genealogy.find(start), direction)
            for views, found in (
                ({"sap", "both"}, walk.in_sap),
                ({"mes", "both"} if with_mes else {"sap"}, walk.in_mes),
                ({"sap", "mes", "both"}, set(walk.depth)),
            ):
                pairs = [(used, made) if direction == "forward" else (made, used) for used, made, view in links if view in views]
                assert _names(genealogy, found) == _closure(start, pairs)


def _names(genealogy: Genealogy, numbers: Any) -> set[str]:
    return {genealogy.batch(one).batch for one in numbers}


def _closure(start: str, pairs: list[tuple[str, str]]) -> set[str]:
    reached = {start}
    while more := {end for begin, end in pairs if begin in reached} - reached:
        reached |= more
    return reached
