"""A house and an HTTP client that keeps cookies and follows nothing by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer

from hub.db import Database
from tests.web.house import House, a_house
from web.app import make_app

Story = Callable[[TestClient[Any, Any]], Awaitable[Any]]


@pytest.fixture
def house(sqlite_database: Database, tmp_path: Path) -> House:
    return a_house(sqlite_database, tmp_path)


@pytest.fixture
def visit(house: House) -> Callable[..., Any]:
    """Run a story with a client of the pages."""

    def run(story: Story, *, secure: bool = False) -> Any:
        async def go() -> Any:
            server = TestServer(make_app(house.pages(secure=secure)))
            await server.start_server(access_log=None)  # as the runner does: an address may hold a login link
            client = TestClient(server, cookie_jar=CookieJar(unsafe=True))
            async with client:
                return await story(client)

        return asyncio.run(go())

    return run
