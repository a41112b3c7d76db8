# SPDX-License-Identifier: Apache-2.0
"""What is missing of a device's chains, by the act `device` and on its page.

Rules: a real store with chains that have holes, an office that runs, and the page in
both languages.
Not here: how holes are found (`tests/contract/test_store_chains.py`), what is read of
a device (`test_console_device.py`).
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest
from pages_room import Open, opened, somebody, words
from store_chain import chain

from server.access.actions import Role
from server.access.model import Held, Person
from server.office.acts import acts
from server.orders.desk import open_desk
from server.store.chains import Heard, Hole

pytestmark = pytest.mark.slow
SPOOL = b"i" * 16


@dataclass(frozen=True)
class Case:
    """A device of which something is missing.

    Attributes:
        label: names it.
        arrived: numbers of its envelopes that the store has.
        marked: up to where it says that it holds a mark.
        given_up: first and last number of what was given up.
        found: of the act: missing, unfillable, lost.
        english: what its page says of that.
        german: the same.
    """

    label: str
    arrived: Sequence[int]
    marked: int
    given_up: Sequence[tuple[int, int]]
    found: tuple[int, int, int]
    english: str
    german: str


CASES = (
    Case("whole", (1, 2, 3), 3, (), (0, 0, 0), "Nothing is missing.", "Nichts fehlt."),
    Case(
        *("a hole", (1, 2, 6), 2, (), (3, 0, 0)),
        "3 envelopes are missing.",
        "Es fehlen 3 Umschläge.",
    ),
    Case(
        *("one missing", (1, 3), 0, (), (1, 0, 0)),
        "1 envelope is missing.",
        "Es fehlt 1 Umschlag.",
    ),
    Case(
        *("in part deleted", (1, 2, 6), 4, (), (3, 2, 0)),
        "3 envelopes are missing. 2 of them it cannot send again.",
        "Es fehlen 3 Umschläge. 2 davon kann es nicht noch einmal senden.",
    ),
    Case(
        *("a tail deleted", (1, 2), 3, (), (1, 1, 0)),
        "1 envelope is missing. 1 of them it cannot send again.",
        "Es fehlt 1 Umschlag. 1 davon kann es nicht noch einmal senden.",
    ),
    Case(
        *("lost", (1, 2, 5), 4, ((3, 4),), (0, 0, 2)),
        "2 were lost by the collector.",
        "2 hat der Collector verloren.",
    ),
    Case(
        *("all at once", (1, 2, 5, 8), 6, ((3, 3),), (3, 2, 1)),
        "3 envelopes are missing. 2 of them it cannot send again. "
        "1 was lost by the collector.",
        "Es fehlen 3 Umschläge. 2 davon kann es nicht noch einmal senden. "
        "1 hat der Collector verloren.",
    ),
)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a console with the devices of all cases."""
    with opened(tmp_path_factory.mktemp("gaps"), "office") as made:
        for case in CASES:
            _told(made, case)
        yield made


def _told(room: Open, case: Case) -> None:
    """Have a device send some of its chain, and say how far it holds a mark."""
    site = room.installation
    whose = site.tenant, site.enrol(case.label).device
    sent = [
        replace(one, tenant=whose[0], device=whose[1])
        for one in chain(max(*case.arrived, case.marked, 9))
    ]
    site.store.put([sent[at - 1] for at in case.arrived], site.now)
    said = Heard(*whose, "0.1.0", "Linux", SPOOL, len(sent), case.marked, len(sent))
    site.store.heard([said], site.now)
    for first, last in case.given_up:
        site.store.give_up(Hole(*whose, SPOOL, first, last), site.now)


def _missing_on(page: str) -> str:
    """Return what a page says of its one spool after the numbers that it has of it."""
    said = words(page.partition("</section>")[0])
    for before in ("the device may delete. ", "darf das Gerät löschen. "):
        said = said.rpartition(before)[2]
    return said


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_the_act_counts_what_is_missing(room: Open, case: Case) -> None:
    """What is not there, what of it nobody can send again, and what was given up."""
    site = room.installation
    person = Person("p-ann", (Held(Role.TECHNICIAN, site.tenant, frozenset()),))
    with open_desk(site.layout) as desk:
        *_, last = acts()["device"].answer(
            desk, {"device": case.label}, person, int(time.time())
        )
    (told,) = last["end"]["chains"]  # type: ignore[index]  # the act's own
    assert (told["missing"], told["unfillable"], told["lost"]) == case.found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_the_page_says_what_is_missing(room: Open, case: Case) -> None:
    """In both languages, and nothing of it where it is not so."""
    site = room.installation
    (device,) = [
        one.device.hex()
        for one in site.store.devices(site.tenant)
        if one.label == case.label
    ]
    ann = somebody(room, [Role.TECHNICIAN], f"Reads {case.label}")
    said = []
    for language in ("en", "de"):
        ann.post("/me/preferences", language=language)
        said.append(_missing_on(ann.get(f"/device?device={device}").text))
    assert said == [case.english, case.german]
