# SPDX-License-Identifier: Apache-2.0
"""A device that is enrolled without a network, and a look into what it has sealed.

Rules: the agent's own files, as enrolment and polls write them; opening uses the
installation's keys, as a reader would.
Not here: enrolling for real (`tests/e2e`).
"""

import time
from dataclasses import dataclass, replace
from pathlib import Path

from installation_fixture import Installation

from agent.identity import HELD, Held, Identity, load, save
from agent.spool.spool import open_spool
from agent.state import State, prepare, write
from wire import signed
from wire.body import OpenTable, values_of
from wire.crypto import sealing
from wire.crypto.opening import OpeningKey
from wire.crypto.signing import SigningKey
from wire.envelope import EnvelopeKind, Header, read
from wire.keys import (
    PSEUDONYM_KEYS,
    PSEUDONYM_STATEMENT,
    PseudonymKey,
    PseudonymKeys,
    PseudonymStatement,
    pseudonym_info,
)
from wire.signed import SignedKind
from wire.trust import BUNDLE
from wire.unsealing import unseal
from wire.values import Value


@dataclass(frozen=True)
class Opened:
    """One table of one envelope, in clear."""

    header: Header
    table: OpenTable
    columns: dict[str, list[Value]]


def enrolled(directory: Path, installation: Installation) -> State:
    """Make a device's state directory, with bundle and pseudonym keys."""
    state = State(directory)
    prepare(state)
    root = BUNDLE.decode(installation.bundle).roots[0]
    signing, opening = SigningKey.generate(), OpeningKey.generate()
    save(
        state,
        Held(
            "https://127.0.0.1:1",
            signing.seed(),
            opening.seed(),
            installation.authority.certificate,
            root,
            int(time.time()),
        ),
    )
    write(state.bundle, installation.bundle)
    give_names(state, installation)
    return state


def give_names(state: State, installation: Installation) -> None:
    """Write pseudonym keys for every purpose, as a poll would."""
    who, now = load(state), int(time.time())
    spans = {(key.purpose, key.start, key.end) for key in installation.purpose_keys}
    keys = tuple(
        PseudonymKey(*span, bytes([at]) * 32)
        for at, span in enumerate(
            sorted(spans, key=lambda item: (item[0].value, item[1], item[2]))
        )
    )
    sealed = sealing.seal(
        PSEUDONYM_KEYS.encode(PseudonymKeys(keys)),
        who.sealing.public,
        pseudonym_info(who.tenant, who.device),
    )
    statement = PseudonymStatement(who.tenant, who.device, now, sealed)
    message = signed.sign(
        SignedKind.PSEUDONYMS,
        PSEUDONYM_STATEMENT.encode(statement),
        [installation.roles.store],
    )
    write(state.pseudonyms, message)


def headers(state: State) -> list[Header]:
    """Return the headers of all envelopes that wait."""
    return [read(octets)[1] for octets in waiting(state)]


def opened(
    state: State, installation: Installation, *tickets: OpeningKey
) -> list[Opened]:
    """Open everything that waits in a device's spool, with keys of tickets besides."""
    who: Identity = load(state)
    openings = installation.openings | {
        sealing.key_id(key.public): key for key in tickets
    }
    found: list[Opened] = []
    for octets in waiting(state):
        _, header = read(octets)
        if header.kind is not EnvelopeKind.DATA:
            continue
        key = openings[header.key_id]
        header, body = unseal(octets, key, who.signing.public)
        for table in body.tables:
            columns = {
                column.name: values_of(column, table.rows) for column in table.columns
            }
            found.append(Opened(header, table, columns))
    return found


def waiting(state: State) -> list[bytes]:
    """Return the envelopes that wait in a device's spool, as they will be sent."""
    spool = open_spool(state.spool, int(time.time()))
    try:
        return [item.octets for item in spool.waiting(10_000, 2**30)]
    finally:
        spool.close()


def move(state: State, url: str) -> None:
    """Give an enrolled device another collector's address."""
    held = HELD.decode(state.identity.read_bytes(), 2**20)
    write(state.identity, HELD.encode(replace(held, url=url)))
