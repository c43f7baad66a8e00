"""The sample company's SAP extract written as a plant would save it from SE16N: lists with German labels, pages, rules and totals."""

from __future__ import annotations

import csv
from pathlib import Path

import recon.sources.labels

PAGE = 55
"""Rows on a page of a printed list."""
SPREADSHEETS = ("AUFK", "MAKT", "QALS", "MCHB")
"""Tables that were saved as a spreadsheet; the others are unconverted lists."""
NARROW = 20
"""Labels are cut off where neither they nor the values fit into so many characters."""

_FORM = """encoding = "cp1252"
decimal = ","
thousands = "."
date = "%d.%m.%Y"
time = "%H:%M:%S"
layout = "list"
labels = "de"
"""


def rewrite(folder: Path, configuration: Path) -> None:
    """Replace the CSV files of a delivered SAP extract by lists, and declare in recon.toml that they are."""
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="cp1252", newline="") as source:
            header, *rows = csv.reader(source, delimiter=";")
        labels = german(file.stem, header)
        text = _spreadsheet(labels, rows) if file.stem in SPREADSHEETS else _unconverted(file.stem, labels, rows)
        file.with_suffix(".txt").write_bytes(text.replace("\n", "\r\n").encode("cp1252"))
        file.unlink()
    text = configuration.read_text(encoding="utf-8")
    start = text.index("[sources.sap.form]")
    # Three of the six activities of a confirmation: which ones no label tells, so the site says so.
    told = '[sources.sap.tables.AFRU.columns]\n"Rückzumeldende Leist" = ["ISM01", "ISM02", "ISM03"]\n"Einheit Leistung" = ["ILE01", "ILE02", "ILE03"]\n\n'
    tables = told + "".join(f'[sources.sap.tables.{table}.form]\n{_FORM}delimiter = "\\t"\n\n' for table in SPREADSHEETS)
    configuration.write_text(text[:start] + f"[sources.sap.form]\n{_FORM}\n{tables}" + text[text.index("[sources.mes]") :], encoding="utf-8")


def german(table: str, columns: list[str]) -> list[str]:
    """The first German label of each column, in its own capitals."""
    with Path(recon.sources.labels.__file__).with_name("sap_labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="|"))
    return [
        next(row["de"].split(";")[0] for name in (table, "*") for row in rows if (row["table"], row["column"]) == (name, column) and row["de"])
        for column in columns
    ]


def _unconverted(table: str, labels: list[str], rows: list[list[str]]) -> str:
    widths = [max(min(len(label), NARROW), *(len(row[place]) for row in rows), 1) for place, label in enumerate(labels)]
    rule = "-" * (sum(widths) + len(widths) + 1)
    header = _framed([label[:width] for label, width in zip(labels, widths, strict=True)], widths)
    lines = []
    for start in range(0, max(len(rows), 1), PAGE):
        lines += [f"15.03.2026{'Dynamische Listenausgabe':^60}{start // PAGE + 1:>6}", "", f"Tabelle:        {table}", rule, header, rule]
        lines += [_framed(row, widths) for row in rows[start : start + PAGE]]
        lines += [rule, ""]
    places = [place for place, value in enumerate(rows[0] if rows else []) if "," in value and place]
    if places:
        total = ["*"] + ["999.999,000" if place in places and widths[place] > 10 else "" for place in range(1, len(labels))]
        lines[-1:] = [_framed(total, widths), rule, ""]
    return "\n".join(lines)


def _framed(values: list[str], widths: list[int]) -> str:
    return "|" + "|".join(f"{value:{width}}" for value, width in zip(values, widths, strict=True)) + "|"


def _spreadsheet(labels: list[str], rows: list[list[str]]) -> str:
    lines = ["15.03.2026\tDynamische Listenausgabe\t1", "", "\t" + "\t".join(labels), ""]
    return "\n".join([*lines, *("\t" + "\t".join(row) for row in rows), ""])
