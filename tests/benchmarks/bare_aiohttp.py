"""The peer of the throughput figure: aiohttp's low-level server and nothing else."""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web


async def main() -> None:
    async def handle(request: web.BaseRequest) -> web.Response:
        return web.Response(text="the value")

    loop = asyncio.get_running_loop()
    server = await loop.create_server(web.Server(handle, access_log=None), "127.0.0.1", 0)
    print(f"Ready on {server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


if "--uvloop" in sys.argv:
    import uvloop

    uvloop.run(main())
else:
    asyncio.run(main())
