# SPDX-License-Identifier: Apache-2.0
"""The keys of one purpose, as a reading gets them.

Rules: it holds the key of its scope alone, so what belongs to another purpose does not
decrypt; a key that is past its time is not given out, whoever is late to destroy it.
Not here: who may read (`server/reader/grants.py`), the scopes (`wrapping.py`).
"""

from server.keyring.schema import EPOCH, scope_of
from server.keyring.wrapping import Wrapping
from wire.crypto.opening import OpeningKey
from wire.errors import OpenError
from wire.purposes import Purpose

DESTROYED = "key-destroyed"
OVERDUE = "key-overdue"
OTHER = "other-purpose"
UNKNOWN = "unknown-key"


class ScopedKeys:
    """Opening keys of a tenant's purpose at a moment; any thread may use it."""

    def __init__(
        self, wrapping: Wrapping, tenant: bytes, purpose: Purpose, now: int
    ) -> None:
        """Know for what; nothing is unwrapped yet."""
        self._wrapping = wrapping
        self._scope = scope_of(tenant, purpose.value)
        self._now = now
        self._key = (0, b"")

    def opening_key(self, number: bytes) -> OpeningKey | None:
        """Return the private key of a key id; None where `why` says why not.

        Raises:
            TrustError: the keyring was damaged or altered.
        """
        with self._wrapping.transaction() as connection:
            row = connection.execute(
                "SELECT tenant, purpose, until FROM epochs WHERE key_id = ?", (number,)
            ).fetchone()
            if row is None or row[2] <= self._now:
                return None
            if not self._wrapping.has_scope(self._scope):
                return None
            lies = scope_of(row[0], row[1])
            key = self._scope_key()
            try:
                seed = self._wrapping.unwrapped(key, self._scope, lies, EPOCH + number)
            except OpenError:
                if lies == self._scope:
                    raise self._wrapping.altered() from None
                return None
            return OpeningKey(seed)

    def why(self, number: bytes) -> str:
        """Return why there is no private key of a key id, as a slug."""
        with self._wrapping.transaction() as connection:
            if connection.execute(
                "SELECT 1 FROM tombstones WHERE key_id = ?", (number,)
            ).fetchone():
                return DESTROYED
            row = connection.execute(
                "SELECT until FROM epochs WHERE key_id = ?", (number,)
            ).fetchone()
        if row is None:
            return UNKNOWN
        return OVERDUE if row[0] <= self._now else OTHER

    def _scope_key(self) -> bytes:
        """Return the key of the scope in the generation that holds."""
        generation = self._wrapping.generation()
        if self._key[0] != generation:
            self._key = (generation, self._wrapping.scope_key(self._scope))
        return self._key[1]
