"""`shuniu provide`: database tables as a provider's resources, with no code written; the hub is told where it serves, and when it ends."""

import asyncio
import ipaddress
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import uvloop
from cryptography import x509

from cli.department import identity_option, members_address
from cli.options import ADDRESS, LEVELS, PLACE
from cli.process import Stop, log_to_stderr, told_ready
from hub.errors import ConfigError
from shuniu.client import AsyncClient, connect_async
from shuniu.errors import ShuniuCallError
from shuniu.folder import read_identity
from shuniu.provider import Provider
from shuniu.provider.table import TableProvider
from shuniu.v1.identity_pb2 import SetEndpointRequest, WhoAmIRequest

log = logging.getLogger(__name__)
LAST_WORD: Final = 2.0


@dataclass(frozen=True, slots=True)
class Served:
    """One table, its key column and the name of the resource."""

    table: str
    key: str
    resource: str


@click.command()
@identity_option
@click.option("--url", required=True, envvar="SHUNIU_SOURCE_URL", metavar="URL", help="数据库地址 SQLAlchemy URL; read-only access is enough.")
@click.option("--table", "tables", required=True, multiple=True, metavar="NAME[:KEY]", help="表或视图 a table or view; may be repeated.")
@click.option("--key", default="", metavar="COLUMN", help="主键列 the key column of tables that name none themselves.")
@click.option("--resource", default="", metavar="NAME", help="资源名 the resource's name, for a single table.  [default: the table's]")
@click.option("--listen", type=ADDRESS, default="127.0.0.1:0", show_default=True, help="监听地址 port 0 takes a free one.")
@click.option("--announce", default="", metavar="HOST[:PORT]", help="枢纽访问本服务的地址 how the hub reaches it.  [default: where it listens]")
@click.option("--ready", type=PLACE, metavar="FILE", help="就绪后写入地址 write the address here once the hub knows it.")
@click.option("--parent", type=int, hidden=True)
@click.option("--log-level", type=LEVELS, default="info", show_default=True)
def provide(
    *,
    identity: Path,
    url: str,
    tables: tuple[str, ...],
    key: str,
    resource: str,
    listen: str,
    announce: str,
    ready: Path | None,
    parent: int | None,
    log_level: str,
) -> None:
    """提供数据 Serve tables to the hub, and to nobody else, until SIGTERM or Ctrl-C."""
    log_to_stderr(log_level)
    served = tables_of(tables, key, resource)
    host, port = announced(announce, listen)
    refuse_unnamed(host, read_identity(identity).leaf, identity)
    provider, sources = Provider(identity), []
    try:
        for one in served:
            sources.append(TableProvider(url, one.table, one.key))
            provider.add(sources[-1].resource(one.resource))
        service = _Service(provider, identity, members_address(identity), listen, (host, port), tuple(one.resource for one in served))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(service.run(ready, parent))
    finally:
        for source in sources:
            source.close()


def tables_of(tables: tuple[str, ...], key: str, resource: str) -> list[Served]:
    """Return what is to be served; a table without a key, a name for several tables and a table named twice are refused."""
    if resource and len(tables) > 1:
        raise click.UsageError("--resource 只用于单个表 names the resource of a single table")
    served = []
    for text in tables:
        name, _, own = text.partition(":")
        if not name or not (own or key):
            raise click.UsageError(f"表 {text!r} 未指明主键列 has no key column: --table NAME:KEY, or --key COLUMN")
        served.append(Served(name, own or key, resource or name))
    if len({one.resource for one in served}) != len(served):
        raise click.UsageError("同一表重复 a table is named twice")
    return served


def announced(announce: str, listen: str) -> tuple[str, str]:
    """Return host and port that the hub is to dial; an empty port is the one that was taken."""
    host, _, port = listen.rpartition(":")
    if announce:
        head, colon, tail = announce.rpartition(":")
        host, port = (head, tail) if colon and not announce.endswith("]") else (announce, "")
    elif _is_unspecified(host):
        raise click.UsageError(f"监听 {listen} 时须给出 --announce: which of this machine's names shall the hub dial?")
    if port and not (port.isascii() and port.isdigit()):
        raise click.UsageError("--announce 应为 主机[:端口] is HOST or HOST:PORT")
    return host, "" if port == "0" else port


def refuse_unnamed(host: str, leaf: x509.Certificate, folder: Path) -> None:
    """Refuse to announce a host that the certificate does not name: the hub would not believe that it reached the right machine."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    known = {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}
    if _canonical(host) not in known:
        raise ConfigError(
            f"the certificate in {folder} does not name the host {host}",
            zh=f"证书中没有主机名 {host}",
            next_action=f"get a new token and run `shuniu join ... --host {host}`, or announce one of: {', '.join(sorted(known)) or 'none'}",
            reason="HOST_NOT_IN_CERTIFICATE",
        )


def _canonical(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]")))
    except ValueError:
        return host.lower()


def _is_unspecified(host: str) -> bool:
    try:
        return ipaddress.ip_address(_canonical(host)).is_unspecified
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class _Service:
    """A provider that is told to the hub for as long as it serves."""

    provider: Provider
    identity: Path
    members: str
    listen: str
    announce: tuple[str, str]
    resources: tuple[str, ...]

    async def run(self, ready: Path | None, parent: int | None) -> None:
        """Serve until told to stop."""
        stop = Stop(parent)
        try:
            running = await self.provider.serve(self.listen)
        except RuntimeError as error:  # gRPC's word for a port that cannot be had
            raise ConfigError(
                f"cannot listen on {self.listen}", zh="无法监听该地址", next_action="choose another --listen", reason="ADDRESS"
            ) from error
        try:
            endpoint = f"{self.announce[0]}:{self.announce[1] or running.port}"
            facts: dict[str, Any] = {"address": f"{self.listen.rpartition(':')[0]}:{running.port}", "endpoint": endpoint, "resources": self.resources}
            async with connect_async(self.members, self.identity) as hub:
                await hub.identity.SetEndpoint(SetEndpointRequest(endpoint=endpoint))
                log.info("serving %s", facts)
                with told_ready(ready, facts):
                    await stop.wait()
                await _take_away(hub, endpoint)
        finally:
            await running.stop()


async def _take_away(hub: AsyncClient, endpoint: str) -> None:
    """Tell the hub that nothing is served here any more, unless another process has announced itself meanwhile; the hub may be gone too."""
    try:
        known = await hub.identity.WhoAmI(WhoAmIRequest(), timeout=LAST_WORD)
        if known.endpoint == endpoint:
            await hub.identity.SetEndpoint(SetEndpointRequest(endpoint=""), timeout=LAST_WORD)
    except ShuniuCallError as error:
        log.warning("the hub was not told of the end: %s", error.message)
