"""Fixtures of this folder: a simulated provider with a receiver for its callbacks, and a shop with a mail server."""

import http.server
import json
import os
import pathlib
import queue
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass

import pytest
from aiosmtpd.controller import Controller
from shops import Shop

# Python writes no bytecode into the checkout.
sys.dont_write_bytecode = True

PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Delivery:
    """A received callback."""

    headers: dict
    body: bytes

    @property
    def event(self):
        return json.loads(self.body)


class Receiver:
    """Accepts and keeps every POST. `wait(wanted)` returns the first matching delivery."""

    def __init__(self):
        self.arrived = queue.Queue()
        arrived = self.arrived

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                arrived.put(Delivery(headers, body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, wanted):
        while True:
            delivery = self.arrived.get(timeout=PATIENCE_SECONDS)
            if wanted(delivery):
                return delivery

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@dataclass(frozen=True)
class Provider:
    """The simulator's URL and secrets."""

    url: str
    secret_key: str
    webhook_secret: str


@pytest.fixture(scope="session")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="session")
def provider(receiver, tmp_path_factory):
    """`streamward provider` with callbacks to the receiver."""
    data = tmp_path_factory.mktemp("provider")
    words = ["provider", "--data", str(data), "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(
        [os.environ["STREAMWARD"], *words, "--webhook-url", receiver.url],
        stdout=subprocess.PIPE,
        text=True,
    )
    ready = process.stdout.readline()
    assert ready.startswith("ready "), ready
    provider = json.loads(pathlib.Path(data, "provider.json").read_text())
    yield Provider(provider["url"], provider["secretKey"], provider["webhookSecret"])
    process.terminate()
    assert process.wait(timeout=PATIENCE_SECONDS) == 0


class Mailbox:
    """Accepts every mail, except for the next ones that `refuse` counts."""

    def __init__(self):
        self.arrived = queue.Queue()
        self.refusals_left = 0

    def refuse(self, mails):
        self.refusals_left = mails

    async def handle_DATA(self, server, session, envelope):
        if self.refusals_left > 0:
            self.refusals_left -= 1
            return "451 come back later"
        self.arrived.put(envelope)
        return "250 taken"


@pytest.fixture(scope="session")
def mailbox():
    return Mailbox()


@pytest.fixture(scope="session")
def shop(mailbox, tmp_path_factory):
    """`streamward up`, which mails to the mailbox and posts to merchants on this machine."""
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    data = tmp_path_factory.mktemp("shop")
    words = ["up", "--data", str(data), "--listen", "127.0.0.1:0", "--provider-listen", "127.0.0.1:0"]
    words += ["--webhook-allow-http", "--webhook-allow-private"]
    words += ["--smtp", f"smtp://127.0.0.1:{server.port}?tls=none"]
    process = subprocess.Popen(
        [os.environ["STREAMWARD"], *words], stdout=subprocess.PIPE, text=True
    )
    ready = process.stdout.readline()
    assert ready.startswith("ready "), ready
    yield Shop(pathlib.Path(data))
    process.terminate()
    assert process.wait(timeout=PATIENCE_SECONDS) == 0
    server.stop()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
