"""Writes the sample company: what its systems export each night, and the truth about them.

python sample_data/generate.py --seed 1 --orders 178 --nights 2 --out sample_data/small
"""

from __future__ import annotations

import argparse
from pathlib import Path

from company.landing import write
from company.simulation import simulate


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Write the sample company's nightly extracts and the truth about them.")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes (default: %(default)s)")
    parser.add_argument("--orders", type=int, default=178, help="number of production orders, at least 177 (default: %(default)s)")
    parser.add_argument("--nights", type=int, default=2, choices=range(1, 11), help="number of nights, from 2026-03-10 (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "small", metavar="DIR", help="where to write (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    if chosen.orders < 177:
        parser.error("a company of fewer than 177 orders has no room for every cause")
    write(simulate(chosen.seed, chosen.orders, chosen.nights), chosen.out)


if __name__ == "__main__":
    main()
