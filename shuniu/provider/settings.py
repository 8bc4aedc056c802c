"""What `shuniu provide` serves, as frozen dataclasses from a TOML file or from the command line: an unknown key stops the start.

    identity = "identity"
    listen = "0.0.0.0:7500"
    announce = "provider.dept.example"
    url_env = "SHUNIU_SOURCE_URL"

    [[resource]]
    table = "RESIDENT"
    key = "id_number"
    names = { id_number = "SFZH", name = "XM" }

    [[resource]]
    file = "permits.csv"
    key = "permit_number"
    encoding = "gb18030"
    types = { issued = "date" }

    [[resource]]
    name = "vehicle"
    url = "https://svc.internal/api/vehicles/{key}"
    key = "plate"
    names = { plate = "hphm", owner = "holder.name" }

Paths are relative to the file's folder. A database's URL holds a password: it is read from an environment variable or from a file, and is in no
text that anybody prints.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from shuniu.provider.comparison import TYPES
from shuniu.provider.files.csv_rows import ENCODINGS
from shuniu.provider.reasons import (
    SETTINGS_CHOICE,
    SETTINGS_KEY,
    SETTINGS_MISSING,
    SETTINGS_OF_OTHER_SOURCE,
    SETTINGS_SOURCE,
    SETTINGS_TWICE,
    SETTINGS_TYPE,
    SETTINGS_UNREADABLE,
    SETTINGS_URL,
    SETTINGS_ZONE,
)
from shuniu.zone import CHINA

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


LEVELS: Final = ("debug", "info", "warning", "error")
FORMATS: Final = ("csv", "parquet")
ZONE: Final = "Asia/Shanghai"
_OF_CHINA: Final = (ZONE, "PRC", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin")
_LARGEST_URL: Final = 4096
_TYPES: Final[Mapping[type, str]] = {str: "text", tuple: "list of texts", dict: "table of texts", float: "number"}


@dataclass(frozen=True)
class ResourceSettings:
    """One thing to serve: a table of a database, a file, or an HTTP service. `key`, `as_text`, `types` and `names` speak of fields of the entry."""

    key: str = ""
    """The field by which records are asked for; required."""
    name: str = ""
    """The resource's name; the table's, or the file's without its ending, unless given."""
    table: str = ""
    """A table or view; schema.table where there is no table of that very name."""
    schema: str = ""
    """The database schema of the table; empty means the user's own."""
    url: str = field(default="", repr=False)
    """The database, a SQLAlchemy URL; without table and file an HTTP service, its address with {key} in it."""
    url_env: str = ""
    """The environment variable that holds the URL."""
    url_file: str = ""
    """The file that holds the URL."""
    file: str = ""
    """A CSV or Parquet file."""
    format: str = ""
    """"csv" or "parquet"; what the file's ending says unless given."""
    encoding: str = "utf-8"
    """The encoding of a CSV file, or of a service's answers."""
    delimiter: str = ""
    """What stands between the cells of a CSV file; a comma, a tab in a .tsv file, unless given."""
    columns: tuple[str, ...] = ()
    """The columns of a CSV file that has no header row."""
    types: Mapping[str, str] = field(default_factory=dict)
    """The types of fields of a CSV file or a service; what is not named is text."""
    names: Mapping[str, str] = field(default_factory=dict)
    """For a field of the entry the column in which it stands; of a service its path in a record."""
    as_text: tuple[str, ...] = ()
    """Fields that are served as text, whatever their type."""
    freshness_column: str = ""
    """The field of a table with the time of a row, by which the newest is told."""
    version_column: str = ""
    """The field of a table that every insert and update raises, a number or a time: by it changes are followed."""
    deleted_column: str = ""
    """The field of a table that marks rows as deleted."""
    late_seconds: float = 5.0
    """By how many seconds a commit may come behind one with a later version."""
    zone: str = ZONE
    """Where timestamps without a zone are, an IANA name."""
    method: str = "GET"
    """GET or POST."""
    body: str = field(default="", repr=False)
    """The JSON that is posted to a service, with {key} as one of its texts."""
    records: str = ""
    """The path of the records in an answer: a list of them, or one; the whole answer unless given."""
    optional: tuple[str, ...] = ()
    """Fields that a record of a service may leave out; null is no value in any field."""
    absent: tuple[int, ...] = (404,)
    """The statuses by which a service says that there is no such record."""
    good: Mapping[str, str] = field(default_factory=dict)
    """Paths and the values that an answer has there when the service succeeded."""
    none: Mapping[str, str] = field(default_factory=dict)
    """Paths and the values by which an answer says that there is no such record."""
    header_file: str = ""
    """The file with headers for a service, one `Name: value` a line."""
    header_env: str = ""
    """The environment variable that holds them."""
    ca_file: str = ""
    """By which certificates a service is known, in PEM; those of the machine unless given."""
    certificate_file: str = ""
    """The certificate that a service is shown, in PEM."""
    key_file: str = ""
    """Its key, in PEM, without a password."""
    timeout: float = 10.0
    """Seconds for one question to a service."""
    networks: tuple[str, ...] = ()
    """The networks in which a service is; any but link-local ones unless given."""

    @property
    def is_service(self) -> bool:
        """Tell whether it is an HTTP service."""
        return bool(self.url) and not self.table and not self.file

    @property
    def tzinfo(self) -> tzinfo:
        """Return the zone."""
        return zone_of(self.zone)

    @property
    def resource(self) -> str:
        """Return the resource's name."""
        return self.name or self.table or Path(self.file).stem


@dataclass(frozen=True)
class ProviderSettings:
    """Everything that a provider may be told. `url`, `url_env` and `url_file` count for each resource that does not name its own."""

    resource: tuple[ResourceSettings, ...] = ()
    """What is served."""
    identity: str = ""
    """The folder that `shuniu join` made."""
    listen: str = "127.0.0.1:0"
    """host:port; port 0 takes a free one."""
    announce: str = ""
    """How the hub reaches it, host or host:port; where it listens unless given."""
    log_level: str = "info"
    """debug, info, warning or error."""
    index: str = ""
    """The folder for the indexes of files; the system's folder for temporary files unless given."""
    url: str = field(default="", repr=False)
    """The database of all resources, a SQLAlchemy URL."""
    url_env: str = ""
    """The environment variable that holds it."""
    url_file: str = ""
    """The file that holds it."""


_URLS: Final = ("url", "url_env", "url_file")
_OF_SERVICES: Final = ("method", "body", "records", "optional", "absent", "good", "none", "header_file", "header_env")
_OF_SERVICES_TOO: Final = ("ca_file", "certificate_file", "key_file", "timeout", "networks")
_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "table": ("schema", "freshness_column", "version_column", "deleted_column", "late_seconds", *_URLS),
    "file": ("format", "encoding", "delimiter", "columns", "types"),
    "url": ("encoding", "types", *_URLS, *_OF_SERVICES, *_OF_SERVICES_TOO),
}
"""The keys that speak of one kind of source; any other one speaks of all."""
_PATHS: Final = ("identity", "index", "url_file", "file", "header_file", "ca_file", "certificate_file", "key_file")
METHODS: Final = ("GET", "POST")


def load(path: Path, environment: Mapping[str, str] = os.environ) -> ProviderSettings:
    """Read a configuration file; raise ConfigError naming the key that is wrong."""
    try:
        # what Windows' editors put in front
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # the decoder's own text quotes the bytes, among which a password may be
        problem = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise SETTINGS_UNREADABLE(path=path, problem=problem) from None
    return from_mapping(raw, path.parent, environment)


def from_mapping(raw: Mapping[str, Any], folder: Path, environment: Mapping[str, str] = os.environ) -> ProviderSettings:
    """Return the settings of parsed TOML, each checked, the URLs read from where they are kept."""
    tables = raw.get("resource", [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise SETTINGS_TYPE(key="resource", type="[[resource]]")
    top = _values({key: value for key, value in raw.items() if key != "resource"}, ProviderSettings(), folder)
    _choose("log_level", top.get("log_level", "info"), LEVELS)
    url = _url(top, environment, "")
    resources = tuple(_resource(one, f"resource[{number}].", folder, (environment, url)) for number, one in enumerate(tables))
    settings = ProviderSettings(**{**top, "url": url, "resource": resources})
    check(settings)
    return settings


def check(settings: ProviderSettings) -> None:
    """Refuse what serves nothing, and one name for two resources."""
    if not settings.resource:
        raise SETTINGS_MISSING(key="resource")
    names = [one.resource for one in settings.resource]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise SETTINGS_TWICE(resource=twice)


def zone_of(name: str) -> tzinfo:
    """Return an IANA time zone; raise ConfigError for a name that is none.

    China's is UTC+8 all year, as the hub reckons days: with the summer time of 1986 to 1991, a birth at midnight would fall on the day before.
    """
    if name in _OF_CHINA:
        return CHINA
    try:
        return ZoneInfo(name)
    # a name may lead out of the folder of zones, or to a folder in it
    except (KeyError, ValueError, OSError):
        raise SETTINGS_ZONE(zone=name) from None


def _resource(raw: Mapping[str, Any], prefix: str, folder: Path, urls: tuple[Mapping[str, str], str]) -> ResourceSettings:
    values = _values(raw, ResourceSettings(), folder, prefix)
    source = _source(values, prefix)
    for key in ("key", "name") if source == "url" else ("key",):
        if not values.get(key):
            raise SETTINGS_MISSING(key=f"{prefix}{key}")
    other = next(((key, kind) for kind, keys in _OF.items() for key in keys if key in raw and key not in _OF[source]), None)
    if other:
        raise SETTINGS_OF_OTHER_SOURCE(key=prefix + other[0], source=other[1])
    for key, known in (("format", FORMATS), ("encoding", ENCODINGS), ("method", METHODS)):
        if key in values:
            _choose(prefix + key, values[key], known)
    for name, kind in values.get("types", {}).items():
        _choose(f"{prefix}types.{name}", kind, tuple(one for one in TYPES if one != "bytes"))
    if len(values.get("delimiter", ",")) != 1:
        raise SETTINGS_TYPE(key=f"{prefix}delimiter", type="one character")
    zone_of(values.get("zone", ZONE))
    if source == "file":
        return ResourceSettings(**values)
    environment, usual = urls
    own = any(key in values for key in _URLS)
    url = _url(values, environment, prefix) if own else usual
    if not url:
        raise SETTINGS_MISSING(key=f"{prefix}url_env")
    return ResourceSettings(**{**values, "url": url})


def _source(values: Mapping[str, Any], prefix: str) -> str:
    """Return which of its keys names what a resource is made of."""
    named = [key for key in ("table", "file") if values.get(key)]
    if not named and any(values.get(key) for key in _URLS):
        return "url"
    if len(named) != 1:
        raise SETTINGS_SOURCE(key=prefix.rstrip("."))
    return named[0]


def _values(raw: Mapping[str, Any], usual: Any, folder: Path, prefix: str = "") -> dict[str, Any]:
    """Return the values of one table, each of its type, paths as they are from here."""
    known = [name for name in vars(usual) if name != "resource"]
    unknown = sorted(set(raw) - set(known))
    if unknown:
        raise SETTINGS_KEY(key=prefix + unknown[0], known=", ".join([*known, *(["[[resource]]"] if not prefix else [])]))
    values = {key: _convert(prefix + key, value, getattr(usual, key)) for key, value in raw.items()}
    return {key: str(folder / value) if key in _PATHS and value else value for key, value in values.items()}


def _convert(key: str, value: Any, usual: Any) -> Any:
    """Return a value in the type of its default: a text, a list of texts as a tuple, a table of texts."""
    if isinstance(usual, str) and isinstance(value, str):
        return value
    # of a list, the default says what is in it: numbers, else texts
    inner = int if usual and isinstance(usual, tuple) else str
    if isinstance(usual, tuple) and isinstance(value, list) and all(type(one) is inner for one in value):
        return tuple(value)
    if isinstance(usual, float) and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(usual, dict) and isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
        return dict(value)
    raise SETTINGS_TYPE(key=key, type="list of whole numbers" if inner is int else _TYPES[type(usual)])


def _choose(key: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SETTINGS_CHOICE(key=key, known=", ".join(known))


def _url(values: Mapping[str, Any], environment: Mapping[str, str], prefix: str) -> str:
    """Return the URL from the one place that is named, empty where none is."""
    named = [key for key in _URLS if values.get(key)]
    if not named:
        return ""
    if len(named) > 1:
        raise SETTINGS_URL(key=prefix + named[0], other=prefix + named[1])
    value = str(values[named[0]])
    if named[0] == "url":
        return value
    found = environment.get(value, "") if named[0] == "url_env" else _first_line(Path(value))
    if not found:
        raise SETTINGS_MISSING(key=value)
    return found


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return file.readline(_LARGEST_URL).strip()
