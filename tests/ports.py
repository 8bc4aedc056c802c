"""Ports for programs that cannot take port 0, because another one has to know the port before they start."""

import random
import socket


def free_port() -> int:
    """Return a port at which nobody listens. Below those that the kernel gives to whoever asks for any, so nothing takes it in the meantime."""
    while True:
        port = random.randint(12_000, 31_999)  # noqa: S311 - no secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
