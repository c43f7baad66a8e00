"""Writes everything under one folder: a landing folder for each night, the configuration, and the truth."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from company import causes, extract_mes, extract_qms, extract_sap, extract_wms
from company.simulation import Company
from company.truth import Truth

CONFIGURATION = Path(__file__).parent.parent / "recon.toml"


def write(company: Company, out: Path) -> None:
    """night1/ …, truth/ and recon.toml. Replaces what an earlier run left there, and nothing else."""
    out.mkdir(parents=True, exist_ok=True)
    for old in (*out.glob("night[0-9]*"), out / "truth"):
        shutil.rmtree(old, ignore_errors=True)
    (out / "truth").mkdir()
    truth = Truth(company, causes.read())
    for night in range(1, company.nights + 1):
        landing = out / f"night{night}"
        loaded_twice = extract_sap.extract(company, night, landing / "sap")
        extract_mes.extract(company, night, landing)
        extract_wms.extract(company, night, landing / "wms")
        extract_qms.extract(company, night, landing / "qms")
        _json(out / "truth" / f"night{night}.json", truth.tell(night, loaded_twice))
    truth.check()
    shutil.copyfile(CONFIGURATION, out / "recon.toml")


def _row(row: dict[str, Any]) -> str:
    """Without the SAP system, which is one for all."""
    return json.dumps({name: value for name, value in row.items() if name != "system"}, ensure_ascii=False, separators=(",", ":"))


def _json(file: Path, content: dict[str, Any]) -> None:
    """One finding a line, so that a change shows in a diff."""
    parts = []
    for name, value in content.items():
        if isinstance(value, list):
            rows = ",\n".join("  " + _row(row) for row in value)
            parts.append(f" {json.dumps(name)}: [\n{rows}\n ]" if rows else f" {json.dumps(name)}: []")
        else:
            parts.append(f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False, indent=1).replace(chr(10), chr(10) + ' ')}")
    file.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
