"""Webhooks: a function of the Worker's own module, and the handler that uses it."""

import pytest
from entry import sign

KEY = "test-webhook-key"
BODY = b'{"event":"charge.settled"}'


def test_a_signature_depends_on_key_and_body():
    assert sign(KEY, BODY) != sign(KEY, BODY + b" ")
    assert sign(KEY, BODY) != sign("another-key", BODY)


@pytest.mark.parametrize(("signature", "status"), [(sign(KEY, BODY), 200), ("0" * 64, 401), (None, 401)])
async def test_only_a_signed_webhook_is_accepted(worker, secrets, signature, status):
    secrets["WEBHOOK_KEY"] = KEY
    headers = {"x-signature": signature} if signature else {}

    response = await worker.fetch("/webhook", body=BODY, headers=headers)

    assert response.status == status


def test_a_test_need_not_be_async(worker):
    response = worker.run(worker.fetch("/nowhere"))

    assert response.status == 404
    assert worker.run(response.text()) == "Not found"
