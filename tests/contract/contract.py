"""Starts a shop, runs Schemathesis against it without credentials, as a customer and as an administrator, and audits it.

Usage: contract.py <streamward> <folder for reports>
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
SCHEMATHESIS = pathlib.Path(sys.executable).parent / "schemathesis"
PATIENCE_SECONDS = 60
# Limit of one run; raise it together with EXAMPLES.
LONGEST_SECONDS = 1800
CUSTOMER = {"email": "cleo@example.com", "password": "a customer's password", "name": "Cleo"}


class Shop:
    """A shop with its own data folder, on any free port."""

    def __init__(self, streamward, data, log):
        self.streamward, self.data = streamward, data
        # Generated requests exceed every rate limit, and webhooks are sent to this machine.
        flags = ["--rate-limit", "off", "--webhook-allow-http", "--webhook-allow-private"]
        listen = ["--listen", "127.0.0.1:0", "--provider-listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [streamward, "up", "--data", data, *listen, *flags],
            stdout=subprocess.PIPE,
            stderr=log.open("w"),
            text=True,
        )
        word, _, url = self.process.stdout.readline().strip().partition(" ")
        if word != "ready":
            self.process.kill()
            sys.exit(f"contract: the shop did not start; see {log}")
        self.url = url

    def post(self, path, body):
        head = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), head)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)

    def audit(self):
        """Returns whether the audit finds no drift; retries while orders are in progress."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            command = [self.streamward, "audit", "--data", self.data]
            audit = subprocess.run(command, capture_output=True, text=True)
            if audit.returncode == 0 or time.monotonic() > until:
                print(audit.stdout + audit.stderr, end="")
                return audit.returncode == 0
            time.sleep(1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


def settings(account, folder):
    """Writes the settings of Schemathesis for requests of `account`, or without credentials."""
    text = (HERE / "schemathesis.toml").read_text()
    if account:
        # A JSON string is a valid TOML string.
        email, password = json.dumps(account["email"]), json.dumps(account["password"])
        text += f"""
[auth.dynamic.openapi.bearer]
path = "/v1/auth/login"
payload = {{ email = {email}, password = {password} }}
extract_selector = "/token"
retry_on = [401]
"""
    file = folder / "schemathesis.toml"
    file.write_text(text)
    return file


def check(shop, name, account, folder):
    """Runs Schemathesis against the shop; returns whether it found no fault."""
    print(f"==> requests of {name}", flush=True)
    # A fixed seed generates the same requests in every run; SEED changes it.
    examples, seed = os.environ.get("EXAMPLES", "10"), os.environ.get("SEED", "1")
    command = [SCHEMATHESIS, "--config-file", settings(account, folder), "run", f"{shop.url}/openapi.json"]
    options = ["--max-examples", examples, "--seed", seed, "--continue-on-failure", "--warnings", "off", "--no-color"]
    # The module that the settings name is beside this file.
    caller = account["email"] if account else ""
    environment = os.environ | {"PYTHONPATH": str(HERE), "CALLER": caller}
    done = subprocess.run([*command, *options], cwd=folder, env=environment, timeout=LONGEST_SECONDS)
    return done.returncode == 0


def main(streamward, folder):
    with tempfile.TemporaryDirectory(prefix="streamward-contract-") as data:
        shop = Shop(streamward, pathlib.Path(data), folder / "shop.log")
        try:
            shop.post("/v1/auth/register", CUSTOMER)
            admin = json.loads((shop.data / "admin.json").read_text())
            callers = {"an anonymous caller": None, "a customer": CUSTOMER, "an administrator": admin}
            # Every caller is checked even after a failure, so that one run reports all faults.
            good = [check(shop, name, account, folder) for name, account in callers.items()]
            good.append(shop.audit())
        finally:
            status = shop.stop()
        if status != 0:
            print(f"contract: the shop ended with {status}")
        return 0 if all(good) and status == 0 else 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
