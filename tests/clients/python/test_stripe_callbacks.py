"""Stripe's Python client accepts the callbacks of the simulated provider, and no forged ones."""

import time

import pytest
import stripe

TOLERANCE_SECONDS = 300


@pytest.fixture(scope="module")
def delivery(provider, receiver):
    """A callback of a new payment."""
    client = stripe.StripeClient(provider.secret_key, base_addresses={"api": provider.url})
    params = {
        "amount": 1490,
        "currency": "eur",
        "payment_method": "pm_card_visa",
        "confirm": True,
    }
    intent = client.v1.payment_intents.create(params)
    return receiver.wait(lambda one: one.event["data"]["object"]["id"] == intent.id)


def signature(delivery):
    return delivery.headers["stripe-signature"]


def test_a_delivered_callback_is_accepted(provider, delivery):
    event = stripe.Webhook.construct_event(
        delivery.body, signature(delivery), provider.webhook_secret
    )
    assert event.type == "payment_intent.succeeded"
    assert event.data.object.amount_received == 1490


def test_a_tampered_one_is_rejected(provider, delivery):
    body = delivery.body.replace(b"1490", b"9490")
    assert body != delivery.body
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature(delivery), provider.webhook_secret)


def test_another_secret_does_not_fit(provider, delivery):
    other = provider.webhook_secret + "x"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(delivery.body, signature(delivery), other)


def test_a_stale_one_is_rejected(provider, delivery, monkeypatch):
    late = time.time() + TOLERANCE_SECONDS + 60
    monkeypatch.setattr(time, "time", lambda: late)
    with pytest.raises(stripe.SignatureVerificationError, match="[Tt]imestamp"):
        stripe.Webhook.construct_event(
            delivery.body, signature(delivery), provider.webhook_secret
        )
