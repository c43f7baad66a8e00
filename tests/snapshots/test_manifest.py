"""manifest.json says what the snapshot says, as its published schema promises."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.errors import IntegrityError
from recon.model import CanonicalState, Part, Remapped, Snapshot, SourceSnapshot, Supply, TableSnapshot
from recon.snapshots.manifest import SCHEMA_FILE, canonical_of, latest_tables, manifest_of, read_manifest, snapshot_of, write_manifest
from recon.snapshots.parts import DEAD_COLUMNS

SCHEMA = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
REFERENCE = datetime(2026, 3, 10, 1, tzinfo=UTC)
RUN: dict[str, Any] = {"run_id": "20260310T010000Z", "reference": REFERENCE}

digests = st.text("0123456789abcdef", min_size=64, max_size=64)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
found = st.builds(Part, digests, st.integers(100, 10**12), st.dictionaries(names, st.sampled_from(["BIGINT", "VARCHAR"]), max_size=4))
counts = st.integers(0, 9)


@st.composite
def read(draw: st.DrawFn) -> TableSnapshot:
    """A table that was read, and then perhaps its base alone, or that was not."""
    base = draw(st.none() | found)
    delta, dead = (
        Part(draw(digests), draw(counts), columns) if base and draw(st.booleans()) else None for columns in (base.columns if base else {}, DEAD_COLUMNS)
    )
    return TableSnapshot(
        draw(names),
        base,
        draw(st.none() | moments),
        draw(counts),
        draw(st.none() | names),
        delta,
        dead,
        watermark=draw(st.none() | names),
        increments=draw(counts),
        interrupted=draw(st.booleans()),
        unread=draw(counts),
        drift=tuple(draw(st.lists(names, max_size=2))),
    )


systems = st.builds(
    SourceSnapshot,
    names,
    names,
    st.lists(names, max_size=2).map(tuple),
    names,
    st.none() | moments,
    st.lists(read(), max_size=3).map(lambda tables: {table.table: table for table in tables}),
    st.none() | names,
)
snapshots = st.lists(systems, max_size=3).map(lambda sources: Snapshot({source.name: source for source in sources}))


@given(snapshot=snapshots)
def test_nothing_is_lost(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Through JSON and back, and valid by the schema on the way."""
    folder = tmp_path_factory.mktemp("run")
    write_manifest(folder, manifest_of(snapshot, **RUN))
    manifest = read_manifest(folder)
    jsonschema.validate(manifest, SCHEMA)
    assert snapshot_of(manifest) == snapshot


def test_a_whole_manifest() -> None:
    """What came of the run stands beside what it was made from; moments are UTC."""
    state = CanonicalState(Part("ab" * 32, 3, {}), Part("bc" * 32, 2, {}), Part("cd" * 32, 1, dict(DEAD_COLUMNS)), 4, "de" * 32, ("ef" * 32,), 1)
    missing = Supply("sap", "sap.movement", None, "MSEG was not read", ("MSEG",))
    source = SourceSnapshot("sap", "P01/100", ("P100",), "sap-ecc-tables", REFERENCE.astimezone(timezone(timedelta(hours=1))), {}, None, timedelta(seconds=-40))
    manifest = manifest_of(
        Snapshot({"sap": source}),
        **RUN,
        previous_run="20260309T010000Z",
        supplies=[Supply("sap", "sap.work_order", state, None, ("AUFK",), Remapped(5, 6, 7)), missing],
        rules={"ORD-001": "0123456789ab"},
        outputs={"findings.parquet": "cd" * 32},
    )
    jsonschema.validate(manifest, SCHEMA)
    assert manifest["reference"] == manifest["sources"]["sap"]["as_of"] == "2026-03-10T01:00:00Z"
    assert manifest["sources"]["sap"]["skew"] == -40
    assert snapshot_of(manifest).sources["sap"].shown == REFERENCE + timedelta(seconds=40)
    assert canonical_of(manifest) == {"sap.work_order": {"sap": state}}
    assert manifest["canonical"]["sap.work_order"]["sap"]["remapped"] == {"changed": 5, "driving": 6, "rows": 7}
    assert (manifest["rules"], manifest["outputs"]) == ({"ORD-001": "0123456789ab"}, {"findings.parquet": "cd" * 32})


def test_a_manifest_of_version_1() -> None:
    """Where a table was one part, that is its base; runs from before deltas stay what the next night starts from."""
    table = {"digest": "ab" * 32, "rows": 3, "columns": {"_row": "BIGINT", "a": "VARCHAR"}, "complete_from": None, "refused": 1, "problem": "why"}
    gone = dict.fromkeys(table) | {"refused": 0, "problem": "not read"}
    source: dict[str, Any] = {"system": "P01/100", "plants": [], "pack": "p", "as_of": None, "problem": None, "tables": {"t": table, "gone": gone}}
    read = snapshot_of({"schema_version": 1, "sources": {"sap": source}}).sources["sap"].tables
    assert read["t"] == TableSnapshot("t", Part("ab" * 32, 3, {"_row": "BIGINT", "a": "VARCHAR"}), None, 1, "why")
    assert read["gone"] == TableSnapshot("gone", None, None, 0, "not read")


def test_the_latest_state_of_every_table(tmp_path: Path) -> None:
    """A table that could not be read tonight goes on from the night on which it last could; a manifest that nobody needs may be damaged."""

    def night(run_id: str, **tables: int | None) -> None:
        parts = {name: Part(f"{rows:064}", rows, {}) if rows is not None else None for name, rows in tables.items()}
        read = {name: TableSnapshot(name, part, None, 0, None if part else "why") for name, part in parts.items()}
        folder = tmp_path / "runs" / run_id
        folder.mkdir(parents=True)
        source = SourceSnapshot("sap", "s", (), "p", None, read, None)
        write_manifest(folder, manifest_of(Snapshot({"sap": source}), run_id=run_id, reference=REFERENCE))

    assert latest_tables(tmp_path) == {}
    (tmp_path / "runs" / "20260301T010000Z").mkdir(parents=True)  # without a manifest
    night("20260302T010000Z", a=1, b=2, dropped=3)
    night("20260303T010000Z", a=4, b=None)
    night("20260304T010000Z", a=5, b=None)
    found = latest_tables(tmp_path)["sap"]
    assert {name: table.rows for name, table in found.items()} == {"a": 5, "b": 2}


@pytest.mark.parametrize("key", [*SCHEMA["required"], *SCHEMA["$defs"]["source"]["required"], *SCHEMA["$defs"]["table"]["required"]])
def test_the_schema_misses_nothing(key: str) -> None:
    """Every key is required, and described in the documentation."""
    manifest = manifest_of(Snapshot({"sap": SourceSnapshot("sap", "s", (), "p", None, {"t": TableSnapshot("t", None, None, 0, None)}, None)}), **RUN)
    jsonschema.validate(manifest, SCHEMA)
    source = manifest["sources"]["sap"]
    del next(level for level in (manifest, source, source["tables"]["t"]) if key in level)[key]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(manifest, SCHEMA)
    assert f"`{key}`" in (Path(__file__).parents[2] / "docs" / "manifest.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the run has no manifest"),
        ("{", "cannot be read"),
        ("[]", "schema_version is None"),
        ('{"schema_version": 3}', "schema_version is 3, this recon reads 1 and 2"),
    ],
)
def test_a_manifest_that_cannot_be_used(content: str | None, message: str, tmp_path: Path) -> None:
    """Missing, damaged or from a newer recon: each in its own words."""
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(IntegrityError, match=message):
        read_manifest(tmp_path)


@pytest.mark.parametrize("manifest", [{"run_id": "x"}, {"run_id": "x", "sources": {"sap": {}}}, {"run_id": "x", "sources": []}])
def test_a_manifest_that_is_not_complete(manifest: dict[str, Any]) -> None:
    """What is missing is named instead of a traceback."""
    with pytest.raises(IntegrityError, match="manifest of run x: is not complete"):
        snapshot_of(manifest)
