# SPDX-License-Identifier: Apache-2.0
"""Tests of choosing a device among more than a list can have, and an open ticket.

Rules: an installation with more devices than are listed, whose office and keeper run.
Not here: what a search finds (`tests/contract/test_store_fleet.py`).
"""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from orders_room import TICKET, Collector, asking
from pages_room import Open, Reader, somebody, words
from reader_fixture import running_part

from server.access.actions import Role
from server.console.choosing import LISTED
from server.layout import Layout

pytestmark = pytest.mark.slow
LAST = "zz-workshop"


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Return a collector with technicians, a ticket and a fleet."""
    with asking(tmp_path_factory.mktemp("choosing")) as made:
        made.room.site.now = int(time.time())
        for number in range(LISTED):
            made.room.site.enrol(f"desk-{number:03}")
        yield made


@pytest.fixture(scope="module")
def last(collector: Collector) -> str:
    """Return the id of the device whose name comes after all others."""
    return str(collector.room.site.enrol(LAST).device.hex())


@pytest.fixture(scope="module")
def ann(collector: Collector) -> Iterator[Reader]:
    """Return a technician at its console."""
    site, made = collector.room.site, Open(collector.room.site)
    with ExitStack() as stack:
        stack.callback(made.close)
        for part in ("office", "keeper"):
            stack.enter_context(running_part(site, part))
        yield somebody(made, [Role.TECHNICIAN])


def options(page: str) -> list[str]:
    """Return the devices that a page lets choose, and "*" before one chosen."""
    select = page.split('id="device"', 1)[-1].split("</select>", 1)[0]
    found = re.findall(r'<option value="([0-9a-f]+)"( selected)?>', select)
    return [f"{'*' if chosen else ''}{device}" for device, chosen in found]


@pytest.mark.parametrize("path", ["/diagnostics", "/tickets"])
def test_of_many_the_first_are_listed_and_the_others_found(
    ann: Reader, last: str, path: str
) -> None:
    """The page says how many there are; a search brings the one that was not listed."""
    whole = ann.get(path)
    assert (whole.status, len(options(whole.text))) == (200, LISTED)
    assert last not in options(whole.text)
    said = words(whole.text)
    every = len(ann.room.installation.store.devices(ann.room.installation.tenant))
    assert every > LISTED
    assert f"Active devices that fit: {every}. The first {LISTED} are listed" in said
    found = ann.get(f"{path}?q=ZZ+work").text
    assert options(found) == [last]
    assert 'value="ZZ work"' in found
    assert "Active devices that fit: 1." in words(found)


def test_nothing_is_found(ann: Reader) -> None:
    """There is no form to send then, and the search is still there."""
    page = ann.get("/diagnostics?q=nobody").text
    assert options(page) == []
    assert "/diagnostics/draft" not in page
    assert 'value="nobody"' in page


def test_a_device_that_was_chosen_is_listed(ann: Reader, last: str) -> None:
    """It comes first and is selected, whatever else is listed; no id lists nothing."""
    found = options(ann.get(f"/diagnostics?device={last}").text)
    assert (found[0], len(found)) == (f"*{last}", LISTED + 1)
    for none in ("00" * 16, "no-id", ""):
        assert len(options(ann.get(f"/diagnostics?device={none}").text)) == LISTED


def test_a_tickets_device_has_its_name(ann: Reader, last: str) -> None:
    """Also where it is none of those that are listed."""
    assert LAST not in words(ann.get("/tickets").text)
    ann.post("/tickets/open", ticket="T-77", days="1", device=last)
    assert LAST in words(ann.get("/tickets").text)


@pytest.mark.parametrize("page", ["/device?device={}&purpose=", "/explore?purpose="])
def test_what_is_read_for_support_has_a_choice_of_open_tickets(
    ann: Reader, collector: Collector, page: str
) -> None:
    """Those that the keeper has open, and none for what needs no ticket."""
    path = page.format(collector.device.device.hex())
    offered = re.compile(r'<datalist id="tickets">(.*?)</datalist>')
    (found,) = offered.findall(ann.get(f"{path}support").text)
    assert f'value="{TICKET}"' in found
    assert "T-closed" not in found
    assert not offered.findall(ann.get(f"{path}administration").text)


def test_without_a_keeper_a_ticket_is_typed(
    ann: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is whole where nobody can say which tickets are open."""
    nowhere = ann.room.installation.layout.directory / "nowhere"
    monkeypatch.setattr(Layout, "keeper_socket", property(lambda _: nowhere))
    told = ann.get("/explore?purpose=support")
    assert (told.status, "datalist" in told.text) == (200, False)
    assert 'name="ticket"' in told.text
