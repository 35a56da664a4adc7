"""A FastAPI application as a Worker: it signs a message with a key from Secrets Store."""

import hashlib
import hmac

import asgi
from fastapi import FastAPI, Request
from workers import WorkerEntrypoint

app = FastAPI()


@app.get("/")
async def stage(request: Request):
    return {"stage": request.scope["env"].STAGE}


@app.post("/sign")
async def sign(request: Request):
    key = await request.scope["env"].SIGNING_KEY.get()
    signature = hmac.new(key.encode(), await request.body(), hashlib.sha256)
    return {"signature": signature.hexdigest()}


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        return await asgi.fetch(app, request.js_object, self.env)
