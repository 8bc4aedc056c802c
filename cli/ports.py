"""Whether an address can be listened on: checked before a hub starts, and by the doctor."""

import errno
import os
import socket
from collections.abc import Mapping
from typing import Final

from cli.reasons import ADDRESS_OF_OTHER_MACHINE, ADDRESS_PRIVILEGED, ADDRESS_TAKEN, ADDRESS_UNUSABLE
from hub.config import Config
from hub.errors import ConfigError

_OF_NUMBER: Final = {
    errno.EADDRINUSE: ADDRESS_TAKEN,
    errno.EACCES: ADDRESS_PRIVILEGED,
    errno.EADDRNOTAVAIL: ADDRESS_OF_OTHER_MACHINE,
}


def addresses_of(config: Config) -> dict[str, str]:
    """Return the three addresses by the configuration's key."""
    return {"members": config.members, "public": config.public, "web": config.web}


def obstacle(address: str) -> int:
    """Return 0 where the address can be listened on now, otherwise the system's error number; EINVAL for what is not an address."""
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # as a server does: a port whose last connections are still closing is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, int(port)))
            probe.listen(1)
    # no number, a number that is too high, an unknown host
    except (ValueError, OverflowError, socket.gaierror):
        return errno.EINVAL
    except OSError as error:
        return error.errno or errno.EINVAL
    return 0


def refusal(key: str, address: str, number: int) -> ConfigError:
    """Return the error for an address that cannot be listened on, with the command or edit that helps."""
    row = _OF_NUMBER.get(number, ADDRESS_UNUSABLE)
    return row(key=key, address=address, port=address.rpartition(":")[2], problem=os.strerror(number))


def refuse_taken(addresses: Mapping[str, str]) -> None:
    """Raise ConfigError for the first address that cannot be listened on."""
    for key, address in addresses.items():
        if number := obstacle(address):
            raise refusal(key, address, number)
