"""A site says in crosswalks/<source>.csv what its own codes mean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from recon.canonical.crosswalks import read, strays
from recon.canonical.packs import load_pack
from recon.errors import ExitCode, ManyErrors, ReconError, RuleError
from tests.canonical.nights import Site, only
from tests.canonical.raw import Bench, Row, shipped_pack

CASES = yaml.safe_load(Path(__file__).with_name("crosswalks.yaml").read_text(encoding="utf-8"))
PACK = shipped_pack("sap-ecc-tables")
HEADER = "code_list,code,canonical_code\n"


def _write(workspace: Path, text: str | bytes, name: str = "sap") -> None:
    (workspace / "crosswalks").mkdir(exist_ok=True)
    (workspace / "crosswalks" / f"{name}.csv").write_bytes(text.encode() if isinstance(text, str) else text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_what_is_wrong_is_told(case: dict[str, Any], tmp_path: Path) -> None:
    """With its line, all of it together, as a mistake of the configuration."""
    _write(tmp_path, (HEADER if case.get("header", True) else "") + case["text"] if isinstance(case["text"], str) else case["text"])
    with pytest.raises(ReconError) as raised:
        read(tmp_path, "sap", PACK)
    errors = raised.value.errors if isinstance(raised.value, ManyErrors) else [raised.value]
    assert raised.value.exit_code == ExitCode.USAGE
    assert len(errors) == len(case["says"]), [str(error) for error in errors]
    for texts in case["says"]:
        assert [error for error in errors if all(text in str(error) for text in texts)], (texts, [str(error) for error in errors])


def test_what_a_site_says(tmp_path: Path) -> None:
    """As Excel writes it too: with a byte order mark, blanks and a remark."""
    assert read(tmp_path, "sap", PACK) == {}
    _write(tmp_path, '\ufeffcode_list,code,canonical_code,text\r\nmovement_type, Z61 ,261,"Verbrauch, Linie 2"\r\n')
    assert read(tmp_path, "sap", PACK) == {"movement_type": {"Z61": "261"}}


def test_a_file_of_no_source(tmp_path: Path) -> None:
    """Nobody would read it, so it is told."""
    _write(tmp_path, HEADER, "sap_p01")
    assert [(error.what, error.todo) for error in strays(tmp_path, {"sap-p01": 1})] == [("is a crosswalk of no source", "did you mean sap-p01.csv?")]


def test_s4_knows_what_ecc_knows(tmp_path: Path) -> None:
    """One pack extends the other, its code lists included; the flat shapes have canonical words of their own."""
    assert shipped_pack("sap-s4-tables").code_lists == PACK.code_lists
    _write(tmp_path, HEADER + "movement_type,Z61,261\n", "mes")
    with pytest.raises(ReconError, match="it asks of: message_status"):
        read(tmp_path, "mes", shipped_pack("mes-tables"))


def test_a_mapping_that_asks_of_an_unknown_list(tmp_path: Path) -> None:
    """It would always be told that a code means itself."""
    own = tmp_path / "sap-ecc-tables"
    own.mkdir()
    lines = (PACK.mappings[0].file.parent / "movement_lines.sql").read_text(encoding="utf-8")
    (own / "movement_lines.sql").write_text(lines.replace("meaning('movement_type'", "meaning('movement_types'"), encoding="utf-8")
    with pytest.raises(RuleError, match="asks for the meaning of movement_types, which is no code list"):
        load_pack("sap-ecc-tables", [tmp_path, PACK.mappings[0].file.parent.parent])


def test_another_crosswalk_maps_anew_what_asks_for_it(bench: Bench) -> None:
    """The same rows mean something else tonight; tables that do not ask go on as they were."""
    pack = replace(PACK, mappings=tuple(one for one in PACK.mappings if one.table in ("movement", "batch")))
    pack = replace(pack, tables={**only(pack, "movement").tables, **only(pack, "batch").tables})
    line: Row = {"MANDT": "100", "MBLNR": "1", "MJAHR": "2026", "ZEILE": "1", "BWART": "Z61", "SHKZG": "H", "WERKS": "1", "MENGE": "1", "AUFNR": "7"}
    rows = {name: [tuple(line.get(column) for column in table.columns)] if name == "MSEG" else [] for name, table in pack.tables.items()}
    site = Site(bench, pack)
    tonight = site.whole(rows)
    before = site.understand(tonight)
    again = site.understand(tonight, before)
    bench.declare({"movement_type": {"Z61": "261"}})
    after = site.understand(tonight, again)
    made = [{supply.table: (supply.remapped and supply.remapped.rows, supply.state and supply.state.base.digest) for supply in one.supplies}
            for one in (before, again, after)]  # fmt: skip
    assert (made[1]["sap.movement"][0], made[2]["sap.movement"][0]) == (0, 1)
    assert made[0]["sap.movement"][1] == made[1]["sap.movement"][1] != made[2]["sap.movement"][1]
    assert made[1]["sap.batch"] == made[2]["sap.batch"]
