# SPDX-License-Identifier: Apache-2.0
"""Tests of what a diagnostic found, over an office and a reader that run.

Rules: the order is signed with a technician's key file; the device seals what it found
to the ticket's key.
Not here: what is drawn of each diagnostic (`test_console_drawing.py`), a real device
(`tests/e2e/test_console_diagnostics.py`).
"""

import csv
import html
import io
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from orders_room import TICKET, Collector, asking
from pages_room import Open, Reader, somebody, words
from reader_fixture import running_part, table
from scapy.layers.inet import IP, UDP
from scapy.utils import rdpcap

from server.access.actions import RULES, Action, Role
from server.register.tickets import digest_of
from wire.doing import Doing, OrderState

pytestmark = pytest.mark.slow
HOSTILE = "\u202e<img src=x onerror=alert(1)>"
WHY = "the till answers slowly"
SHARE, MEMORY = "process.cpu.utilization", "process.memory.usage"
ROWS = [
    {"process.executable.name": "till", SHARE: 1.5, MEMORY: 4_194_304},
    {"process.executable.name": HOSTILE, SHARE: None, MEMORY: 1_024},
    {"process.executable.name": "=1+1", SHARE: 0.25, MEMORY: None},
]
PACKET = {
    "milliseconds": 12,
    "type": "0x0800",
    "network.type": "ipv4",
    "source.address": "203.0.113.7",
    "destination.address": "203.0.113.53",
    "network.transport": "udp",
    "source.port": 40_000,
    "destination.port": 53,
    "length": 60,
}


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Return a collector with a device, technicians and a ticket."""
    with asking(tmp_path_factory.mktemp("answers")) as made:
        made.room.site.now = int(time.time())
        made.room.site.ticket = digest_of(made.tenant, TICKET)
        yield made


@pytest.fixture(scope="module")
def room(collector: Collector) -> Iterator[Open]:
    """Return its console."""
    site, made = collector.room.site, Open(collector.room.site)
    with ExitStack() as stack:
        stack.callback(made.close)
        for part in ("office", "reader"):
            stack.enter_context(running_part(site, part))
        yield made


@pytest.fixture(scope="module")
def order(collector: Collector) -> str:
    """Return an order that its device has answered."""
    asked = collector.drafted(asked="top_processes top=3")
    told = collector.typed("diagnose", "send", collector.signed(asked), "--json")
    order = str(json.loads(told)["order"])
    found = table("top_processes", [{"request": order, **row} for row in ROWS])
    collector.room.site.say(collector.device, [found])
    collector.says(Doing(bytes.fromhex(order), OrderState.DONE, "", 0, 0))
    return order


@pytest.fixture(scope="module")
def capture(collector: Collector) -> str:
    """Return an order for packets that its device has answered."""
    asked = collector.drafted(asked="packet_headers filter=dns")
    both = collector.signed(collector.signed(asked), "Max")
    told = collector.typed("diagnose", "send", both, "--json")
    order = str(json.loads(told)["order"])
    found = table("packet_headers", [{"request": order, **PACKET}])
    collector.room.site.say(collector.device, [found])
    collector.says(Doing(bytes.fromhex(order), OrderState.DONE, "", 0, 0))
    return order


@pytest.fixture
def ann(room: Open) -> Reader:
    """Return a technician, who has not asked it."""
    return somebody(room, [Role.TECHNICIAN])


def test_a_result_comes_after_its_reason(ann: Reader, order: str) -> None:
    """Who did not ask sees no row before a reason, which is in the ledger first."""
    told = ann.get(f"/diagnostic?order={order}")
    assert (told.status, "till" in told.text) == (200, False)
    before = len(ann.acts("opened"))
    wish = {"order": order, "ticket": TICKET, "reason": WHY}
    assert "till" in words(ann.post("/diagnostic/read", **wish).text)
    read = ann.acts("opened")[before:]
    assert [(one["user"], one["reason"], one["ticket"]) for one in read] == [
        (ann.number, WHY, TICKET)
    ]


@pytest.mark.parametrize("ticket", ["T-other", "", "words"])
def test_no_other_ticket_shows_a_result(
    collector: Collector, ann: Reader, order: str, ticket: str
) -> None:
    """Not on its page, in its file, on its device's page or by SQL, which say so."""
    if ticket == "T-other":
        collector.ticket("open", ticket, seconds=36_000, devices=[])
    wish = {"ticket": ticket, "reason": "looking", "order": order}
    whose = {"device": collector.device.device.hex(), "part": "events"}
    sql = "SELECT * FROM top_processes"
    explored = {"purpose": "support", "sql": sql, "ticket": ticket, "reason": "-"}
    shown = [
        ann.post("/diagnostic/read", **wish),
        ann.post("/explore", **explored),
        ann.post("/device", purpose="support", **whose | wish),
    ]
    for one in shown:
        said = words(one.text)
        assert (one.status, "till" in said.split()) == (200, False)
        assert "what other tickets brought: name the ticket" in said
    file = ann.post("/diagnostic/export", **wish)
    assert (file.status, len(file.text.splitlines())) == (200, 1)


def test_an_order_that_is_no_more_leads_back_to_the_others(ann: Reader) -> None:
    """The page says so, names no command line, and has a link to what there is."""
    answer = ann.get("/diagnostic?order=5f5f5f5f")
    assert answer.status == 400
    assert "no order of the last day begins so, or several do" in words(answer.text)
    assert "discreet-server" not in answer.text
    assert '<a class="main" href="/diagnostics">Go to Diagnostics</a>' in answer.text


def test_a_result_is_drawn_and_listed(ann: Reader, order: str) -> None:
    """Bars with their values, the same in words, the rows with their units."""
    wish = {"order": order, "ticket": TICKET, "reason": WHY}
    told = ann.post("/diagnostic/read", **wish).text
    assert told.count('<rect class="bar"') == 2 * len(ROWS)
    assert 'role="img" aria-label="Chart: Processors taken, by program.' in told
    said = words(told)
    assert "4 MiB" in said
    assert "not measured" in said
    assert "3 rows" in said


def test_an_empty_cell_is_said_to_be_empty(ann: Reader, order: str) -> None:
    """Nothing is shown where there is no value, and a screen reader says so."""
    wish = {"order": order, "ticket": TICKET, "reason": WHY}
    told = ann.post("/diagnostic/read", **wish).text
    assert '<td><span class="unseen">no value</span></td>' in told
    assert "null" not in words(told)
    assert "None" not in words(told)


def test_what_a_device_found_is_inert(ann: Reader, order: str) -> None:
    """In chart, table and file a hostile name is text, and turns nothing around."""
    wish = {"order": order, "ticket": TICKET, "reason": WHY}
    told = ann.post("/diagnostic/read", **wish).text
    assert told.count("?&lt;img src=x onerror=alert(1)&gt;") == 5
    assert "<img src=x" not in told
    assert "\u202e" not in told
    file = ann.post("/diagnostic/export", **wish)
    rows = list(csv.DictReader(file.text.splitlines()))
    assert len(rows) == len(ROWS)
    assert "=1+1" not in [row["process.executable.name"] for row in rows]
    assert "\u202e" not in file.text


def test_only_packets_are_a_capture(ann: Reader, order: str) -> None:
    """Another diagnostic's answer offers no capture, and is none when asked for."""
    wish = {"order": order, "ticket": TICKET, "reason": WHY}
    assert "/diagnostic/capture" not in ann.post("/diagnostic/read", **wish).text
    told = ann.post("/diagnostic/capture", **wish)
    assert told.status == 400
    assert "only packet headers are a capture" in words(told.text)


def test_packets_are_taken_as_a_capture(ann: Reader, capture: str) -> None:
    """The file is what programs for captures open, and has the rows' stand-ins."""
    wish = {"order": capture, "ticket": TICKET, "reason": WHY}
    assert "/diagnostic/capture" in ann.post("/diagnostic/read", **wish).text
    file = ann.post("/diagnostic/capture", **wish)
    (packet,) = rdpcap(io.BytesIO(file.octets))
    assert (packet[IP].src, packet[UDP].dport) == ("203.0.113.7", 53)
    assert file.header("content-type") == "application/vnd.tcpdump.pcap"


def test_who_may_not_take_a_file_is_offered_none(
    ann: Reader, capture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is shown, and neither way to take it along."""
    wish = {"order": capture, "ticket": TICKET, "reason": WHY}
    rule = RULES[Action.EXPORT_TABLES]
    fewer = replace(rule, roles=rule.roles - {Role.TECHNICIAN})
    for offered in (True, False):
        told = ann.post("/diagnostic/read", **wish)
        assert (told.status, "203.0.113.7" in told.text) == (200, True)
        for path in ("/diagnostic/export", "/diagnostic/capture"):
            assert (f'action="{path}"' in told.text) is offered
        monkeypatch.setitem(RULES, Action.EXPORT_TABLES, fewer)
    assert ann.post("/diagnostic/capture", **wish).status == 403


def test_what_is_over_can_be_asked_again(
    collector: Collector, ann: Reader, order: str
) -> None:
    """A link leads to the same question of the same device, under its ticket."""
    device = collector.device.device.hex()
    page = ann.get(f"/diagnostic?order={order}").text
    asked = f"about=top_processes&amp;device={device}&amp;ticket={TICKET}"
    assert f'href="/diagnostics?{asked}"' in page


def test_a_device_lists_what_it_was_asked(
    room: Open, collector: Collector, ann: Reader, order: str
) -> None:
    """Its page has what, under which ticket, who signed, the state, and the result."""
    told = ann.get(f"/device?device={collector.device.device.hex()}")
    listed = told.text.partition('id="orders"')[2].partition("</section>")[0]
    said = words(listed)
    for text in ("top_processes", TICKET, "Lena", "done"):
        assert text in said
    assert f'href="/diagnostic?order={order}" aria-label="Result' in listed
    other = ann.get(f"/device?device={room.installation.enrol('Other').device.hex()}")
    assert "Nothing was asked" in words(other.text)
    assert order not in other.text
    audrey = somebody(room, [Role.AUDITOR], "Audrey")
    page = audrey.get(f"/device?device={collector.device.device.hex()}")
    assert (page.status, 'id="orders"' in page.text) == (200, False)


@pytest.mark.parametrize(
    ("state", "reason", "said"),
    [
        (OrderState.DENIED, "said-no", "eine Person an der Maschine hat Nein gesagt"),
        (OrderState.FAILED, "time-budget", "das Lesen dauerte länger, als es darf"),
        (OrderState.FAILED, "no-scapy", "scapy, das die Pakete liest, ist dort nicht"),
        (OrderState.FAILED, "<b>", "aus einem Grund, den diese Version nicht kennt"),
    ],
)
def test_how_it_ended_is_told_in_the_readers_language(
    collector: Collector, ann: Reader, state: OrderState, reason: str, said: str
) -> None:
    """The page, what it follows and the list say it alike; no slug is left to guess."""
    request = collector.drafted(asked="top_processes top=3")
    sent = collector.typed("diagnose", "send", collector.signed(request), "--json")
    order = str(json.loads(sent)["order"])
    collector.says(Doing(bytes.fromhex(order), state, reason, 0, 0))
    ann.browser.headers["accept-language"] = "de"
    page = ann.get(f"/diagnostic?order={order}").text
    told = json.loads(ann.get(f"/diagnostic/state?order={order}").text)["words"]
    assert said in told
    assert told in html.unescape(words(page))
    device = collector.device.device.hex()
    assert said in html.unescape(words(ann.get(f"/device?device={device}").text))
    assert "<b>" not in page


def test_without_the_purpose_nothing_is_shown(room: Open, order: str) -> None:
    """An auditor gets neither the order nor what it found."""
    audrey = somebody(room, [Role.AUDITOR], "Audrey")
    assert audrey.get(f"/diagnostic?order={order}").status == 403
    wish = {"order": order, "ticket": TICKET, "reason": WHY}
    for path in ("/diagnostic/read", "/diagnostic/export", "/diagnostic/capture"):
        told = audrey.post(path, **wish)
        assert (told.status, "till" in told.text) == (403, False)
