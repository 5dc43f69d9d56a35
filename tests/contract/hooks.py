"""What Schemathesis cannot know: where webhooks can be sent to, whose account it had better not lock, and that an
idempotency key is for one request."""

import os
import re
import uuid

import schemathesis

# Nothing listens there, so every delivery fails at once.
NOBODY = "http://127.0.0.1:9/"


@schemathesis.hook
def map_body(context, body):
    """Puts an address of this machine where a good request has one, and somebody else where a login has us."""
    about_webhooks = context.operation.path.startswith("/v1/webhooks")
    if about_webhooks and isinstance(body, dict) and str(body.get("url", "")).startswith("http"):
        body["url"] = NOBODY
    # It finds its own mail address in answers and guesses passwords for it, until the account is locked.
    guesses = context.operation.path == "/v1/auth/login" and isinstance(body, dict)
    if guesses and str(body.get("email", "")).strip().lower() == os.environ.get("CALLER"):
        body["email"] = "somebody-else@example.com"
    return body


@schemathesis.hook
def map_headers(context, headers):
    """Makes every good idempotency key another one: one that was used with another body is refused."""
    name = "Idempotency-Key"
    if headers and re.fullmatch('"[!#-~]{1,255}"|[!#-~]{1,255}', str(headers.get(name, ""))):
        headers[name] = str(uuid.uuid4())
    return headers
