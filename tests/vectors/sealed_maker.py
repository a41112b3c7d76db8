# SPDX-License-Identifier: Apache-2.0
"""Makes anything that is sealed under a data key of its own, right or wrong.

Rules: the data key is a name's, and its seal is kept; nothing is checked, so that what
is wrong is signed all the same; nothing of `wire/data_key.py` is used.
Not here: what is in it (`families_blocks.py`, `families_extracts.py`,
`families_remainders.py`).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.vectors import families_frames
from wire import cbor
from wire.cbor import Plain
from wire.crypto import sealing
from wire.crypto.opening import OpeningKey, wrap
from wire.crypto.signing import SigningKey

Keep = Callable[[str, Callable[[], bytes]], bytes]
Map = dict[int | str, Plain]


@dataclass(frozen=True)
class Use:
    """What is made: its name in labels, its data key, to whom and by whom."""

    name: str
    secret: bytes
    opening: OpeningKey
    signer: SigningKey

    def label(self, what: str = "") -> bytes:
        """Return the label of what is signed, or of another part."""
        return f"discreet/1/{self.name}{what}\x00".encode()

    def signed(self, header: bytes, data_key: bytes, text: bytes) -> bytes:
        """Return what the signer signed, whatever is in it."""
        covered = header + hashlib.sha256(data_key + text).digest()
        signature = self.signer.sign(self.label() + covered)
        return cbor.encode({1: header, 2: data_key, 3: text, 4: signature})


@dataclass(frozen=True)
class Maker:
    """Makes any of one use, as a maker that fails could."""

    use: Use
    keep: Keep

    def data_key(self, header: bytes) -> bytes:
        """Return the data key, sealed under a header."""
        name = f"{self.use.name} key {hashlib.sha256(header).hexdigest()[:16]}"
        info = self.use.label("-key") + header
        public = self.use.opening.public
        return self.keep(name, lambda: sealing.seal(self.use.secret, public, info))

    def framed(self, header: bytes, framed: bytes) -> bytes:
        """Return one of any header around any frame."""
        bound = self.use.label("-content") + header
        text = wrap(self.use.secret, bytes(12), framed, bound)
        return self.use.signed(header, self.data_key(header), text)

    def made(self, header: Map, content: Map) -> bytes:
        """Return one of a header and a content."""
        return self.framed(cbor.encode(header), stored(cbor.encode(content)))


def stored(octets: bytes) -> bytes:
    """Return a frame that holds octets as they are."""
    parts = families_frames.framed(0, [(octets, 1)])
    return b"".join(part * times for part, times in parts)
