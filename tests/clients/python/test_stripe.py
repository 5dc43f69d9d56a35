"""Stripe's Python client creates, declines, refunds and lists payments of the simulated provider."""

import pytest
import stripe

VISA = {"payment_method": "pm_card_visa", "confirm": True}


@pytest.fixture(scope="module")
def client(provider):
    return stripe.StripeClient(
        provider.secret_key, base_addresses={"api": provider.url}, max_network_retries=0
    )


def create(client, more=None, **options):
    params = {"amount": 1490, "currency": "eur", **(more or {})}
    return client.v1.payment_intents.create(params, options or None)


def test_an_intent_is_created_and_confirmed(client):
    intent = create(client, {"metadata": {"order_id": "7"}, "description": "a mug"})
    assert (intent.status, intent.metadata["order_id"]) == ("requires_payment_method", "7")
    paid = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.amount_received) == ("succeeded", 1490)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_it_is_captured_at_once_when_it_is_created_with_a_method(client):
    intent = create(client, {**VISA, "expand": ["latest_charge"]})
    charge = intent.latest_charge
    assert (charge.object, charge.paid, charge.amount_captured) == ("charge", True, 1490)
    assert client.v1.charges.retrieve(charge.id).payment_intent == intent.id


def test_an_intent_is_updated(client):
    intent = create(client, {"metadata": {"a": "1", "b": "2"}})
    changes = {"amount": 2000, "metadata": {"a": ""}, "description": "two"}
    updated = client.v1.payment_intents.update(intent.id, changes)
    assert (updated.amount, updated.description) == (2000, "two")
    assert updated.metadata.to_dict() == {"b": "2"}


def test_a_declined_card_is_a_card_error(client):
    with pytest.raises(stripe.CardError) as raised:
        create(client, {"payment_method": "pm_card_chargeDeclined", "confirm": True})
    error = raised.value
    assert (error.http_status, error.code) == (402, "card_declined")
    assert error.error.decline_code == "generic_decline"
    assert error.user_message == "Your card was declined."
    intent = error.error.payment_intent
    failed = client.v1.charges.retrieve(intent["latest_charge"])
    assert (failed.status, failed.failure_code) == ("failed", "card_declined")


def test_an_intent_is_cancelled_and_then_cannot_be_paid(client):
    intent = create(client)
    reason = {"cancellation_reason": "abandoned"}
    cancelled = client.v1.payment_intents.cancel(intent.id, reason)
    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert raised.value.code == "payment_intent_unexpected_state"


def test_money_goes_back_in_parts_and_in_whole(client):
    intent = create(client, VISA)
    part = client.v1.refunds.create({"payment_intent": intent.id, "amount": 490})
    assert (part.status, part.amount) == ("succeeded", 490)
    rest = client.v1.refunds.create({"charge": intent.latest_charge, "expand": ["charge"]})
    assert (rest.amount, rest.charge.refunded) == (1000, True)
    refunds = client.v1.refunds.list({"payment_intent": intent.id})
    assert [refund.id for refund in refunds.data] == [rest.id, part.id]
    assert client.v1.refunds.retrieve(part.id).amount == 490
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert raised.value.code == "charge_already_refunded"


def test_lists_are_walked_page_by_page_in_both_directions(client):
    made = [create(client).id for _ in range(5)]
    walked = []
    for intent in client.v1.payment_intents.list({"limit": 2}).auto_paging_iter():
        walked.append(intent.id)
        if len(walked) == 5:
            break
    assert walked == made[::-1]
    page = {"limit": 2, "ending_before": made[0]}
    back = client.v1.payment_intents.list(page).auto_paging_iter()
    assert [intent.id for intent in back] == made[1:]


def test_the_same_request_under_the_same_key_happens_once(client):
    first = create(client, VISA, idempotency_key="python-once")
    again = create(client, VISA, idempotency_key="python-once")
    assert first.id == again.id
    assert again.last_response.headers["idempotent-replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        create(client, {"amount": 1}, idempotency_key="python-once")


def test_a_wrong_key_is_an_authentication_error(provider):
    stranger = stripe.StripeClient("sk_test_wrong", base_addresses={"api": provider.url})
    with pytest.raises(stripe.AuthenticationError):
        create(stranger)


def test_what_does_not_exist_or_cannot_be_expanded_is_an_invalid_request(client):
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.payment_intents.retrieve("pi_none")
    assert (raised.value.http_status, raised.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as raised:
        create(client, {"expand": ["customer"]})
    assert raised.value.param == "expand"


def test_events_tell_what_happened(client):
    intent = create(client, VISA)
    wanted = {"type": "payment_intent.succeeded", "limit": 1}
    event = client.v1.events.list(wanted).data[0]
    assert event.data.object.id == intent.id
    assert client.v1.events.retrieve(event.id).type == "payment_intent.succeeded"


def test_a_checkout_session_is_opened_and_expired(client):
    line = {
        "quantity": 2,
        "price_data": {"currency": "eur", "unit_amount": 745, "product_data": {"name": "Mug"}},
    }
    params = {
        "mode": "payment",
        "line_items": [line],
        "success_url": "https://shop.example/thanks",
        "expand": ["payment_intent"],
    }
    session = client.v1.checkout.sessions.create(params)
    assert (session.status, session.amount_total) == ("open", 1490)
    assert session.payment_intent.amount == 1490
    assert client.v1.checkout.sessions.retrieve(session.id).url == session.url
    expired = client.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert client.v1.checkout.sessions.list({"limit": 1}).data[0].id == session.id
