"""A checkout: charges a card through a payment service, and checks what that service reports back."""

import hashlib
import hmac
from urllib.parse import urlsplit

from workers import Response, WorkerEntrypoint, fetch


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        path = urlsplit(request.url).path
        if path == "/charge" and request.method == "POST":
            return await self.charge(await request.json())
        if path == "/webhook" and request.method == "POST":
            return await self.webhook(await request.bytes(), request.headers["x-signature"])
        return Response("Not found", status=404)

    async def charge(self, order):
        answer = await self.payments("/charges", f"amount={order['cents']}")
        if not answer.ok:
            return Response.json({"charged": False}, status=502)
        self.ctx.waitUntil(self.payments("/log", f"order={order['id']}"))
        return Response.json({"charged": True, "id": (await answer.json())["id"]})

    async def webhook(self, body, signature):
        key = await self.env.WEBHOOK_KEY.get()
        if not hmac.compare_digest(sign(key, body), signature or ""):
            return Response("Bad signature", status=401)
        return Response("OK")

    async def scheduled(self, controller, env, ctx):
        await self.payments("/settle", "")

    async def payments(self, path, form):
        key = await self.env.PAYMENTS_KEY.get()
        return await fetch(
            self.env.PAYMENTS_URL + path,
            method="POST",
            headers={"authorization": f"Bearer {key}", "content-type": "application/x-www-form-urlencoded"},
            body=form,
        )


def sign(key, body):
    """The signature of a webhook's body, in hexadecimal digits."""
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
