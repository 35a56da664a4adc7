"""A Worker from before entrypoint classes: `on_fetch` gets a JavaScript Request and `env`."""

import hmac

from js import Response


async def on_fetch(request, env):
    given = request.headers.get("x-password") or ""
    if hmac.compare_digest(given.encode(), (await env.PASSWORD.get()).encode()):
        return Response.new("welcome\n")
    return Response.new("wrong password\n", status=401)
