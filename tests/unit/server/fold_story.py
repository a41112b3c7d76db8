# SPDX-License-Identifier: Apache-2.0
"""What a device tells of its services, and what a reading shows of them.

Rules: real seals and a real store; each part is told to the site that a test has made.
Not here: the site (`tests/reader_fixture.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from reader_fixture import CATALOGUE, Site, Speaker, fold, make_site, table, with_state

from server.reader.opened import Opened
from server.reader.opening import open_selection
from server.reader.selection import Selection
from server.store.blocks import HeldBlock
from wire.body import Mode, Op
from wire.purposes import Purpose
from wire.values import Value

COLUMNS = {
    "event_logs": frozenset({"message"}),
    "services": frozenset({"name", "state"}),
}
Rows = list[dict[str, Value]]
NAMES = [f"service-{at}" for at in range(8)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Install a collector."""
    made = make_site(tmp_path / "collector")
    yield made
    made.store.close()
    made.keyring.close()


def read(site: Site, *, blocks: bool = True, **narrowed: object) -> Opened:
    """Open support."""
    chosen = replace(
        Selection(site.tenant, Purpose.SUPPORT, COLUMNS),
        **narrowed,  # type: ignore[arg-type]  # the test's own names
    )
    signer = site.keyring.fold_job_key().public if blocks else None
    return open_selection(
        *(site.store, site.keys(), CATALOGUE, chosen),
        signer=signer,
        keeper=site.keyring.keeper_key().public,
    )


def rows(names: Sequence[str]) -> Rows:
    """Return services that run."""
    return [{"name": name, "state": "running"} for name in names]


def begin(site: Site, speaker: Speaker, count: int = 3) -> None:
    """Say the first services, whole."""
    held = rows(NAMES[:count])
    whole = table("services", held, mode=Mode.FULL)
    site.say(speaker, [with_state(whole, held)], created=site.now)


def grow(site: Site, speaker: Speaker, number: int, *more: str) -> None:
    """Add one service to those before it, and log lines in the same envelope."""
    held = rows(NAMES[: number + 1])
    part = table("services", held[-1:], mode=Mode.DELTA, changes=[(Op.ADD, number)])
    tables = [with_state(part, held)]
    tables += [table("event_logs", [{"message": text}]) for text in more]
    site.say(speaker, tables, created=site.now + number)


def elsewhere(site: Site, speaker: Speaker) -> None:
    """Say something for another purpose, which takes the next sequence."""
    part = table("event_logs", [{"message": "m"}], Purpose.SECURITY)
    site.say(speaker, [part], Purpose.SECURITY)


def story(site: Site) -> Speaker:
    """Say a state and two changes, one beside a log line, and fold them."""
    speaker = site.enrol("Desk")
    begin(site, speaker)
    grow(site, speaker, 3)
    grow(site, speaker, 4, "beside")
    assert fold(site) == 1
    return speaker


def names(opened: Opened) -> list[str]:
    """Return the services."""
    found: list[str] = opened.tables["services"].column("name").to_pylist()
    return found


def unmade(site: Site) -> tuple[object, object]:
    """Return how many states the newest line tells without a block: large, in doubt."""
    line = site.acts()[-1].body
    assert line is not None
    return line["large"], line["doubtful"]


def held(site: Site, speaker: Speaker) -> HeldBlock:
    """Return the device's one block."""
    (found,) = site.store.blocks(site.tenant, speaker.device, "support")
    return found
