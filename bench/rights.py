# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""`python -m bench.rights`: how long a person's export takes, and whether it is whole.

Rules: a real installation, store, keyring and keeper's desk; as many records are of
others as are the person's; the floor opens the same envelopes and writes the same rows
as CSV, with no search, no graph and no lock.
Not here: what an export holds (`tests/unit/server/test_rights_export.py`).
"""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from agent.collectors import collector
from agent.redaction.engine import BoundDataset, Redactor
from agent.rows import Row
from bench.measure import MIB, Figure, publish
from bench.reading import enrolled, indexed, key_of, sealed
from server.install import init
from server.keeper.desk import Desk
from server.keeper.rights import exporting
from server.keyring import KeyKind
from server.layout import Layout
from server.query import render
from server.reader.subjects import Subject
from server.store.sqlite import open_store
from wire import envelope
from wire.body import Mode, Table, values_of
from wire.envelope import NO_PREVIOUS
from wire.purposes import Purpose
from wire.transforms.call import KEEP
from wire.unsealing import unseal

if sys.platform == "win32":
    reason = "a collector is measured on Linux"
    raise ImportError(reason)

from server.keeper.process import opened

RECORDS = 100_000
SECONDS_A_MILLION = 300.0
"""What is asked for: a person of a million records is answered in five minutes."""
ENVELOPE_ROWS = 1_000
DATASET = collector("logins").dataset
NAMES = ("timestamp", "user.name", "outcome", "terminal", "process.pid")
COLUMNS = tuple(c for c in DATASET.columns if c.name in NAMES)
PERSON, OTHERS = "amelie", ("bo", "cy", "dee")


def fill(layout: Layout, desk: Desk, records: int, now: int) -> None:
    """Store as many records of a person, and as many of others, of ten devices."""
    key = key_of(desk.keyring, desk.tenant, Purpose.SECURITY, now)
    store = open_store(layout.store)
    left = 2 * records
    while left:
        signing, digest, stored = enrolled(store, desk.tenant, now), NO_PREVIOUS, []
        for number in range(max(1, records // (5 * ENVELOPE_ROWS))):
            rows = min(left, ENVELOPE_ROWS)
            if not rows:
                break
            place = number, digest, (desk.tenant, now)
            octets = sealed(_table(rows, now), key, signing, *place)
            digest, left = envelope.digest(octets), left - rows
            stored.append(indexed(octets))
        store.put(stored, now)
    store.close()


def _table(rows: int, now: int) -> Table:
    bound = BoundDataset(DATASET, Purpose.SECURITY, dict.fromkeys(NAMES, KEEP))
    raw = [
        Row(
            {
                "timestamp": now - number,
                "user.name": PERSON if number % 2 else secrets.choice(OTHERS),
                "outcome": "success",
                "terminal": f"pts/{number % 9}",
                "process.pid": number,
            }
        )
        for number in range(rows)
    ]
    records = Redactor(None, None).redact(bound, raw).records
    return Table(DATASET, COLUMNS, records, Mode.APPEND)


def plain(desk: Desk, now: int) -> int:
    """Open all and write the person's rows as CSV; returns how many."""
    keys = desk.keyring.scoped(desk.tenant, Purpose.SECURITY, now)
    publics = {one.device: one.public for one in desk.store.devices(desk.tenant)}
    written = 0

    def rows() -> Iterator[list[object]]:
        for stored in desk.store.envelopes(desk.tenant, purpose="security"):
            key = keys.opening_key(stored.key_id)
            if key is None:
                continue
            _, body = unseal(stored.octets, key, publics[stored.device])
            for table in body.tables:
                cells = [values_of(column, table.rows) for column in table.columns]
                at = [column.name for column in table.columns].index("user.name")
                yield from (
                    [*row] for row in zip(*cells, strict=True) if row[at] == PERSON
                )

    with tempfile.TemporaryFile() as file:
        for line in render.csv(NAMES, rows()):
            file.write(line.encode() + b"\r\n")
            written += 1
    return written - 1


def figures(records: int) -> list[Figure]:
    """Measure the export of a person of so many records, and its floor."""
    with tempfile.TemporaryDirectory() as folder:
        now = int(time.time())
        layout = init(
            Path(folder) / "collector", "Bench", "https://127.0.0.1:1", [], None, now
        )
        with opened(layout) as desk:
            fill(layout, desk, records, now)
            begun = time.perf_counter()
            if plain(desk, now) != records:
                msg = "the floor wrote other rows"
                raise SystemExit(msg)
            floor = time.perf_counter() - begun
            case = secrets.token_bytes(16)
            desk.keyring.cases.add(desk.tenant, KeyKind.CASE, case, now)
            begun = time.perf_counter()
            found = exporting.export(desk, case, Subject("user", PERSON), now)
            took = time.perf_counter() - begun
            octets = exporting.path_of(desk, case).stat().st_size
    asked = SECONDS_A_MILLION * records / 1_000_000
    return [
        Figure("records of the person", found.rows.total(), "records", records, "kept"),
        Figure("their export", took, "s", floor, "opening and CSV alone"),
        Figure("records a second", found.rows.total() / took, "records/s"),
        Figure(
            "of the time that is asked for",
            took,
            "s",
            asked,
            "5 min a million",
            target=1.0,
        ),
        Figure("the archive", octets / MIB, "MiB"),
    ]


def main() -> int:
    """Print the figures and write them; returns 1 where a record is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    records = parser.parse_args().records
    found = figures(records)
    publish("A person's export", "rights", found)
    late = any(figure.met is False for figure in found)
    return 1 if late or found[0].value != records else 0


if __name__ == "__main__":
    sys.exit(main())
