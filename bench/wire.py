# SPDX-License-Identifier: Apache-2.0
"""What an envelope costs: sealing, checking, opening, and its bytes.

Rules: records of the real redactor; the floor is the bare HPKE call on the same bytes.
Not here: the network.
"""

import secrets

from agent.collectors import collector
from agent.redaction.engine import BoundDataset, Redactor
from agent.rows import Row
from bench.measure import Figure, function, publish
from wire import body, envelope
from wire.body import Mode, Table
from wire.crypto import sealing
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import SUITE_XWING, key_id
from wire.crypto.signing import SigningKey, identity
from wire.envelope import NO_PREVIOUS, VERSION, EnvelopeKind, Header
from wire.frame import frame
from wire.purposes import Purpose
from wire.transforms.call import KEEP
from wire.unsealing import unseal

DATASET = collector("software").dataset
COLUMNS = tuple(
    column for column in DATASET.columns if column.name in {"name", "version"}
)
ROWS = 1_000


def _table(rows: int) -> Table:
    bound = BoundDataset(
        DATASET, Purpose.SECURITY, {column.name: KEEP for column in COLUMNS}
    )
    raw = [
        Row({"name": f"package-{n % 97}", "version": f"1.{n}.{secrets.randbelow(9)}"})
        for n in range(rows)
    ]
    records = Redactor(None, None).redact(bound, raw).records
    return Table(DATASET, COLUMNS, records, Mode.APPEND)


def _header(device: SigningKey, opening: OpeningKey, rows: int) -> Header:
    return Header(
        VERSION,
        EnvelopeKind.DATA,
        SUITE_XWING,
        bytes(16),
        identity(device.public),
        Purpose.SECURITY,
        "kept",
        key_id(opening.public),
        bytes(32),
        bytes(16),
        1,
        NO_PREVIOUS,
        0,
        rows,
        0,
    )


def figures() -> list[Figure]:
    """Measure envelopes of one record and of a thousand."""
    found: list[Figure] = []
    device, opening = SigningKey.generate(), OpeningKey.generate()
    for rows in (1, ROWS):
        table = _table(rows)
        header = _header(device, opening, rows)
        octets = envelope.seal(header, [table], (), opening.public, device)
        framed = frame(body.encode([table], (), header.purpose.value))
        info = envelope.seal_info(envelope.HEADER.encode(header))
        sealed = sealing.seal(framed, opening.public, info)
        name = f"{rows:,} record" + ("s" if rows > 1 else "")
        found += [
            Figure(
                f"seal {name}",
                function(
                    lambda h=header, t=table: envelope.seal(  # type: ignore[misc]
                        h, [t], (), opening.public, device
                    )
                ),
                "ms CPU",
                function(
                    lambda f=framed, i=info: sealing.seal(f, opening.public, i)  # type: ignore[misc]
                ),
                "HPKE alone",
            ),
            Figure(
                f"open and check {name}",
                function(
                    lambda o=octets: unseal(o, opening, device.public)  # type: ignore[misc]
                ),
                "ms CPU",
                function(lambda s=sealed, i=info: opening.open(s, i)),  # type: ignore[misc]
                "HPKE alone",
            ),
            Figure(f"envelope of {name}", len(octets), "bytes"),
        ]
    return found


def main() -> None:
    """Print the table and write JSON."""
    publish("Envelopes", "wire", figures())


if __name__ == "__main__":
    main()
