# SPDX-License-Identifier: Apache-2.0
"""Posts a message to a webhook, signed.

Rules: over TLS 1.3, to the address of config.toml alone; what is signed is the id, the
time of the try and the body, so a message cannot be altered, nor an old one pass as
new; the id is that of the message over all tries.
Not here: what it says (`wording.py`), when (`sending.py`).
Source: Standard Webhooks 1.0.0, its headers and its symmetric signature.
"""

import base64
import binascii
import hashlib
import hmac
from http import HTTPStatus
from pathlib import Path

from server.alerts.bounds import SECRET_LEAST_BYTES, SECRET_MOST_BYTES
from server.configuration_alerts import AlertWebhook
from server.errors import UnreachableError, UsageError
from server.formats import sending
from server.keeper.alarms import wording
from server.key_files import read_private
from server.register.alert_messages import Waiting

_PORT = 443
_PREFIX = "whsec_"
_FILE_BYTES = 256
_TAKEN = range(HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES)


def send(where: AlertWebhook, one: Waiting, link: str, now: int) -> None:
    """Post a message.

    Args:
        where: the receiver.
        one: the message.
        link: to the console; empty for none.
        now: seconds since the epoch.

    Raises:
        UnreachableError: it cannot be reached, or does not take it.
        TrustError: it does not prove its name.
        UsageError: the secret's file, or the authority's, is none.
    """
    body = wording.json_of(one, link)
    target = sending.target(where.address, _PORT, where.authority)
    headers = signed(secret_of(where.secret), one.id, body, now)
    status = sending.posted(target, where.path, body, headers).status
    if status not in _TAKEN:
        msg = f"{target.host} does not take alerts: HTTP status {status}"
        raise UnreachableError(msg)


def signed(secret: bytes, number: bytes, body: bytes, now: int) -> dict[str, str]:
    """Return the headers of a message.

    Args:
        secret: that we share with the receiver.
        number: id of the message, 16 bytes.
        body: as it is sent.
        now: seconds since the epoch.
    """
    name, moment = f"msg_{number.hex()}", str(now)
    said = f"{name}.{moment}.".encode() + body
    proof = base64.b64encode(hmac.digest(secret, said, hashlib.sha256)).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{proof}",
    }


def secret_of(path: Path) -> bytes:
    """Return the secret of a file: `whsec_` and base64.

    Raises:
        UsageError: it is something else.
        StateError: it cannot be read, or others can read it.
    """
    text = read_private(path, _FILE_BYTES).decode("ascii", "replace").strip()
    try:
        secret = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    fits = SECRET_LEAST_BYTES <= len(secret) <= SECRET_MOST_BYTES
    if not text.startswith(_PREFIX) or not fits:
        msg = (
            f"{path} is no webhook secret: write {_PREFIX} and the base64 of "
            f"{SECRET_LEAST_BYTES} to {SECRET_MOST_BYTES} random bytes"
        )
        raise UsageError(msg)
    return secret
