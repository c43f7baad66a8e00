"""recon.toml → Settings. Everything a site decides is here; a secret is only ever referred to.

All errors of a file are reported together, each with its dotted key and, for a misspelt key, the one that was probably meant.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from recon.errors import ConfigurationError, ManyErrors, ReconError, place
from recon.patterns import look
from recon.workdays import WEEK, Calendar, Weekday, Workdays, WorkingDays, read_exceptions
from recon.wrong_values import explained, written

FILE_NAME = "recon.toml"

SERVICE_LEVEL = timedelta(hours=4)
"""How long a message may wait where the site says nothing."""
ALL_OTHERS = "*"
"""The workflow of messages whose own, and whose interface, have no service level."""

_CLIENT = re.compile(r"/(\d{3})$")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(value: object) -> object:
    """'90m', '2h', '1d' → timedelta."""
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d+)\s*([smhd])\s*", value)
        if not match:
            raise ValueError(f"{value!r} is not a duration such as 30m, 2h or 1d")
        return timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    if not isinstance(value, timedelta):
        # A bare number would be taken for seconds.
        raise ValueError(f'{written(value)} is not a duration such as "30m", "2h" or "1d", in quotes')
    return value


def signed_duration(value: object) -> timedelta:
    """'90s', '-3m' → timedelta. Raises ValueError for anything else."""
    text = value.strip() if isinstance(value, str) else ""
    found = _duration(text.removeprefix("-")) if text else value
    if not isinstance(found, timedelta):
        raise ValueError(f"{value!r} is not a duration such as 90s, 3m or -3m")
    return -found if text.startswith("-") else found


def as_written(value: timedelta | WorkingDays) -> str:
    """A duration as recon.toml has it, so that what a run notes of its settings can be read again: '26h', '-3m', '3wd'."""
    if isinstance(value, WorkingDays):
        return f"{value.days}wd"
    seconds = round(abs(value).total_seconds())
    unit = next((unit for unit, size in reversed(_UNITS.items()) if seconds and seconds % size == 0), "s")
    return f"{'-' if value < timedelta(0) else ''}{seconds // _UNITS[unit]}{unit}"


def _zone(value: object) -> object:
    try:
        ZoneInfo(str(value))
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{value!r} is not a time zone of the IANA list, such as Europe/Berlin") from None
    return value


def _settle(value: object) -> object:
    """'3wd' → WorkingDays; else a duration."""
    match = re.fullmatch(r"\s*(\d+)\s*wd\s*", value) if isinstance(value, str) else None
    return WorkingDays(int(match[1])) if match else _duration(value)


def _calendar(value: object, info: ValidationInfo) -> object:
    """The days of the CSV of that name in the workspace; without a workspace they are not known."""
    workspace = (info.context or {}).get("workspace")
    if not isinstance(value, str | dict | Calendar):  # a dict: as a run notes it, days and all
        raise ValueError(f'{written(value)} is not the name of a file, such as "calendars/hamburg.csv"')
    return Calendar(value, read_exceptions(workspace / value) if workspace else {}) if isinstance(value, str) else value


def _client(value: object) -> object:
    if not (isinstance(value, str) and re.fullmatch(r"[0-9]{3}", value)):
        raise ValueError(f'{written(value)} is not the number of a client: three digits in quotes, such as "100"')
    return value


def _names(value: object) -> object:
    """Said once: of two forms that both do not fit, nobody wants to hear twice."""
    if not isinstance(value, str) and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise ValueError(f"{written(value)} is neither a name in quotes nor a list of such names")
    return value


def _form(value: str) -> str:
    if value != "iso":
        look(value)
    return value


def _currency(value: object) -> object:
    if not (isinstance(value, str) and re.fullmatch(r"[A-Z]{3}", value)):
        raise ValueError(f"{value!r} is not the code of a currency in ISO 4217, such as EUR or USD")
    return value


_Written = PlainSerializer(as_written, return_type=str, when_used="json")
Duration = Annotated[timedelta, BeforeValidator(_duration), _Written]
Settle = Annotated[timedelta | WorkingDays, BeforeValidator(_settle), _Written]
NamedCalendar = Annotated[Calendar, BeforeValidator(_calendar)]
SignedDuration = Annotated[timedelta, BeforeValidator(signed_duration), _Written]
TimeZone = Annotated[str, BeforeValidator(_zone)]
MomentForm = Annotated[str, AfterValidator(_form)]
Currency = Annotated[str, BeforeValidator(_currency)]


class Section(BaseModel):
    """A table of recon.toml: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Form(Section):
    """How a source writes numbers, dates and text. Declared, never guessed."""

    layout: Literal["csv", "list", "json", "parquet", "excel"] | None = None
    """How a file is laid out; default: by the ending of its name. list: what SAP saves of a list on the screen (SE16N, ALV)."""
    labels: Literal["none", "en", "de"] = "none"
    """Language of the labels that stand in the header in place of technical names."""
    records: str | None = None
    """json: dotted path to the array of records in a single object, such as d.results."""
    null: tuple[str, ...] = ()
    """Values that mean that there is none, such as #N/A."""
    months: tuple[str, ...] = ()
    """Names of the twelve months, where %b in `date` or `timestamp` stands for other than English ones."""
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    date: MomentForm = "%Y-%m-%d"
    time: MomentForm = "%H:%M:%S"
    timestamp: MomentForm = "iso"
    """'iso' (2026-03-09T22:14:05, with or without an offset) or a strptime pattern."""

    @model_validator(mode="before")
    @classmethod
    def _lists_have_their_own_defaults(cls, data: Any) -> Any:
        """A list is delimited by pipes and quotes nothing, unless it is said otherwise."""
        return {"delimiter": "|", "quote": ""} | data if isinstance(data, dict) and data.get("layout") == "list" else data

    @model_validator(mode="after")
    def _months_are_twelve(self) -> Form:
        if self.months and len(set(map(str.casefold, self.months))) != 12:
            raise ValueError(f"`months` has {len(set(self.months))} different names; it needs twelve, from January on")
        if self.thousands == self.decimal:
            raise ValueError(f"`decimal` and `thousands` are both {self.decimal!r}")
        return self


class TableSettings(Section):
    """What is special about one table of a source."""

    file: str | None = None
    """Name of its file under the source's path, or a pattern of names as for the source; default: <table> with an ending that recon knows."""
    member: str | None = None
    """Name of the file in a zip that holds several."""
    sheet: str | None = None
    """Name of the sheet of an Excel file that has several."""
    columns: dict[str, Annotated[str | list[str], BeforeValidator(_names)]] = {}
    """Column as the header has it → its technical name, or the names from left to right where it comes more than once."""
    query: str | None = None
    """sql sources: a SELECT instead of the table's name."""
    form: Form | None = None
    complete_from: datetime | None = None
    watermark: str | None = None
    """sql: the column that grows with every change, a timestamp or a counter; later nights read only from its greatest value on."""
    overlap: Duration = timedelta(hours=1)
    """How far before the last watermark a timestamp is read again, for transactions that were committed late."""
    sweep: bool = True
    """Whether the keys of an incremental table are read whole each night, which is what finds deleted rows."""
    full_every: int = Field(default=7, ge=1)
    """On how many nights' last a table with a watermark is read whole; 1: always."""
    may_halve: bool = False
    """Its rows go with what they stand for, so that far fewer of them are no sign of a broken extract; none at all are."""
    worklist: bool = False
    """Its rows go when they are worked off, so that fewer of them, or none, are no sign of a broken extract."""
    accept_rows_from: date | None = None
    """Day from which on its number of rows is right although it is far below that of the days before; those no longer count as a measure."""
    accept_columns_from: date | None = None
    """Day from which on its columns are right although they are not what they were."""


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
    file: str | None = None
    """files: pattern of the names, such as {table}_%Y%m%d_%H%M.csv: {table} and the moment that the file shows, by strptime's letters."""
    url: str | None = None
    """sql: an SQLAlchemy URL, or a reference to one: env:NAME, file:PATH or keyring:SERVICE/NAME."""
    as_of: str | None = None
    """files: name of the sidecar (default extract.json); sql: a SELECT of one timestamp (default: the server's clock)."""
    connect_timeout: Duration = timedelta(seconds=30)
    """sql: how long to wait for the server to answer, or for a writer that has a SQLite file locked."""
    statement_timeout: Duration = timedelta(minutes=30)
    """sql: how long one statement, such as reading a table, may take."""
    confirm: bool = False
    """sql: whether what fires for the first time is asked for once more before it is told (the second look)."""
    confirm_keys: int = Field(default=2000, ge=1)
    """sql: orders, batches, lots and the like that one night asks for again at most, the gravest first."""
    confirm_timeout: Duration = timedelta(minutes=2)
    """sql: how long one statement of the second look may take."""
    begin: str | None = None
    """sql by ODBC: the statement that makes a transaction one read-only snapshot, for systems of which recon does not know it."""
    longest_text: int = Field(default=4000, ge=1)
    """sql by ODBC: bytes of the longest text; a longer one makes its table incomplete, and none is cut."""
    complete_from: datetime | None = None
    client: Annotated[str, BeforeValidator(_client)] | None = None
    """SAP client whose rows it holds; default: the one that `system` ends in."""
    other_plants: list[str] = []
    """Plants whose rows it holds too, and that recon is not to judge. Rows of any further one make their table incomplete."""
    without: list[str] = []
    """Tables of its pack that the site does not have: empty, and complete."""
    deleted: list[str] = ["_fivetran_deleted", "hvr_is_deleted"]
    """Columns in which a replication marks rows that are deleted in the system itself; a row with a true one is none."""
    max_lag: Duration = timedelta(hours=26)
    skew: SignedDuration | None = None
    """How far its clock is ahead of this machine's, negative: behind; default: a server's is measured, a sidecar declares a folder's."""
    max_skew: Duration = timedelta(minutes=15)
    """A clock further off than that makes the source one that cannot be compared."""
    parallel: int = Field(default=1, ge=1)
    """Tables of it that are read at once."""
    form: Form = Form()
    tables: dict[str, TableSettings] = {}

    @model_validator(mode="after")
    def _has_its_address(self) -> SourceSettings:
        if problem := _without_address(self.kind, self.path, self.url):
            raise ValueError(problem)
        if self.file and self.file.count("{table}") != 1:
            raise ValueError("`file` of a source must have {table} once, where the name of the table stands")
        if self.kind == "files" and self.confirm:
            raise ValueError("`confirm` is for sql sources: a delivered file says the same however often it is read")
        if self.kind == "sql" and self.parallel > 1:
            raise ValueError("`parallel` is for files: the tables of a database are read one after the other, in one transaction, so that they fit together")
        for table, own in self.tables.items():
            if own.watermark and self.kind == "files":
                raise ValueError(f"tables.{table}.watermark is for sql sources: a file is always read whole")
        return self

    @model_validator(mode="after")
    def _is_of_one_client(self) -> SourceSettings:
        carried = _CLIENT.search(self.system)
        if carried and self.client and carried[1] != self.client:
            raise ValueError(f"client {self.client} is not the one that system {self.system!r} ends in")
        return self

    @property
    def client_of_rows(self) -> str | None:
        """The client that its rows must have; None: any, but only one."""
        carried = _CLIENT.search(self.system)
        return self.client or (carried[1] if carried else None)

    def form_of(self, table: str) -> Form:
        """The table's own form, or else the source's."""
        settings = self.tables.get(table)
        return settings.form if settings and settings.form else self.form


class PlantSettings(Section):
    """One plant, under its SAP number."""

    name: str
    time_zone: TimeZone
    currency: Currency
    """Of the plant's company code; money is never converted."""
    working_days: tuple[Weekday, ...] = Field(default=WEEK, min_length=1)
    """Weekdays on which it works."""
    calendar: NamedCalendar | None = None
    """A CSV of the days that are not as their weekday is; default: there are none."""

    @property
    def workdays(self) -> Workdays:
        """When it works."""
        return Workdays(frozenset(WEEK.index(day) + 1 for day in self.working_days), self.calendar.days if self.calendar else {})


class WorkflowSettings(Section):
    """A kind of message between the systems, such as goods-movement, or one interface, such as MBGMCR."""

    settle: Settle | None = None
    """In place of the pairings': how long after its last change what it carries is still moving."""
    service_level: Duration | None = None
    """How long a message may wait for its posting."""
    carried_by: list[str] = []
    """Names by which messages that carry it go here: what stands in their column `workflow`, or their interface, besides those that recon knows."""

    @model_validator(mode="after")
    def _says_something(self) -> WorkflowSettings:
        if self.settle is None and self.service_level is None and not self.carried_by:
            raise ValueError("a workflow has `settle`, `service_level` or `carried_by`")
        return self


Side = Literal["sap", "mes", "qms", "wms", "-"]


def _believed(value: object) -> object:
    """A side, or sides by plant. Said in one line: of two forms that both do not fit, nobody wants to hear twice."""
    sides = value.values() if isinstance(value, dict) else [value]
    for side in sides:
        if side not in get_args(Side):
            raise ValueError(f"{side!r} is no side: sap, mes, qms or wms, or '-' where a person decides; or one for each plant, as in {{ '1000' = 'sap' }}")
    return value


Believed = Annotated[Side | dict[str, Side], BeforeValidator(_believed)]


class RulesSettings(Section):
    """Which rules are in force."""

    profile: str | None = None
    """Name of a file of rules/profiles; None: every rule is on."""
    on: list[str] = []
    """Rules besides those of the profile."""
    off: dict[str, Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]] = {}
    """Rule id → why the site does not want it; reports say so."""


class WorkspaceSettings(Section):
    """Limits of the machine."""

    memory_limit: str | None = None
    """For the engine, such as 4GB; default: 80 % of the machine."""
    threads: int | None = Field(default=None, ge=1)
    sources_at_once: int | None = Field(default=None, ge=1)
    """Sources that are read at once; default: all."""
    keep_logs: int = Field(default=90, ge=1)
    """Nights whose logs are kept."""
    metrics: str | None = None
    """File for node_exporter's textfile collector, relative to the workspace; default: reports/recon.prom."""


class CorrectionSettings(Section):
    """What recon may propose."""

    value_limit: Decimal | None = Field(default=None, gt=0, max_digits=18, decimal_places=2)
    """In the plant's currency: a posting that is worth more is not proposed. None: no limit."""


class GatesSettings(Section):
    """What is expected of rows before rules compare them."""

    run: bool = True
    """Ask Great Expectations at all."""
    off: list[str] = []
    """Tables whose suite is left out, such as sap.movement or sap-ecc-tables/MSEG."""


class Settings(Section):
    """A whole recon.toml."""

    site: str
    workspace: WorkspaceSettings = WorkspaceSettings()
    gates: GatesSettings = GatesSettings()
    plants: dict[str, PlantSettings] = Field(min_length=1)
    sources: dict[str, SourceSettings] = Field(min_length=1)
    workflows: dict[str, WorkflowSettings] = {}
    """Times of the workflows, in place of those that the pairings declare (`settle`) and of SERVICE_LEVEL; ALL_OTHERS: a service level of the rest."""
    corrections: CorrectionSettings = CorrectionSettings()
    parameters: dict[str, dict[str, Any]] = {}
    """Rule id or pairing name → parameter → value, in place of the shipped ones; `where` holds entries with values for a part of the site."""
    rules: RulesSettings = RulesSettings()
    authority: dict[str, Believed] = {}
    """Rule id, or field as table.column → the side that the site believes, everywhere or by plant ("*": all others), in place of the one that the rule
    believes; "-": a person decides."""
    owners: dict[str, str] = {}
    """Rule id → who looks after its findings, in place of the shipped one."""

    @property
    def service_levels(self) -> dict[str, timedelta]:
        """Workflow or interface → how long a message of it may wait; that of ALL_OTHERS is always there."""
        return {ALL_OTHERS: SERVICE_LEVEL} | {name: one.service_level for name, one in self.workflows.items() if one.service_level is not None}

    @model_validator(mode="after")
    def _plants_are_declared(self) -> Settings:
        for name, source in self.sources.items():
            for plant in source.plants:
                if plant not in self.plants:
                    raise ValueError(_undeclared(name, plant))
        return self


def _without_address(kind: object, path: object, url: object) -> str | None:
    if kind == "files" and not path:
        return "a files source needs `path`"
    return "an sql source needs `url`" if kind == "sql" and not url else None


def _undeclared(source: str, plant: object) -> str:
    return f"sources.{source}.plants names {plant!r}, which has no [plants.{plant}]"


def load(workspace: Path) -> Settings:
    """Read and check `workspace`/recon.toml. Raises ConfigurationError, or ManyErrors with one for every wrong key."""
    return settings_of(workspace, read(workspace))


def read(workspace: Path) -> dict[str, Any]:
    """What `workspace`/recon.toml holds, unchecked. Raises ConfigurationError where it is not there or not TOML."""
    file = workspace / FILE_NAME
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise missing(workspace) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(str(file), f"is not TOML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(file), f"cannot be read: {error}") from None


def missing(workspace: Path) -> ConfigurationError:
    """What to say of a folder that is no workspace."""
    return ConfigurationError(place(workspace), f"there is no {FILE_NAME} here", "run `recon init` to make a workspace, or name one with -w")


def settings_of(workspace: Path, data: dict[str, Any]) -> Settings:
    """Check what `read` gave. Raises ConfigurationError, or ManyErrors with one for every wrong key."""
    file = workspace / FILE_NAME
    try:
        return Settings.model_validate(data, context={"workspace": workspace})
    except ValidationError as error:
        problems = error.errors()
        wrong = {problem["loc"] for problem in problems}
        # A list whose every entry is wrong is "too short" besides.
        told = [one for one in problems if one["type"] != "too_short" or not any(loc[:-1] == one["loc"] for loc in wrong)]
        errors: list[ReconError] = [_explain(file, problem) for problem in told]
        said = {str(one) for one in errors}
        errors += [one for one in _told_together(file, data) if str(one) not in said]
        raise errors[0] if len(errors) == 1 else ManyErrors(errors) from None


def table_of(data: object, *keys: str) -> dict[str, Any]:
    """The table of recon.toml under `keys`; empty where there is none, or something else stands there."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def _told_together(file: Path, data: dict[str, Any]) -> Iterator[ConfigurationError]:
    """What is wrong between keys, which the models say only where every key alone is right."""
    plants = table_of(data, "plants")
    for name in table_of(data, "sources"):
        source = table_of(data, "sources", name)
        if problem := _without_address(source.get("kind"), source.get("path"), source.get("url")):
            yield ConfigurationError(f"{file}: sources.{name}", problem)
        named = source.get("plants")
        for plant in named if isinstance(named, list) else ():
            if isinstance(plant, str) and plant not in plants:
                yield ConfigurationError(str(file), _undeclared(name, plant))


def _explain(file: Path, problem: Any) -> ConfigurationError:
    location: tuple[str | int, ...] = problem["loc"]
    key = ".".join(f"{part + 1}" if isinstance(part, int) else part for part in location)
    if problem["type"] == "extra_forbidden":
        known = _keys_beside(location)
        near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.6)
        tip = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
        return ConfigurationError(f"{file}: {key}", "is not a key that recon knows", tip)
    if problem["type"] == "missing":
        return ConfigurationError(f"{file}: {key}", "is missing", "docs/recon.toml.md shows every key with an example")
    return ConfigurationError(f"{file}: {key}" if key else str(file), *explained(problem, secret="url" in location))


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
