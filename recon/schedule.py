"""How a workspace is run every night: a line for cron, or a service and a timer for systemd, filled in for this machine. Nothing is installed."""

from __future__ import annotations

import getpass
import os
import pwd
import re
import shlex
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from recon.config import Settings
from recon.errors import ConfigurationError

_SERVICE = """\
# {name}.service: one night of recon for {site}. Its log is in {workspace}/logs, and in the journal: journalctl -u {name}
[Unit]
Description=recon, the night of {site}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={user}
WorkingDirectory={directory}
# Secrets that recon.toml names as env:NAME stand there, one NAME=value a line, mode 0600. The - lets the file be absent.
EnvironmentFile=-{environment}
ExecStart={command}
# 1 (findings) and 3 (incomplete) are nights that ended as they should: the report tells of them. 2, 4 and 5 are failures, and OnFailure= would tell somebody.
SuccessExitStatus=1 3
# SIGTERM ends a night in order; the next one throws away what was half read, or goes on with it (recon run --resume).
TimeoutStartSec=6h
TimeoutStopSec=2min
UMask=0027
Nice=10
IOSchedulingClass=best-effort
IOSchedulingPriority=7

# recon writes to its workspace and nowhere else.
ProtectSystem=strict
ReadWritePaths={paths}
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
LockPersonality=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
SystemCallArchitectures=native
"""

_TIMER = """\
# {name}.timer
[Unit]
Description=recon every night at {at} ({zone}), {site}

[Timer]
OnCalendar=*-*-* {at}:00 {zone}
# A machine that was off at that moment makes up for it when it is on again.
Persistent=yes
AccuracySec=1min

[Install]
WantedBy=timers.target
"""


@dataclass(frozen=True)
class Schedule:
    """What to install, and what to know about it."""

    name: str
    """Of the units."""
    cron: str
    service: str
    timer: str
    environment: str
    """Where secrets stand."""
    notes: tuple[str, ...]


def schedule(workspace: Path, settings: Settings, at: str, zone: str | None, user: str | None) -> Schedule:
    """Fill in everything for `workspace`. at: 'HH:MM' on the clock of `zone`; default: that of the plants.

    Raises ConfigurationError where the time or the zone is none.
    """
    moment = _time(at)
    folder = workspace.resolve()
    if "\n" in str(folder):
        raise ConfigurationError(repr(str(folder)), "has a line break in its name, which no unit can hold", "rename it")
    chosen = _zone(zone, settings)
    name = "recon-" + (re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-") or "workspace")
    environment = f"/etc/recon/{name}.env"
    program = executable()
    owner = user or _owner(folder)
    textfile = (workspace / settings.workspace.metrics).resolve().parent if settings.workspace.metrics else None
    paths = [folder, *([textfile] if textfile and not textfile.is_relative_to(folder) else [])]
    values = {
        "name": name, "site": _unit(settings.site), "workspace": _unit(str(folder)), "user": owner, "environment": environment,
        "directory": _unit(str(folder)), "command": " ".join(_argument(part) for part in (program, "-w", str(folder), "run")),
        "paths": " ".join(_argument(str(path)) for path in paths), "at": f"{moment:%H:%M}", "zone": chosen,
    }  # fmt: skip
    cron = (
        f"{moment.minute} {moment.hour} * * * [ ! -r {environment} ] || {{ set -a; . {environment}; set +a; }}; "
        f"{shlex.quote(program)} -w {shlex.quote(str(folder))} run >/dev/null 2>&1"
    ).replace("%", r"\%")
    return Schedule(name, cron, _SERVICE.format(**values), _TIMER.format(**values), environment, tuple(_notes(moment, chosen, settings, owner)))


def executable() -> str:
    """Full path of the recon that is running."""
    beside = Path(sys.executable).parent / "recon"
    return str(beside) if beside.is_file() else shutil.which("recon") or "/usr/local/bin/recon"


def _time(text: str) -> time:
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", text):
        raise ConfigurationError("--at", f"{text!r} is not a time of day", "write it as 02:30")
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def _zone(asked: str | None, settings: Settings) -> str:
    zone = asked or next(iter(settings.plants.values())).time_zone
    try:
        return ZoneInfo(zone).key
    except (KeyError, ValueError, OSError):
        raise ConfigurationError("--zone", f"{zone!r} is not a time zone", "give a name of the IANA database, such as Europe/Berlin") from None


def _owner(folder: Path) -> str:
    try:
        return pwd.getpwuid(folder.stat().st_uid).pw_name
    except (KeyError, OSError):
        return getpass.getuser()


def _notes(at: time, zone: str, settings: Settings, user: str) -> list[str]:
    zones = sorted({plant.time_zone for plant in settings.plants.values()})
    notes = [f"{at:%H:%M} is on the clock of {zone}; the timer says so itself. cron takes the machine's clock, {_machine_zone()}, whatever stands in its line."]
    if len(zones) > 1:
        notes.append(
            f"The plants have several clocks ({', '.join(zones)}). One night serves all: choose a moment after the last of their extracts (--at, --zone)."
        )
    for year in (datetime.now(UTC).year, datetime.now(UTC).year + 1):
        notes += _clock_changes(at, zone, year)
    notes += [
        "Exit codes 1 (findings) and 3 (incomplete) are no failures of the job: the report tells of them. 2, 4 and 5 are.",
        "Runs do not overlap: a second one ends with exit code 5 and names the first, so no flock is needed.",
        "cron's line throws away what the run prints: the log of each night is in logs/<run>.jsonl, and the last line of the run in it.",
    ]
    if user == "root":
        notes.append("The workspace belongs to root. Give it to an account of its own, which may read the sources and nothing else (--user names it).")
    return notes


def _machine_zone() -> str:
    named = os.environ.get("TZ") or ""
    link = Path("/etc/localtime")
    if not named and link.is_symlink():
        named = str(link.resolve()).partition("zoneinfo/")[2]
    return named or datetime.now().astimezone().tzname() or "UTC"


def _clock_changes(at: time, zone: str, year: int) -> list[str]:
    """Days of a year on which the moment is not there, or twice, because clocks are changed."""
    told = []
    place = ZoneInfo(zone)
    day = max(date(year, 1, 1), datetime.now(place).date())
    while day.year == year:
        local = datetime.combine(day, at, place)
        if local.astimezone(UTC).astimezone(place).replace(tzinfo=None) != local.replace(tzinfo=None):
            told.append(f"On {day} there is no {at:%H:%M} in {zone}: look what your cron makes of that. A time outside 01:00 to 03:59 avoids it.")
        elif local.utcoffset() != local.replace(fold=1).utcoffset():
            told.append(f"On {day} {at:%H:%M} comes twice in {zone}: a job that runs twice finds nothing new the second time.")
        day += timedelta(days=1)
    return told


def _unit(text: str) -> str:
    """Text for a unit file, where % begins a specifier."""
    return " ".join(text.split()).replace("%", "%%")


def _argument(text: str) -> str:
    """One word of a unit's list of words."""
    escaped = text.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"' if re.search(r"[^A-Za-z0-9_./%@:+-]", text) else escaped
