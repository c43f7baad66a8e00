"""What a whole night costs on a company of W(N) (N SAP movements): every step, rule and pairing, on the first night and on the second.

Run it by `nox -s bench -- night`. RECON_BENCH_ROWS is N: about a million unless it says otherwise. Each night is a process of its own; the seconds are those
of its log, the memory that of the process at its highest.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recon.findings.files import LIVING
from tests import nights

ROWS = int(os.environ.get("RECON_BENCH_ROWS", "1000000"))
MOVEMENTS_AN_ORDER = 10
"""What the generator makes of one order, about."""
SEED = 20261128
SLOWEST = 5
_PROGRAM = """
import resource, sys
from datetime import datetime
from pathlib import Path
from recon.run import run
run(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_maxrss >> 10, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10, used.ru_utime + used.ru_stime)
"""


@dataclass(frozen=True)
class Took:
    """One night."""

    steps: list[dict[str, Any]]
    """The log's lines about them, in order."""
    seconds_of: dict[str, float]
    """Rule, or pairing.<name> → seconds, the slowest first."""
    megabytes: int
    gates_megabytes: int
    """Of the process of Great Expectations."""
    processor_seconds: float


def main() -> None:
    """Generate the company and print both nights."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("RECON_BENCH_DIR")) as folder:
        company, workspace = Path(folder) / "company", Path(folder) / "workspace"
        begun = time.monotonic()
        orders = ROWS // MOVEMENTS_AN_ORDER
        command = [
            sys.executable,
            str(nights.SMALL.parent / "generate.py"),
            "--seed",
            str(SEED),
            "--orders",
            str(orders),
            "--nights",
            "2",
            "--out",
            str(company),
        ]
        subprocess.run(command, check=True, capture_output=True)
        print(f"{orders:,} orders, generated in {time.monotonic() - begun:.0f} s")
        for number in (1, 2):
            moment = nights.deliver(company, number, workspace)
            took = night(workspace, f"{moment.isoformat()}")
            published = nights.published(company, number, workspace)
            (movements,) = nights.rows(published, "SELECT max(compared) AS n FROM outcomes WHERE rule_id = 'CON-001'")
            living = ", ".join(f"'{state}'" for state in LIVING)
            (found,) = nights.rows(published, f"SELECT count(*) AS n FROM findings WHERE state IN ({living})")
            print(f"\nNight {number}: {found['n']:,} living findings; CON-001 compared {movements['n']:,} keys at its largest plant")
            tell(took)


def night(workspace: Path, moment: str) -> Took:
    """Run one in a process of its own."""
    ended = subprocess.run([sys.executable, "-c", _PROGRAM, str(workspace), moment], check=True, capture_output=True, text=True)
    own, child, processor = ended.stdout.split()
    (*_, log) = sorted((workspace / "logs").glob("*.jsonl"))
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    steps = [line for line in lines if line["event"] == "step"]
    return Took(steps, next(step["seconds_of"] for step in steps if "seconds_of" in step), int(own), int(child), float(processor))


def tell(took: Took) -> None:
    """Steps, then every rule and pairing, then the slowest."""
    whole = sum(step["seconds"] for step in took.steps)
    print(f"{whole:.1f} s, {took.processor_seconds:.1f} s of processor")
    print(f"at its highest {took.megabytes:,} MB, and {took.gates_megabytes:,} MB of Great Expectations")
    for step in took.steps:
        rows, seconds = step.get("rows"), step["seconds"]
        speed = f"{rows:>12,} rows {rows / seconds:>12,.0f} rows/s" if rows and seconds else ""
        print(f"  {step['step']:18} {seconds:8.2f} s {speed}".rstrip())
    told = [f"{name} {seconds:.2f}" for name, seconds in sorted(took.seconds_of.items())]
    print("Seconds of each pairing and rule:")
    for start in range(0, len(told), 6):
        print("  " + ", ".join(told[start : start + 6]))
    print("Slowest: " + ", ".join(f"{name} {seconds:.2f}" for name, seconds in list(took.seconds_of.items())[:SLOWEST]))


if __name__ == "__main__":
    main()
