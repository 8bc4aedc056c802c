"""A provider as a process: it listens, tells the hub where, says what differs from the directory, and takes the address back at its end."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from cryptography import x509
from google.protobuf import json_format

from shuniu.cli.output import print_event
from shuniu.cli.process import Stop, ready_file
from shuniu.cli.reasons import CANNOT_LISTEN, HOST_NOT_IN_CERTIFICATE
from shuniu.client import AsyncClient, connect_async
from shuniu.errors import ShuniuCallError
from shuniu.provider import Provider
from shuniu.v1.catalog_pb2 import CheckEntriesRequest
from shuniu.v1.identity_pb2 import SetEndpointRequest, WhoAmIRequest

log = logging.getLogger(__name__)
CHECK_SECONDS: Final = 30.0  # the hub asks this process in turn
LAST_CALL_SECONDS: Final = 2.0  # a hub that is down must not hold up the end


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
class ProviderProcess:
    """A provider whose address the hub knows while it serves."""

    provider: Provider
    identity: Path
    members: str
    listen: str
    announce: tuple[str, str]
    resources: tuple[str, ...]
    as_json: bool = False

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
                self._say("serving", facts)
                comparison = asyncio.create_task(tell_differences(hub, self._say))
                with ready_file(ready, facts):
                    await stop.wait()
                comparison.cancel()
                await _withdraw(hub, endpoint)
        finally:
            await running.stop()
            self._say("stopped", {})

    def _say(self, event: str, facts: Mapping[str, Any]) -> None:
        if self.as_json:
            print_event(event, facts)


async def tell_differences(hub: AsyncClient, say: Callable[[str, Mapping[str, Any]], None] = lambda _event, _facts: None) -> None:
    """Log how the entries that this system serves differ from what it serves, as the hub finds; a hub of an earlier release does not compare."""
    try:
        answer = await hub.catalog.CheckEntries(CheckEntriesRequest(), timeout=CHECK_SECONDS)
    except ShuniuCallError as error:
        if error.code.name != "UNIMPLEMENTED":
            log.warning("the hub did not compare its entries with what is served: %s", error.message)
        return
    for check in answer.checks:
        for found in check.findings:
            how = "contradicts" if found.contradicts else "differs from"
            log.warning(
                "%s version %d %s what is served, field %s: %s: %s", check.entry, check.version, how, found.field or "-", found.reason, found.message
            )
    say("compared", json_format.MessageToDict(answer, preserving_proto_field_name=True))
    log.info("the hub compared %d entries of this system with what is served", len(answer.checks))


async def _withdraw(hub: AsyncClient, endpoint: str) -> None:
    """Clear the address in the hub, unless another process has announced its own meanwhile; the hub may be down too."""
    try:
        known = await hub.identity.WhoAmI(WhoAmIRequest(), timeout=LAST_CALL_SECONDS)
        # a successor may be serving already, as in a restart without a gap
        if known.endpoint == endpoint:
            await hub.identity.SetEndpoint(SetEndpointRequest(endpoint=""), timeout=LAST_CALL_SECONDS)
    except ShuniuCallError as error:
        log.warning("the hub still has this address, because it could not be reached at the end: %s", error.message)
