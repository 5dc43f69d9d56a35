"""HTTP clients of a running shop, for its administrator and its customers."""

import json
import urllib.request

PATIENCE_SECONDS = 30


class Client:
    """An authenticated client of the shop's API."""

    def __init__(self, url, token):
        self.url = url
        self.token = token

    def ask(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method)
        if self.token is not None:
            request.add_header("authorization", f"Bearer {self.token}")
        if body is not None:
            request.add_header("content-type", "application/json")
            request.data = json.dumps(body).encode()
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            text = answer.read()
            return json.loads(text) if text else None


class Shop(Client):
    """A client of the shop in a data folder, as its first administrator."""

    def __init__(self, data):
        run = json.loads((data / "run.json").read_text())
        admin = json.loads((data / "admin.json").read_text())
        super().__init__(run["api"], admin["token"])

    def customer(self, address):
        """A new customer with a session."""
        visitor = Client(self.url, None)
        person = {"email": address, "password": "correct horse", "name": "Ada"}
        visitor.ask("POST", "/v1/auth/register", person)
        login = {"email": address, "password": "correct horse"}
        session = visitor.ask("POST", "/v1/auth/login", login)
        return Client(self.url, session["token"])
