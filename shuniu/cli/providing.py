"""`shuniu provide`: database tables as a provider's resources, with no code written; the hub learns where it serves, and when it ends."""

from __future__ import annotations

import ipaddress
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from cryptography import x509

from shuniu.cli.department import identity_option, members_address
from shuniu.cli.options import ADDRESS, LEVELS, PLACE
from shuniu.cli.process import Stop, ready_file
from shuniu.cli.reasons import CANNOT_LISTEN, HOST_NOT_IN_CERTIFICATE
from shuniu.cli.server_log import server_log
from shuniu.client import AsyncClient, connect_async
from shuniu.errors import ShuniuCallError
from shuniu.folder import read_identity
from shuniu.loops import run_in
from shuniu.provider import Provider
from shuniu.provider.table import TableProvider
from shuniu.v1.identity_pb2 import SetEndpointRequest, WhoAmIRequest

log = logging.getLogger(__name__)
LAST_CALL_SECONDS: Final = 2.0  # a hub that is down must not hold up the end


@dataclass(frozen=True)
class ServedTable:
    """One table, its key column and the name of the resource."""

    table: str
    key: str
    resource: str


@click.command()
@identity_option
@click.option("--url", required=True, envvar="SHUNIU_SOURCE_URL", metavar="URL", help="数据库地址 a SQLAlchemy URL; read-only access is enough.")
@click.option("--table", "tables", required=True, multiple=True, metavar="NAME[:KEY]", help="表或视图，可重复 a table or view; may be repeated.")
@click.option("--key", default="", metavar="COLUMN", help="查询键列 the key column of tables given without KEY.")
@click.option("--resource", default="", metavar="NAME", help="资源名称 the name of the resource, for a single table.  [default: the table's]")
@click.option("--listen", type=ADDRESS, default="127.0.0.1:0", show_default=True, help="监听地址 the address to listen on; port 0 takes a free one.")
@click.option("--announce", default="", metavar="HOST[:PORT]", help="枢纽访问本服务的地址 how the hub reaches it.  [default: where it listens]")
@click.option("--ready", type=PLACE, metavar="FILE", help="就绪后写入地址的文件 a file for the address, written once the hub knows it.")
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
    wanted = tables_of(tables, key, resource)
    host, port = announced_address(announce, listen)
    refuse_unnamed(host, read_identity(identity).leaf, identity)
    provider, sources = Provider(identity), []
    with server_log(log_level) as events:
        try:
            for one in wanted:
                sources.append(TableProvider(url, one.table, one.key))
                provider.add(sources[-1].resource(one.resource))
            service = _Service(provider, identity, members_address(identity), listen, (host, port), tuple(one.resource for one in wanted))
            run_in(events.loop(), service.run(ready, parent))
        finally:
            for source in sources:
                source.close()


def tables_of(tables: tuple[str, ...], key: str, resource: str) -> list[ServedTable]:
    """Return the tables to serve; a table without a key, one name for several tables and a repeated table are refused."""
    if resource and len(tables) > 1:
        raise click.UsageError("--resource 只能用于单个表: --resource names the resource of one table")
    served = []
    for text in tables:
        name, _, own = text.partition(":")
        if not name or not (own or key):
            raise click.UsageError(
                f"表 {text!r} 未指明查询键，请用 --table NAME:KEY 或 --key COLUMN: the table has no key column; use one of the two options"
            )
        served.append(ServedTable(name, own or key, resource or name))
    if len({one.resource for one in served}) != len(served):
        raise click.UsageError("同一张表重复给出: a table is named twice")
    return served


def announced_address(announce: str, listen: str) -> tuple[str, str]:
    """Return host and port that the hub dials; an empty port means the one that is listened on."""
    host, _, port = listen.rpartition(":")
    if announce:
        head, colon, tail = announce.rpartition(":")
        # in [::1] the last colon comes before no port
        host, port = (head, tail) if colon and not announce.endswith("]") else (announce, "")
    elif _is_unspecified(host):
        raise click.UsageError(f"监听 {listen} 时须用 --announce 给出枢纽访问本机所用的主机名: give the host name that the hub dials")
    if port and not (port.isascii() and port.isdigit()):
        raise click.UsageError("--announce 应为“主机”或“主机:端口”: --announce takes HOST or HOST:PORT")
    return host, "" if port == "0" else port


def refuse_unnamed(host: str, leaf: x509.Certificate, folder: Path) -> None:
    """Refuse to announce a host that the certificate does not name: the hub would not trust the connection."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    known = {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}
    if _canonical(host) not in known:
        raise HOST_NOT_IN_CERTIFICATE(folder=folder, host=host, known=", ".join(sorted(known)) or "-")


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


@dataclass(frozen=True)
class _Service:
    """A provider whose address the hub knows while it serves."""

    provider: Provider
    identity: Path
    members: str
    listen: str
    announce: tuple[str, str]
    resources: tuple[str, ...]

    async def run(self, ready: Path | None, parent: int | None) -> None:
        """Serve until a signal."""
        stop = Stop(parent)
        try:
            # before the hub knows the address: from then on it may call
            running = await self.provider.serve(self.listen)
        except RuntimeError as error:  # gRPC raises this when the port is taken
            raise CANNOT_LISTEN(address=self.listen) from error
        try:
            endpoint = f"{self.announce[0]}:{self.announce[1] or running.port}"
            facts: dict[str, Any] = {"address": f"{self.listen.rpartition(':')[0]}:{running.port}", "endpoint": endpoint, "resources": self.resources}
            async with connect_async(self.members, self.identity) as hub:
                await hub.identity.SetEndpoint(SetEndpointRequest(endpoint=endpoint))
                log.info("serving %s", facts)
                with ready_file(ready, facts):
                    await stop.wait()
                await _withdraw(hub, endpoint)
        finally:
            await running.stop()


async def _withdraw(hub: AsyncClient, endpoint: str) -> None:
    """Clear the address in the hub, unless another process has announced its own meanwhile; the hub may be down too."""
    try:
        known = await hub.identity.WhoAmI(WhoAmIRequest(), timeout=LAST_CALL_SECONDS)
        # a successor may be serving already, as in a restart without a gap
        if known.endpoint == endpoint:
            await hub.identity.SetEndpoint(SetEndpointRequest(endpoint=""), timeout=LAST_CALL_SECONDS)
    except ShuniuCallError as error:
        log.warning("the hub still has this address, because it could not be reached at the end: %s", error.message)
