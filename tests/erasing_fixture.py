# SPDX-License-Identifier: Apache-2.0
"""Takes rows out of stored envelopes, as an erasure does.

Rules: real remainders, of the keeper's key, in the real store.
Not here: whose rows (`server/keeper/rights/erasing.py`).
"""

from collections.abc import Collection

from reader_fixture import Site, Speaker

from server.keeper.rights.lessening import Maker, lessened, remainder_of
from server.reader.remainders import open_source
from server.store.interface import StoredEnvelope
from wire.purposes import Purpose

CASE = b"erasure of nobody"[:16]


def take_out(
    site: Site, speaker: Speaker, stored: StoredEnvelope, **rows: Collection[int]
) -> None:
    """Replace an envelope by what is left without some rows, by dataset."""
    keys = site.keys(Purpose(stored.purpose))
    key, signer = keys.opening_key(stored.key_id), site.keyring.keeper_key()
    assert key is not None
    source = open_source(stored, key, speaker.key.public, signer.public)
    tables = lessened(source, rows, {})
    held = remainder_of(source, tables, key.public, Maker(CASE, signer, site.now))
    assert site.store.replace(held)
