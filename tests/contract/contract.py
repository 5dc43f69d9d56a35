"""Starts a shop, lets Schemathesis at it as nobody, as a customer and as an administrator, and audits its books.

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
# A check that takes longer hangs, unless somebody asked for many examples.
LONGEST_SECONDS = 1800
CUSTOMER = {"email": "cleo@example.com", "password": "a customer's password", "name": "Cleo"}


class Shop:
    """A shop with data of its own, on any free port."""

    def __init__(self, streamward, data, log):
        self.streamward, self.data = streamward, data
        # Made-up requests come faster than any client's, and webhooks are to reach this machine.
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
            sys.exit(f"contract: the shop did not start; {log} says why")
        self.url = url

    def post(self, path, body):
        head = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), head)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)

    def audit(self):
        """Whether the books balance; what is under way may need a moment."""
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
    """The settings of Schemathesis for requests of `account`, or of nobody."""
    text = (HERE / "schemathesis.toml").read_text()
    if account:
        # JSON's strings are TOML's too.
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
    """Lets Schemathesis at the shop; says whether it found nothing."""
    print(f"==> requests of {name}", flush=True)
    # The same requests every time, unless somebody looks for others.
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
            callers = {"nobody": None, "a customer": CUSTOMER, "an administrator": admin}
            # All of them, so that one run tells everything.
            good = [check(shop, name, account, folder) for name, account in callers.items()]
            good.append(shop.audit())
        finally:
            status = shop.stop()
        if status != 0:
            print(f"contract: the shop ended with {status}")
        return 0 if all(good) and status == 0 else 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
