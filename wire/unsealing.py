# SPDX-License-Identifier: Apache-2.0
"""Opening an envelope: signature first, then the seal, frame and body.

Rules: what opens has passed every check or raises; the gate may not import this.
Not here: which key may be used by whom (`server/reader.py`).
"""

from wire import body, envelope
from wire.body import OpenBody
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import key_id
from wire.envelope import EnvelopeKind, Header
from wire.errors import BodyError, OpenError
from wire.frame import unframe


def unseal(octets: bytes, key: OpeningKey, device: bytes) -> tuple[Header, OpenBody]:
    """Open a data envelope.

    Args:
        octets: the encoded envelope.
        key: the purpose's opening key of its epoch.
        device: public signing key of the device that must have signed it.

    Raises:
        WireError: any of its kinds; nothing of the content is in the message.
    """
    sealed, header = envelope.read(octets)
    envelope.check_signature(sealed, header, device)
    if header.kind is not EnvelopeKind.DATA:
        msg = "a header-only envelope has nothing to open"
        raise OpenError(msg)
    if header.key_id != key_id(key.public):
        msg = "the envelope is sealed to another key"
        raise OpenError(msg)
    framed = key.open(sealed.ciphertext, envelope.seal_info(sealed.header))
    opened = body.decode(unframe(framed))
    if sum(table.rows for table in opened.tables) != header.records:
        msg = "the header's record count is not the body's"
        raise BodyError(msg)
    return header, opened
