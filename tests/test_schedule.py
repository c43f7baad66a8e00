"""What recon schedule prints can be installed as it stands."""

from __future__ import annotations

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from recon.config import PlantSettings, Settings, SourceSettings
from recon.errors import ConfigurationError
from recon.schedule import Schedule, schedule


def settings(*zones: str) -> Settings:
    plants = {str(1000 + number): PlantSettings(name="Works", time_zone=zone, currency="EUR") for number, zone in enumerate(zones)}
    source = SourceSettings(kind="files", pack="sap-ecc-tables", system="P01/100", plants=list(plants), path="inbox")
    return Settings(site="Works", plants=plants, sources={"sap": source})


def of(folder: Path, at: str = "05:30", zone: str | None = None, user: str | None = "recon", zones: tuple[str, ...] = ("Europe/Berlin",)) -> Schedule:
    return schedule(folder, settings(*zones), at, zone, user)


def test_the_units_are_what_systemd_takes(tmp_path: Path) -> None:
    """A folder with blanks, quotes, percent and dollar signs is the folder that is run and written to, and nothing else."""
    folder = tmp_path / 'we"ird 100% $HOME'
    folder.mkdir()
    found = of(folder)
    assert found.name == "recon-we-ird-100-home"
    escaped = str(folder).replace("%", "%%").replace('"', '\\"').replace("$", "$$")
    assert f'-w "{escaped}" run' in found.service
    for text in (found.service, found.timer):
        configparser.ConfigParser(strict=False, interpolation=None).read_string(text)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_verifies_them(tmp_path: Path) -> None:
    """systemd itself has nothing to say against them."""
    found = of(tmp_path, user="root")
    files = []
    for kind, text in (("service", found.service), ("timer", found.timer)):
        files.append(tmp_path / f"{found.name}.{kind}")
        files[-1].write_text(text, encoding="utf-8")
    ended = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_time_is_on_the_clock_of_the_plant(tmp_path: Path) -> None:
    """The timer names the zone, whatever the machine's clock is; another may be asked for."""
    assert "OnCalendar=*-*-* 05:30:00 Europe/Berlin\n" in of(tmp_path).timer
    assert "OnCalendar=*-*-* 05:30:00 UTC\n" in of(tmp_path, zone="UTC").timer
    assert any("several clocks (America/New_York, Europe/Berlin)" in note for note in of(tmp_path, zones=("Europe/Berlin", "America/New_York")).notes)


def test_exit_codes_of_a_night_that_ended_are_no_failures(tmp_path: Path) -> None:
    """Findings and an incomplete night are told by the report; wrong configuration, integrity and a run that could not be are failures."""
    assert "SuccessExitStatus=1 3\n" in of(tmp_path).service


def test_cron_takes_the_line(tmp_path: Path) -> None:
    """Five fields and a command that a shell reads, in which cron finds no bare percent sign."""
    folder = tmp_path / "it's 5%"
    folder.mkdir()
    fields = of(folder, "4:05").cron.split(" ", 5)
    assert fields[:5] == ["5", "4", "*", "*", "*"]
    assert "%" not in fields[5].replace(r"\%", "")
    command = fields[5].replace(r"\%", "%")
    assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0


def test_days_on_which_clocks_are_changed_are_told(tmp_path: Path) -> None:
    """Half past two is twice on one night of the year, and not at all on another; half past five is always there once."""
    assert sum("comes twice" in note or "there is no" in note for note in of(tmp_path, "02:30").notes) >= 2
    assert not any("comes twice" in note or "there is no" in note for note in of(tmp_path, "05:30").notes)


@pytest.mark.parametrize(("at", "zone", "message"), [("25:00", None, "--at"), ("0230", None, "--at"), ("02:30", "Berlin", "--zone")])
def test_what_is_no_time_is_an_error(tmp_path: Path, at: str, zone: str | None, message: str) -> None:
    """It names the option."""
    with pytest.raises(ConfigurationError, match=message):
        of(tmp_path, at, zone)
