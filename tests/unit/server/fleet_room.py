# SPDX-License-Identifier: Apache-2.0
"""A small fleet with all that a reading can meet, and its two ways to be read.

Rules: real seals, a real store and keyring; one way is `open_selection`, in one
process and from the store, the other is what a test looks at.
Not here: what is looked at (`test_fleet.py`, `test_remembered.py`, `test_crew.py`).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path

from fold_story import begin, grow, story
from reader_fixture import CATALOGUE, Site, Speaker, fold, table

from server.reader.blocks import Keys
from server.reader.crew import Places
from server.reader.fleet import Fleet, open_fleet
from server.reader.lots import Means
from server.reader.marked import Marked
from server.reader.opened import Opened
from server.reader.opening import OPENED_BYTES, open_selection
from server.reader.remembered import Memory, Standing
from server.reader.selection import Selection
from server.store.interface import DeviceState
from wire.envelope import Gap
from wire.purposes import Purpose

COLUMNS = {
    "event_logs": frozenset({"message"}),
    "services": frozenset({"name", "state"}),
}
SHOWN = {"event_logs": ("device", "message"), "services": ("device", "name")}
NOBODY = Marked()
CHILD = "server.reader.crew_child"
STANDING: Standing = (b"", 0)


def plant(site: Site, more: int = 40) -> list[Speaker]:
    """Have devices say all sorts of things; the first two have blocks."""
    folded = [story(site), site.enrol("Folded")]
    begin(site, folded[1])
    grow(site, folded[1], 3)
    assert fold(site) == 1
    grow(site, folded[1], 4, "behind its block")
    speakers = [site.enrol(f"Shop {number}") for number in range(more)]
    for number, speaker in enumerate(speakers):
        lines = [{"message": f"{number % 3}"}, {"message": f"only {number}"}]
        site.say(speaker, [table("event_logs", lines)])
    revoked, silent, broken = speakers[:3]
    site.store.set_state(site.tenant, revoked.device, DeviceState.REVOKED)
    lost = Gap(3, site.now, site.now, "spool-full")
    site.put(silent.gap(Purpose.SUPPORT, lost, site.now))
    grow(site, broken, 2)
    return folded + speakers


def crew(parent: int) -> list[int]:
    """Return the processes that open for a process."""
    found = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        with suppress(OSError):  # a thread that has ended since
            for child in (task / "children").read_text().split():
                command = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
                if CHILD.encode() in command:
                    found.append(int(child))
    return found


def selection(site: Site, **narrowed: object) -> Selection:
    """Return support, or what a test narrows."""
    chosen = Selection(site.tenant, Purpose.SUPPORT, COLUMNS, shown=SHOWN)
    return replace(chosen, **narrowed)  # type: ignore[arg-type]  # the test's own names


def means(site: Site, **narrowed: object) -> Means:
    """Return what a reading of it opens with."""
    signer = site.keyring.fold_job_key().public
    keeper = site.keyring.keeper_key().public
    return Means(CATALOGUE, selection(site, **narrowed), signer, keeper)


def alone(site: Site, keys: Keys | None = None, **narrowed: object) -> Opened:
    """Read in one process, from the store."""
    given = means(site, **narrowed)
    return open_selection(
        *(site.store, keys or site.keys(), CATALOGUE, given.selection),
        signer=given.signer,
        keeper=given.keeper,
    )


def go_on() -> None:
    """Let a reading go on."""


def together(  # noqa: PLR0913 - each has its use
    site: Site,
    places: Places | None = None,
    memory: Memory | None = None,
    *,
    keys: Keys | None = None,
    check: Callable[[], None] = go_on,
    standing: Standing = STANDING,
    most: int = OPENED_BYTES,
    **narrowed: object,
) -> Opened:
    """Read the fleet; by other processes where there are places for them."""
    fleet = Fleet(site.store, places or Places(0), memory or Memory(0), 0, most)
    given = means(site, **narrowed)
    return open_fleet(fleet, keys or site.keys(), given, check, standing)


def shown(opened: Opened) -> dict[str, object]:
    """Return all that was opened, for comparing; rows as Python has them."""
    told = {each.name: getattr(opened, each.name) for each in fields(opened)}
    told["tables"] = {
        name: rows.to_pylist() for name, rows in opened.tables.items() if len(rows)
    }
    return told


def messages(opened: Opened) -> list[str]:
    """Return the log lines that were opened."""
    return sorted(opened.tables["event_logs"].column("message").to_pylist())
