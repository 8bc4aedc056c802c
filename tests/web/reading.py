"""What tests read out of pages, and how they sign in."""

import html
import re
from typing import Any

from aiohttp.test_utils import TestClient

from hub.access import Caller
from tests.web.house import House

Client = TestClient[Any, Any]


def field(page: str, name: str) -> str:
    """Return the value of a hidden field, the last one where several forms have it."""
    return html.unescape(re.findall(rf'name="{name}" value="([^"]*)"', page)[-1])


async def sign_in(client: Client, house: House, caller: Caller | None = None) -> None:
    link = house.link(caller)
    page = await (await client.get(link)).text()
    answer = await client.post(link, data={"token": field(page, "token")}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/audit")


async def open_record(client: Client, index: int, reason: str = "信访件 2026-17", ending: str = "", **headers: str) -> Any:
    """Open a record directly: its form, filled in with a reason."""
    path = f"/audit/records/{index}"
    token = await form_token(client, path)
    return await client.post(path + ending, data={"token": token, "reason": reason}, headers=headers)


async def form_token(client: Client, path: str) -> str:
    return field(await (await client.get(path)).text(), "token")
