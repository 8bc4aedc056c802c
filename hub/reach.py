"""Whether others can reach an address that outlives the hub's configuration: it stands in every license and in every checkpoint."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from hub.config import Config
from hub.reasons.operation import LOG_ORIGIN_WRONG, WEB_URL_WRONG
from shuniu.joining.hosts import fault_of, is_loopback
from shuniu.words import Word

_NO_URL: Final = Word("no-url", "it is no http:// or https:// address of a host, without a question mark or #", "不是 http:// 或 https:// 开头的网址")
_NO_ORIGIN: Final = Word("no-origin", "it is no host with a path, without scheme, blanks or +", "应为“主机/路径”，不含协议名、空格和加号")
_HERE: Final = Word("here", "it is this machine alone", "只指本机")
_EMPTY: Final = Word("empty", "nothing is set", "尚未设置")
_RESERVED: Final = Word("reserved", "its name is reserved and belongs to nobody (RFC 6761)", "该域名为保留域名，不属于任何人（RFC 6761）")
_LINK: Final = Word("link-local", "it is known on one network cable alone", "只在同一网段内有效")
_NAMES: Final = ("invalid", "test", "example", "localhost")
_PORTS: Final = range(1, 65_536)


def obstacle_of_pages(config: Config) -> Word | None:
    """Return why nobody but this machine reaches the web pages, None where others do, and on a hub that is `local` by its configuration."""
    return None if config.local else _EMPTY if not config.web_url else obstacle_of_url(config.web_url)


def obstacle_of_log(config: Config) -> Word | None:
    """Return why the log's origin names no place of this hub's, None where it does, and on a hub that is `local` by its configuration."""
    return None if config.local else _EMPTY if not config.log_origin else obstacle_of_origin(config.log_origin)


def obstacle_of_url(url: str) -> Word | None:
    """Return why nobody reaches a URL of web pages."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return _NO_URL
    foreign = parts.username is not None or parts.query or parts.fragment or any(one.isspace() for one in url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or foreign or (port is not None and port not in _PORTS):
        return _NO_URL
    return _of_host(parts.hostname)


def obstacle_of_origin(origin: str) -> Word | None:
    """Return why a text is no origin of a log that others see (C2SP tlog-checkpoint: a schema-less URL)."""
    if "://" in origin or "+" in origin or any(one.isspace() for one in origin):  # a key's name in a signed note has neither
        return _NO_ORIGIN
    return obstacle_of_url(f"https://{origin}")


def origin_of(url: str) -> str:
    """Return the origin of the log of a hub whose pages are at `url`."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path.rstrip('/')}/log"


def refuse_unreachable(web_url: str, log_origin: str | None) -> None:
    """Raise ConfigError for an address of a new hub that nobody could reach; an origin that is not given follows from the pages' URL."""
    if why := obstacle_of_url(web_url):
        raise WEB_URL_WRONG(address=web_url, why=why)
    if log_origin is not None and (why := obstacle_of_origin(log_origin)):
        raise LOG_ORIGIN_WRONG(address=log_origin, why=why)


def _of_host(host: str) -> Word | None:
    if host.rstrip(".").rpartition(".")[2].lower() in _NAMES:
        return _RESERVED
    if is_loopback(host):
        return _HERE
    if why := fault_of(host.rstrip(".")):
        return why
    try:
        return _LINK if ip_address(host).is_link_local else None
    except ValueError:
        return None


def for_browsers(address: str) -> str:
    """Return an address of the pages as a browser on this machine is given it: passkeys are refused at 127.0.0.1 and taken at localhost."""
    return address.replace("://127.0.0.1:", "://localhost:", 1)
