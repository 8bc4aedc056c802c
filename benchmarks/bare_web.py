"""The bare reference of the pages: an aiohttp server on uvloop that reads whatever comes, keeps nothing, and answers with a page of one size.

It prints {"web"} and runs until its parent goes.
"""

import asyncio
import json
import os
import socket

import uvloop
from aiohttp import web

PAGE_BYTES = 8_000


async def _page(request: web.Request) -> web.Response:
    async for _ in request.content.iter_any():
        pass
    return web.Response(body=bytes(PAGE_BYTES), content_type="text/html")


async def main() -> None:
    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/{path:.*}", _page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    taken = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, taken).start()
    print(json.dumps({"web": f"127.0.0.1:{taken.getsockname()[1]}"}), flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    uvloop.run(main())
