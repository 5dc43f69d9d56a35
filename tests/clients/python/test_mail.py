"""A real SMTP server, aiosmtpd, receives the mails of a running shop, also after temporary refusals."""

import email
import email.policy

from shops import PATIENCE_SECONDS


def order(customer):
    items = [{"productId": "mug-01", "quantity": 1}]
    return customer.ask("POST", "/v1/orders", {"items": items, "paymentMethod": "pm_card_visa"})


def wait_for(mailbox, order_id):
    """The first mail whose Message-ID names the order."""
    while True:
        envelope = mailbox.arrived.get(timeout=PATIENCE_SECONDS)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        if order_id.lower() in mail["Message-ID"].lower():
            return envelope, mail


def test_a_confirmation_arrives_with_text_and_html(shop, mailbox):
    customer = shop.customer("ada@example.com")
    placed = order(customer)
    envelope, mail = wait_for(mailbox, placed["id"])
    assert envelope.rcpt_tos == ["ada@example.com"]
    for form in ["plain", "html"]:
        assert placed["items"][0]["name"] in mail.get_body((form,)).get_content()


def test_a_server_that_refuses_for_a_while_is_given_the_mail_once_it_takes_it(shop, mailbox):
    customer = shop.customer("zoe@example.com")
    mailbox.refuse(3)
    placed = order(customer)
    _, mail = wait_for(mailbox, placed["id"])
    assert mailbox.refusals_left == 0
    assert mail["To"].addresses[0].addr_spec == "zoe@example.com"
