"""A merchant in Python, with the Standard Webhooks package, verifies the webhooks of a running shop."""

import http.server
import json
import queue
import threading
import urllib.error

import pytest
from shops import PATIENCE_SECONDS
from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class Merchant:
    """An HTTP server on its own port that keeps every request and answers 204."""

    def __init__(self):
        self.posts = posts = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                posts.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        return self.posts.get(timeout=PATIENCE_SECONDS)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def merchant():
    merchant = Merchant()
    yield merchant
    merchant.close()


@pytest.fixture
def webhook(shop, merchant):
    body = {"url": merchant.url, "eventTypes": ["order.placed"]}
    webhook = shop.ask("POST", "/v1/webhooks", body)
    yield webhook
    shop.ask("DELETE", f"/v1/webhooks/{webhook['id']}")


def test_a_ping_passes_verification_and_a_changed_one_does_not(shop, merchant, webhook):
    sent = shop.ask("POST", f"/v1/webhooks/{webhook['id']}/ping")
    headers, body = merchant.next()
    event = Webhook(webhook["secret"]).verify(body, headers)
    assert event["type"] == "webhook.ping"
    assert headers["webhook-id"] == sent["id"]
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook["secret"]).verify(body + b" ", headers)


def test_an_order_is_told_of_as_the_api_shows_it(shop, merchant, webhook):
    product = shop.ask("GET", "/v1/products?limit=1")["data"][0]
    items = [{"productId": product["id"], "quantity": 1}]
    order = shop.ask("POST", "/v1/orders", {"items": items, "paymentMethod": "pm_card_visa"})
    headers, body = merchant.next()
    event = Webhook(webhook["secret"]).verify(body, headers)
    assert event["type"] == "order.placed"
    for field in ["id", "items", "subtotal", "total", "createdAt"]:
        assert event["data"][field] == order[field], field


def test_both_secrets_verify_while_one_is_rotated(shop, merchant, webhook):
    rotated = shop.ask("POST", f"/v1/webhooks/{webhook['id']}/rotate")
    shop.ask("POST", f"/v1/webhooks/{webhook['id']}/ping")
    headers, body = merchant.next()
    assert rotated["secret"] != webhook["secret"]
    for secret in [webhook["secret"], rotated["secret"]]:
        assert Webhook(secret).verify(body, headers)["type"] == "webhook.ping"


def test_an_address_without_a_scheme_is_refused(shop):
    body = {"url": "127.0.0.1/hooks", "eventTypes": ["*"]}
    with pytest.raises(urllib.error.HTTPError) as refused:
        shop.ask("POST", "/v1/webhooks", body)
    problem = json.loads(refused.value.read())
    assert refused.value.code == 422
    assert problem["errors"][0]["pointer"] == "#/url"
