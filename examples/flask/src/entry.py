"""A Flask application as a Worker: synchronous code that checks a webhook with a key from Secrets Store."""

import hashlib
import hmac

from flask import Flask, request
from pyodide.ffi import run_sync
from workers import WorkerEntrypoint, wsgi

app = Flask(__name__)


@app.post("/webhook")
def webhook():
    env = request.environ["workers.env"]
    key = run_sync(env.WEBHOOK_KEY.get())
    expected = hmac.new(key.encode(), request.get_data(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("X-Signature", "")):
        return {"error": "wrong signature"}, 403
    return {"accepted": request.get_json()["event"], "from": env.SENDER}


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        return await wsgi.fetch(app, request, self.env)
