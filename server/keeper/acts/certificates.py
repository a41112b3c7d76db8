# SPDX-License-Identifier: Apache-2.0
"""The act `certificates`: those that were signed, all of them or one with its proof.

Rules: it changes nothing; a proof is all that verifies a certificate but the root's
digest, which whoever verifies has from elsewhere.
Not here: making certificates (`server/keeper/certifying.py`), showing them
(`server/commands/certificate.py`).
"""

from collections.abc import Generator

from server.errors import UsageError
from server.keeper import certifying
from server.keeper.acts import Message
from server.keeper.desk import Desk
from server.keeper.proving import proof
from server.register import certificates
from server.register.certificates import Held

NAME = "certificates"
PAGE = 500
"""Certificates in one message, of about 300 octets each."""


def answer(
    desk: Desk,
    message: Message,
    user: str,
    now: int,
) -> Generator[Message, None, None]:
    """Yield a line for each certificate, or the proof of the one that is named.

    Raises:
        UsageError: there is no such certificate.
        StateError: nothing says yet that the keeper's key is the keeper's.
    """
    number = message.get("number")
    if isinstance(number, int):
        with desk.register.view() as connection:
            held = certificates.numbered(connection, number)
        if held is None:
            msg = f"there is no certificate {number}: certificate list shows them"
            raise UsageError(msg)
        yield {
            "end": {"proof": proof(desk, held.octets).hex(), "current": held.current}
        }
        return
    with desk.register.view() as connection:
        every = certificates.every(connection)
    for first in range(0, len(every), PAGE):
        lines = [_line(desk, held) for held in every[first : first + PAGE]]
        yield {"certificates": lines}
    yield {"end": {"certificates": len(every)}}


def _line(desk: Desk, held: Held) -> Message:
    certificate = certifying.read(desk, held)
    return {
        "number": held.number,
        "state": certificate.state.value if held.current else "replaced",
        "until": certificate.until,
        "reason": certificate.reason,
        "keys": len(certificate.keys),
        "envelopes": certificate.counts.envelopes,
        "records": certificate.counts.records,
        "ended": certificate.ended,
    }
