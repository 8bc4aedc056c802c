"""A certificate authority, a provider that listens in a thread of its own, and channels to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import grpc
import pytest

from shuniu.loops import new_loop, run_in
from shuniu.provider import Provider
from shuniu.v1.provider_pb2_grpc import ProviderServiceStub
from tests.shuniu_sdk.authority import HUB_URI, Authority
from tests.shuniu_sdk.tables import open_table, postgres_url, sqlite_url, url

__all__ = ["open_table", "postgres_url", "sqlite_url", "url"]


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority.new()


@pytest.fixture
def folder(authority: Authority, tmp_path: Path) -> Path:
    return authority.folder(tmp_path / "identity")


@contextmanager
def listening(provider: Provider) -> Iterator[int]:
    """Serve in an event loop of its own thread, as a process would; give the port."""
    ready: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = []
    up = threading.Event()

    async def main() -> None:
        running = await provider.serve("127.0.0.1:0")
        stop = asyncio.Event()
        ready.append((running.port, asyncio.get_running_loop(), stop))
        up.set()
        await stop.wait()
        await running.stop(1)

    def thread() -> None:
        try:
            run_in(new_loop(), main())
        finally:
            up.set()

    server = threading.Thread(target=thread)
    server.start()
    up.wait(20)
    assert ready, "the provider did not start"
    port, loop, stop = ready[0]
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        server.join(20)


@pytest.fixture
def serve() -> Iterator[Callable[[Provider], int]]:
    with ExitStack() as stack:
        yield lambda provider: stack.enter_context(listening(provider))


@pytest.fixture
def stub_of(authority: Authority) -> Iterator[Callable[..., ProviderServiceStub]]:
    """Return a way to call a port under a certificate with the given URIs; the hub's own unless told otherwise."""
    with ExitStack() as stack:

        def connect(port: int, *uris: str) -> ProviderServiceStub:
            return ProviderServiceStub(stack.enter_context(channel_of(authority, port, *(uris or (HUB_URI,)))))

        yield connect


def channel_of(authority: Authority, port: int, *uris: str) -> grpc.Channel:
    certificate, key = authority.pair(*uris)
    return grpc.secure_channel(f"127.0.0.1:{port}", grpc.ssl_channel_credentials(authority.pem, key, certificate))
