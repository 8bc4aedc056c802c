"""The configuration: one frozen dataclass from `shuniu.toml`. The defaults run a hub on a laptop; an unknown key stops the start."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final

from hub.delivery import SMTP_TLS, Delivery
from hub.limits import Limits
from hub.reasons.operation import (
    ADDRESS_NOT_NAMED,
    ADDRESS_WRONG,
    CHOICE_WRONG,
    CLIENT_MISSING,
    CONFIGURATION_UNREADABLE,
    ISSUER_WRONG,
    NETWORK_WRONG,
    NO_CONFIGURATION,
    NUMBER_OUTSIDE,
    NUMBER_WRONG,
    TYPE_WRONG,
    UNKNOWN_KEY,
    USE_RECORDS_TOO_SHORT,
)
from hub.sign_in import SignIn, may_be_asked
from shuniu.joining.hosts import canonical, is_host

_HIGHEST_PORT: Final = 65_535
_MOST: Final = 10_000
_MOST_FILE_MIB: Final = 256
_MOST_OF_A_LIMIT: Final = 1 << 30
# Names by which only the hub's own machine can call it; they are no answer to where others find it.
_HERE: Final = ("localhost", "127.0.0.1", "::1")
_YEARS: Final = (3, 30)  # Decree 809 art. 29: 保存期限不少于3年
_MOST_MINUTES: Final = 1_440
REGISTERED: Final = "registered"
RECORDED: Final = "recorded"
TOLD: Final = "told"
REQUIRED: Final = "required"
_CHOICES: Final = {"officers": (REGISTERED, RECORDED), "entry_assessment": (TOLD, REQUIRED)}


@dataclass(frozen=True, slots=True)
class Config:
    """Everything an operator may set. Paths are relative to the file's folder; addresses are host:port, port 0 takes a free one."""

    hub: str = "ningxia"
    """Short name of the hub; part of every identity's URI."""
    authority: str = ""
    """USCC of the authority that runs the hub; required."""
    authority_title: str = ""
    """Its full name."""
    region: str = "640000"
    """GB/T 2260 code of the hub's region."""
    data: Path = Path("var")
    """Folder of keys, certificates, log tiles and the embedded database."""
    database: str = ""
    """SQLAlchemy URL; empty means SQLite in the data folder."""
    members: str = "127.0.0.1:7443"
    """gRPC with client certificates."""
    public: str = "127.0.0.1:7444"
    """gRPC without: enrolment and verification."""
    members_address: str = ""
    """host:port under which departments reach the members' port, as invitations tell it; empty: the port at a name of the hub's certificate."""
    public_address: str = ""
    """The same for the public port."""
    web: str = "127.0.0.1:7480"
    """Web pages."""
    web_url: str = ""
    """How the world reaches the web pages, for example https://hub.example; empty means http:// and the address."""
    server_names: tuple[str, ...] = field(default=("localhost", "127.0.0.1"))
    """DNS names and IP addresses in the hub's own certificate."""
    log_origin: str = ""
    """Origin of the access log, a schema-less URL; empty means shuniu.invalid/<hub>."""
    local: bool = False
    """Whether the hub is for this machine alone: its pages and its log may have addresses that nobody else reaches."""
    practice: bool = False
    """Whether the hub is for practice: on this machine alone, with a clock that its members move on, and a database that says so for ever."""
    officers: str = RECORDED
    """Whether calls of a new department name its registered officers alone, or until it imports its list any; older hubs: recorded."""
    entry_assessment: str = TOLD
    """What becomes of a version of an entry that leaves open what Decree 809 art. 13 asks for: the authority is told, or it is required."""
    clock_profile: str = "decree-809"
    """Profile of statutory clocks: one of the file `clocks`."""
    clocks: str = ""
    """File of statutory clocks, relative to the configuration; empty means the shipped timing/clocks.toml."""
    browsing_records: int = 20
    """Of how many subjects a case may read records of one entry in a day before consumer, provider and auditors are told; 0 tells nobody."""
    data_file_mib: int = 32
    """How large an uploaded data file may be, MiB; while one is checked, the hub takes some six times as much memory."""
    use_record_years: int = 3
    """Years for which records of use are kept after the period of their grant; 3 at least (Decree 809 art. 29)."""
    license_types: str = ""
    """File of license types, relative to the configuration; empty means the shipped licenses/types.toml."""
    checkpoint_seconds: float = 1.0
    """Longest time between a record and the checkpoint that covers it."""
    provider_concurrency: int = 64
    """Calls under way at one provider."""
    provider_timeout: float = 10.0
    """Longest wait for a provider, seconds; a shorter deadline of the caller wins."""
    probe_minutes: int = 10
    """Minutes between two probes of the service behind an entry; 0 probes none."""
    provider_networks: tuple[str, ...] = ()
    """Networks (CIDR) in which providers may stand; empty means anywhere but on the hub's own machine and link-local addresses."""
    clock_checked_from: int = 0
    """Index of the first record whose time the clock must not be behind; records before it were written under a clock that was ahead."""
    organizer: str = ""
    """Who runs the site, at the foot of each page; empty means the authority's full name."""
    contact: str = ""
    """Telephone or address at which people get help, at the foot of each page; empty leaves the line out."""
    icp_filing: str = ""
    """Number of the site's ICP filing, at the foot of each page; empty leaves the line out."""
    police_filing: str = ""
    """Number of the site's filing with the public security, at the foot of each page; empty leaves the line out."""
    font: str = ""
    """A font file with Chinese characters for seal pictures; empty searches the usual places."""
    synonyms: str = ""
    """A file of names of the same meaning for the search of the directory, beside those that are shipped; empty means those alone."""
    limits: Limits = field(default_factory=Limits)
    """What one caller, and all strangers together, may take."""
    delivery: Delivery = field(default_factory=Delivery)
    """Whither notice of work is sent beside inbox and stream."""
    sign_in: SignIn = field(default_factory=SignIn)
    """By which identity provider people sign in to the pages."""

    @property
    def foot(self) -> dict[str, str]:
        """Return the lines at the foot of each page by their keys, those without a value left out."""
        lines = {"organizer": self.organizer or self.authority_title, "contact": self.contact, "icp": self.icp_filing, "police": self.police_filing}
        return {name: value for name, value in lines.items() if value}

    @property
    def database_url(self) -> str:
        """Return the database URL."""
        return self.database or f"sqlite:///{self.data / 'shuniu.db'}"

    @property
    def keys(self) -> Path:
        """Return the folder of the hub's keys."""
        return self.data / "keys"

    @property
    def registers_officers(self) -> bool:
        """Tell whether calls of a department name its registered officers alone from the day on which the department is registered."""
        return self.officers == REGISTERED

    @property
    def origin(self) -> str:
        """Return the log's origin; that of a hub for practice says so."""
        origin = self.log_origin or f"shuniu.invalid/{self.hub}"
        return f"{origin}/practice" if self.practice else origin

    def called_at(self, address: str) -> str:
        """Return host:port under which others call an address that the hub listens at: a name of its certificate where it listens everywhere."""
        host, _, port = address.rpartition(":")
        try:
            everywhere = ip_address(host.strip("[]")).is_unspecified
        except ValueError:
            everywhere = False
        if not everywhere:
            return address
        name = next((name for name in self.server_names if name not in _HERE), host.strip("[]"))
        return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"

    def addresses_for_others(self, bound: Mapping[str, str]) -> tuple[str, str]:
        """Return where others call the public and the members' port, empty where that is not known: port 0 is taken only by a hub that runs.

        `bound` are the addresses at which a running hub listens, by the names of the ports.
        """
        public = self.public_address or self.called_at(bound.get("public", self.public))
        members = self.members_address or self.called_at(bound.get("members", self.members))
        return self._for_others(public), self._for_others(members)

    @staticmethod
    def _for_others(address: str) -> str:
        host, _, port = address.rpartition(":")
        # Nobody's address (0.0.0.0), where no name of the certificate says more, is none to call.
        return address if port != "0" and is_host(host.strip("[]")) else ""


def load(path: Path) -> Config:
    """Read a configuration file; raise ConfigError naming the key that is wrong."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise NO_CONFIGURATION(path=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CONFIGURATION_UNREADABLE(path=path, problem=error) from error
    return from_mapping(raw, path.parent)


def from_mapping(raw: dict[str, Any], folder: Path) -> Config:
    """Return the configuration for parsed TOML; relative paths are resolved against `folder`."""
    raw = dict(raw)
    limits = _table(raw, "limits", Limits())
    delivery = _table(raw, "delivery", Delivery())
    delivery.update({key: str(folder / delivery[key]) for key in ("ca", "credentials") if delivery.get(key)})
    sign_in = _table(raw, "sign_in", SignIn())
    sign_in.update({key: str(folder / sign_in[key]) for key in ("ca", "secret") if sign_in.get(key)})
    values = _values(raw, Config())
    data = folder / values.get("data", Config().data)
    beside = {key: str(folder / values[key]) for key in ("clocks", "license_types", "synonyms") if values.get(key)}
    config = Config(**{**values, **beside, "data": data, "limits": Limits(**limits), "delivery": Delivery(**delivery), "sign_in": SignIn(**sign_in)})
    _check(config)
    for key in ("members_address", "public_address"):
        if address := getattr(config, key):
            _check_called(key, address, config.server_names)
    return config


def _table(raw: dict[str, Any], name: str, usual: Any) -> dict[str, Any]:
    """Take an inner table out of the file's and return its values."""
    table = raw.pop(name, {})
    if not isinstance(table, dict):
        raise TYPE_WRONG(key=name, type="table")
    return _values(table, usual, f"{name}.")


def _values(raw: dict[str, Any], usual: Any, prefix: str = "") -> dict[str, Any]:
    """Return the values of one table, each of its type; an unknown key stops the start."""
    known = {item.name for item in fields(usual)}
    unknown = sorted(set(raw) - known)
    if unknown:
        raise UNKNOWN_KEY(key=prefix + unknown[0], known=", ".join(sorted(known)))
    return {key: _convert(prefix + key, value, getattr(usual, key)) for key, value in raw.items()}


def _check(config: Config) -> None:
    """Refuse what can be read but not be used: an address without a port, a limit that lets nothing through."""
    for key in ("members", "public", "web"):
        _check_address(key, getattr(config, key))
    _check_networks("provider_networks", config.provider_networks)
    _check_delivery(config.delivery)
    if config.sign_in.issuer and not may_be_asked(config.sign_in.issuer):
        raise ISSUER_WRONG(key="sign_in.issuer")
    if config.sign_in.issuer and not config.sign_in.client:
        raise CLIENT_MISSING(key="sign_in.client")
    for key, known in _CHOICES.items():
        if getattr(config, key) not in known:
            raise CHOICE_WRONG(key=key, known=", ".join(known))
    for key in ("checkpoint_seconds", "provider_concurrency", "provider_timeout"):
        # As one chain, so that it also refuses nan, which TOML allows.
        if not 0 < getattr(config, key) <= _MOST:
            raise NUMBER_WRONG(key=key, most=_MOST)
    _check_figures(config)
    for item in fields(config.limits):
        most = 1 if item.name == "strangers_share" else _MOST_OF_A_LIMIT
        if not 0 < getattr(config.limits, item.name) <= most:
            raise NUMBER_WRONG(key=f"limits.{item.name}", most=most)


def _check_figures(config: Config) -> None:
    if not 0 <= config.browsing_records <= _MOST:
        raise NUMBER_OUTSIDE(key="browsing_records", least=0, most=_MOST)
    if not 0 <= config.probe_minutes <= _MOST_MINUTES:
        raise NUMBER_OUTSIDE(key="probe_minutes", least=0, most=_MOST_MINUTES)
    if not 1 <= config.data_file_mib <= _MOST_FILE_MIB:
        raise NUMBER_OUTSIDE(key="data_file_mib", least=1, most=_MOST_FILE_MIB)
    least, most_years = _YEARS
    if not least <= config.use_record_years <= most_years:
        raise USE_RECORDS_TOO_SHORT(key="use_record_years", least=least, most=most_years)


def _check_delivery(delivery: Delivery) -> None:
    """Refuse settings of deliveries that could not be used; files are read when the hub starts."""
    _check_networks("delivery.networks", delivery.networks)
    if delivery.smtp:
        _check_address("delivery.smtp", delivery.smtp)
    if delivery.smtp_tls not in SMTP_TLS:
        raise CHOICE_WRONG(key="delivery.smtp_tls", known=", ".join(SMTP_TLS))
    if not 0 < delivery.digest_minutes <= _MOST:
        raise NUMBER_WRONG(key="delivery.digest_minutes", most=_MOST)


def _check_address(key: str, address: str) -> None:
    host, colon, port = address.rpartition(":")
    # isascii as well: isdigit alone is also true for ² and for the digits of other scripts.
    if not (host and colon and port.isascii() and port.isdigit() and int(port) <= _HIGHEST_PORT):
        raise ADDRESS_WRONG(key=key)


def _check_networks(key: str, networks: tuple[str, ...]) -> None:
    for network in networks:
        try:
            ip_network(network)
        except ValueError:
            raise NETWORK_WRONG(key=key, network=network) from None


def _check_called(key: str, address: str, names: tuple[str, ...]) -> None:
    """Refuse an address at which nobody would find this hub: no host:port, or a host that its certificate does not name."""
    host, _, port = address.rpartition(":")
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _HIGHEST_PORT and is_host(host.strip("[]"))):
        raise ADDRESS_WRONG(key=key)
    if canonical(host.strip("[]")) not in {canonical(name) for name in names}:
        raise ADDRESS_NOT_NAMED(key=key, host=host)


def _convert(key: str, value: Any, default: Any) -> Any:
    if isinstance(default, Path) and isinstance(value, str):
        return Path(value)
    if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    # TOML tells 10 from 10.0, operators do not. A bool is an int to Python and must not become 1.0.
    if isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    # Exact type, so that `true` is no number here either.
    if type(value) is type(default):
        return value
    raise TYPE_WRONG(key=key, type=type(default).__name__)
