"""Charging a card: the Worker's calls to the payment service are answered by the test."""

import pytest

URL = "https://payments.example/v1"
ORDER = {"id": "o-1", "cents": 1250}


@pytest.fixture
def payments(worker, secrets):
    """The payment service, and a key for it."""
    secrets["PAYMENTS_KEY"] = "test-payments-key"
    worker.outbound.post(f"{URL}/log", status=204)
    return worker.outbound.post(f"{URL}/charges", json={"id": "ch_1"})


async def test_a_charge_uses_the_key_and_is_logged_afterwards(worker, payments):
    response = await worker.fetch("/charge", json=ORDER)

    assert response.status == 200
    assert await response.json() == {"charged": True, "id": "ch_1"}
    call = payments.calls[0]
    assert call.headers["authorization"] == "Bearer test-payments-key"
    assert call.text == "amount=1250"

    await worker.settle()  # waitUntil work; the end of the test would wait for it as well
    assert [each.url for each in worker.outbound.calls] == [f"{URL}/charges", f"{URL}/log"]
    assert worker.events[0].reads == ["PAYMENTS_KEY", "PAYMENTS_KEY"]


async def test_a_rotated_key_is_used_at_once(worker, secrets, payments):
    await worker.fetch("/charge", json=ORDER)
    secrets["PAYMENTS_KEY"] = "rotated-payments-key"
    await worker.fetch("/charge", json=ORDER)

    assert [call.headers["authorization"] for call in payments.calls] == [
        "Bearer test-payments-key",
        "Bearer rotated-payments-key",
    ]


async def test_a_refused_charge_is_a_bad_gateway(worker, secrets):
    secrets["PAYMENTS_KEY"] = "test-payments-key"
    worker.outbound.post(f"{URL}/charges", status=402)

    response = await worker.fetch("/charge", json=ORDER)

    assert (response.status, await response.json()) == (502, {"charged": False})


async def test_a_missing_key_is_an_error_before_anything_is_charged(worker, secrets):
    secrets.missing("PAYMENTS_KEY")

    with pytest.raises(Exception, match='Secret "payments-key" not found'):
        await worker.fetch("/charge", json=ORDER)
    assert worker.outbound.calls == []


@pytest.mark.sshim(secrets={"PAYMENTS_KEY": "nightly-key"}, vars={"PAYMENTS_URL": "https://sandbox.example"})
async def test_the_nightly_run_settles(worker):
    settled = worker.outbound.post("https://sandbox.example/settle")

    await worker.scheduled("0 3 * * *")

    assert len(settled.calls) == 1
