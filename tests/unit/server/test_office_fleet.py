# SPDX-License-Identifier: Apache-2.0
"""What the office tells of a fleet: a page of it, and what there is to filter by.

Rules: a real installation; what is asked comes as the console sends it, or worse.
Not here: what each filter finds (`tests/contract/test_store_fleet.py`), sums
(`test_office_acts.py`), the page (`test_console_fleet.py`).
"""

import time
from collections.abc import Iterator

import pytest
from reader_fixture import make_site

from server.access.actions import Role
from server.access.model import Held, Person
from server.errors import UsageError
from server.office.acts import Message, acts
from server.office.acts.fleet import MOST
from server.orders.desk import Desk, open_desk
from server.store.chains import Heard
from server.store.interface import Spot
from server.store.refusals import Refused

pytestmark = pytest.mark.slow
LABELS = ("delta", "alpha", "", "charlie", "bravo")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return what the office works with, over a small fleet."""
    site = make_site(tmp_path_factory.mktemp("fleet"))
    made = {label: site.enrol(label) for label in LABELS}
    with open_desk(site.layout) as found:
        spots = {made["alpha"].device: Spot("berlin", ("pilot", "servers"))}
        found.store.place(site.tenant, spots)
        one = made["bravo"]
        said = site.tenant, one.device, "0.3", "Windows 11", one.incarnation, 1, 0
        site.store.heard([Heard(*said)], site.now)
        site.store.refusals.add(
            "west", [Refused(site.tenant, one.device, "clock-skew", 1, site.now)]
        )
        yield found
    site.store.close()
    site.keyring.close()


def told(desk: Desk, **question: object) -> tuple[list[str], Message]:
    """Return the labels, or the ids, that are told, and what is told beside them."""
    person = Person("p-ann", (Held(Role.TECHNICIAN, desk.tenant),))
    answer = acts()["fleet"].answer(desk, dict(question), person, int(time.time()))
    *parts, last = answer
    found = [one for part in parts for one in part["devices"]]  # type: ignore[attr-defined]  # a list
    end = last["end"]
    assert isinstance(end, dict)
    return [str(one.get("label", one["device"])) for one in found], end


def test_a_page_and_nothing_more_is_told(desk: Desk) -> None:
    """As many as are asked for, of the last page where there are fewer pages."""
    by_name = ["alpha", "bravo", "charlie", "delta", ""]
    for page, shown, number in (
        (0, by_name[:2], 1),
        (2, by_name[2:4], 2),
        (3, by_name[4:], 3),
        (10**30, by_name[4:], 3),
    ):
        found, end = told(desk, sort="name", most=2, page=page)
        assert (found, end["page"], end["found"], end["count"]) == (shown, number, 5, 5)
    assert told(desk, sort="name", most=10**9)[0] == by_name


def test_what_there_is_to_filter_by_is_of_all(desk: Desk) -> None:
    """Whatever is looked for, the choices are those of the whole fleet."""
    found, end = told(desk, q="charlie", most=1)
    assert (found, end["found"]) == (["charlie"], 1)
    assert {name: end[name] for name in ("states", "sites", "tags", "systems")} == {
        "states": ["active"],
        "sites": ["berlin"],
        "tags": ["pilot", "servers"],
        "systems": ["Linux", "Windows"],
    }
    assert (end["reasons"], end["healths"]) == (["clock-skew"], {"good": 5})


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({"refused": "clock-skew"}, ["bravo"]),
        ({"refused": "revoked"}, []),
        ({"refused": "clock-skew", "tag": "pilot"}, []),
        ({"health": "good", "system": "Windows"}, ["bravo"]),
        ({"health": "no such"}, []),
        ({"silence": 3_600}, []),
        ({"sort": "no such", "site": "berlin"}, ["alpha"]),
        ({"q": 7, "site": None, "tag": "pilot"}, ["alpha"]),
        ({"among": []}, []),
    ],
)
def test_filters_narrow(desk: Desk, question: Message, found: list[str]) -> None:
    """Reasons and what is called by nobody narrow as the others do."""
    shown, end = told(desk, **question)
    assert (shown, end["found"]) == (found, len(found))


def test_ids_come_in_the_order_of_the_page(desk: Desk) -> None:
    """Who goes through all gets ids alone, and then asks for some of them."""
    ids, end = told(desk, brief=True, sort="name")
    every = {one.label: one.device.hex() for one in desk.store.devices(desk.tenant)}
    assert ids == [every[label] for label in ("alpha", "bravo", "charlie", "delta", "")]
    assert end == {"count": 5}
    assert told(desk, among=[ids[3], ids[0], "00" * 16], sort="name")[0] == [
        "alpha",
        "delta",
    ]


@pytest.mark.parametrize(
    ("question", "shown", "found"),
    [
        ({}, ["alpha", "bravo", "charlie", "delta", ""], 5),
        ({"most": 2}, ["alpha", "bravo"], 5),
        ({"most": 5}, ["alpha", "bravo", "charlie", "delta", ""], 5),
        ({"q": "windows", "most": 1}, ["bravo"], 1),
        ({"q": "nobody"}, [], 0),
    ],
)
def test_what_is_chosen_from_needs_no_sums(
    desk: Desk, question: Message, shown: list[str], found: int
) -> None:
    """The first that are looked for, how many there are, and nothing of the others."""
    listed, end = told(desk, bare=True, sort="name", **question)
    assert (listed, end) == (shown, {"found": found})


@pytest.mark.parametrize("among", ["aa", [7], ["zz"], ["00" * 16] * (MOST + 1)])
def test_what_are_no_ids_is_refused(desk: Desk, among: object) -> None:
    """A sentence, before the store is asked."""
    with pytest.raises(UsageError, match="by their ids"):
        told(desk, among=among)
