"""Whether an address can be listened on: asked before a hub starts, and by the doctor."""

import errno
import os
import socket
from collections.abc import Mapping

from hub.config import Config
from hub.errors import ConfigError


def addresses_of(config: Config) -> dict[str, str]:
    """Return the three addresses by the configuration's key."""
    return {"members": config.members, "public": config.public, "web": config.web}


def obstacle(address: str) -> int:
    """Return 0 where the address can be listened on now, otherwise the error number that stands in the way; EINVAL for what is no address."""
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, int(port)))
            probe.listen(1)
    except (ValueError, OverflowError, socket.gaierror):
        return errno.EINVAL
    except OSError as error:
        return error.errno or errno.EINVAL
    return 0


def mend(key: str, address: str, number: int) -> tuple[str, str, str]:
    """Return what an obstacle means, English and Chinese, and the command or edit that takes it away."""
    port = address.rpartition(":")[2]
    if number == errno.EADDRINUSE:
        return f"{key} {address} is taken by another program", f"{key} 地址 {address} 已被占用", f"ss -ltnp 'sport = :{port}'  # then stop it"
    if number == errno.EACCES:
        return f"{key} {address} is a privileged port", f"{key} 端口 {port} 需要特权", f"set {key} to a port from 1024 on in shuniu.toml"
    if number == errno.EADDRNOTAVAIL:
        return (
            f"{key} {address} is no address of this machine",
            f"{key} 地址 {address} 不属于本机",
            f"set {key} in shuniu.toml; see: ip -brief address",
        )
    text = os.strerror(number)
    return f"{key} {address} cannot be listened on: {text}", f"{key} 地址 {address} 无法监听", f"set {key} to host:port in shuniu.toml"


def refuse_taken(addresses: Mapping[str, str]) -> None:
    """Raise ConfigError for the first address that cannot be listened on."""
    for key, address in addresses.items():
        if number := obstacle(address):
            en, zh, next_action = mend(key, address, number)
            raise ConfigError(en, zh=zh, next_action=next_action, reason="ADDRESS")
