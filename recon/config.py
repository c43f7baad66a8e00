"""recon.toml → Settings. Everything a site decides is here; a secret is only ever referred to.

All errors of a file are reported together, each with its dotted key and, for a misspelt key, the one that was probably meant.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from recon.errors import ConfigurationError, ManyErrors, ReconError
from recon.forms import look

FILE_NAME = "recon.toml"

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(value: object) -> object:
    """'90m', '2h', '1d' → timedelta."""
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d+)\s*([smhd])\s*", value)
        if not match:
            raise ValueError(f"{value!r} is not a duration such as 30m, 2h or 1d")
        return timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    return value


def _zone(value: object) -> object:
    try:
        ZoneInfo(str(value))
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{value!r} is not a time zone of the IANA list, such as Europe/Berlin") from None
    return value


def _form(value: str) -> str:
    if value != "iso":
        look(value)
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
TimeZone = Annotated[str, BeforeValidator(_zone)]
MomentForm = Annotated[str, AfterValidator(_form)]


class Section(BaseModel):
    """A table of recon.toml: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Form(Section):
    """How a source writes numbers, dates and text. Declared, never guessed."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    date: MomentForm = "%Y-%m-%d"
    time: MomentForm = "%H:%M:%S"
    timestamp: MomentForm = "iso"
    """'iso' (2026-03-09T22:14:05, with or without an offset) or a strptime pattern."""

    @model_validator(mode="after")
    def _marks_differ(self) -> Form:
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}: no number could be told from a thousand times as much")
        return self


class TableSettings(Section):
    """What is special about one table of a source."""

    file: str | None = None
    """Name of its file under the source's path; default: <table>.csv, .json or .jsonl, whichever is there."""
    query: str | None = None
    """sql sources: a SELECT instead of the table's name."""
    form: Form | None = None
    complete_from: datetime | None = None
    accept_rows_from: date | None = None
    """Day from which on its number of rows is right although it is far below that of the days before; those no longer count as a measure."""


class SourceSettings(Section):
    """One system that recon reads."""

    kind: Literal["files", "sql"]
    pack: str
    system: str
    """SAP instance and client it belongs to, or works for; the first part of every key."""
    plants: list[str] = Field(min_length=1)
    time_zone: TimeZone = "UTC"
    """Zone of timestamps that carry none."""
    path: str | None = None
    """files: the folder, relative to the workspace."""
    url: str | None = None
    """sql: an SQLAlchemy URL, or a reference to one: env:NAME, file:PATH or keyring:SERVICE/NAME."""
    as_of: str | None = None
    """files: name of the sidecar (default extract.json); sql: a SELECT of one timestamp (default: the server's clock)."""
    complete_from: datetime | None = None
    max_lag: Duration = timedelta(hours=26)
    form: Form = Form()
    tables: dict[str, TableSettings] = {}

    @model_validator(mode="after")
    def _has_its_address(self) -> SourceSettings:
        if self.kind == "files" and not self.path:
            raise ValueError("a files source needs `path`")
        if self.kind == "sql" and not self.url:
            raise ValueError("an sql source needs `url`")
        return self

    def form_of(self, table: str) -> Form:
        """The table's own form, or else the source's."""
        settings = self.tables.get(table)
        return settings.form if settings and settings.form else self.form


class PlantSettings(Section):
    """One plant, under its SAP number."""

    name: str
    time_zone: TimeZone
    currency: str
    """Of the plant's company code; money is never converted."""


class WorkflowSettings(Section):
    """A kind of message between the systems, such as goods-movement."""

    settle: Duration


class WorkspaceSettings(Section):
    """Limits of the machine."""

    memory_limit: str | None = None
    """For the engine, such as 4GB; default: 80 % of the machine."""
    threads: int | None = Field(default=None, ge=1)


class Settings(Section):
    """A whole recon.toml."""

    site: str
    workspace: WorkspaceSettings = WorkspaceSettings()
    plants: dict[str, PlantSettings] = Field(min_length=1)
    sources: dict[str, SourceSettings] = Field(min_length=1)
    workflows: dict[str, WorkflowSettings] = {}
    """Overrides of the settle times that the pairings declare."""
    parameters: dict[str, dict[str, Any]] = {}
    """Rule id or pairing name → parameter → value, in place of the shipped ones."""
    owners: dict[str, str] = {}
    """Rule id → who looks after its findings, in place of the shipped one."""

    @model_validator(mode="after")
    def _plants_are_declared(self) -> Settings:
        for name, source in self.sources.items():
            for plant in source.plants:
                if plant not in self.plants:
                    raise ValueError(f"sources.{name}.plants names {plant!r}, which has no [plants.{plant}]")
        return self


def load(workspace: Path) -> Settings:
    """Read and check `workspace`/recon.toml. Raises ConfigurationError, or ManyErrors with one for every wrong key."""
    file = workspace / FILE_NAME
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(str(workspace), f"there is no {FILE_NAME} here", "run `recon init` to make a workspace, or name one with -w") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(file), f"cannot be read: {error}") from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(str(file), f"is not TOML: {error}") from None
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        errors: list[ReconError] = [_explain(file, problem) for problem in error.errors()]
        raise errors[0] if len(errors) == 1 else ManyErrors(errors) from None


def _explain(file: Path, problem: Any) -> ConfigurationError:
    location: tuple[str | int, ...] = problem["loc"]
    key = ".".join(str(part) for part in location)
    if problem["type"] == "extra_forbidden":
        known = _keys_beside(location)
        near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.6)
        tip = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
        return ConfigurationError(f"{file}: {key}", "is not a key that recon knows", tip)
    if problem["type"] == "missing":
        return ConfigurationError(f"{file}: {key}", "is missing", "docs/recon.toml.md shows every key with an example")
    message = str(problem["msg"]).removeprefix("Value error, ")
    return ConfigurationError(f"{file}: {key}" if key else str(file), message)


def _keys_beside(location: tuple[str | int, ...]) -> list[str]:
    """The keys allowed where a wrong one was found."""
    model: Any = Settings
    for part in location[:-1]:
        if isinstance(model, type) and issubclass(model, BaseModel):
            field = model.model_fields.get(str(part))
            model = field.annotation if field else None
            for argument in getattr(model, "__args__", ()):
                if isinstance(argument, type) and issubclass(argument, BaseModel):
                    model = (model, argument)
                    break
        elif isinstance(model, tuple):
            model = model[1]
    if isinstance(model, tuple):
        model = model[1]
    return sorted(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []
