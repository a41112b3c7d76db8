# SPDX-License-Identifier: Apache-2.0
"""A notice on the screen of a Windows: seen there, answered there, and told of truly.

Rules: a real X server, on which Wine draws; another process of that Windows reads what
stands there and presses buttons; orders run in the agent's own child, in its job.
Stated limit of Wine 8: Windows' own message (WTSSendMessageW) does nothing there, so
what is shown is ours; a session that is disconnected is not in it.
Not here: which way is taken (`tests/unit/agent/test_told_by.py`), what is said
(`tests/unit/agent/test_desktop_notices.py`).
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from screen_fixture import screen, watching
from wine_fixture import Windows, path

from agent.catalogue import declared
from agent.host.notice_line import write_line
from agent.orders.notices import notice
from agent.state import write
from agent.window.door import NOT_YOU
from tests.order_room import Room, alone
from tests.vectors import order_world
from wire import cbor
from wire.ledger import ENTRY
from wire.order_state import OrderState

pytestmark = [pytest.mark.wine, pytest.mark.slow]
TELL = """
import json, sys
from agent.host.notice import Notice, Said
from agent.host.notify import tell
said = {"en": Said(*json.loads(sys.argv[1])), "de": Said("Titel", "Worte")}
print(json.dumps(tell(Notice(said))))
"""
SPEAK = """
import json, sys
from agent.commands.notices import _say_shown
from agent.host.notice_line import read_line
from agent.window.message_box import show
from agent.words import speech
said = read_line(json.loads(sys.argv[2]).encode())
print(show(said, speech(sys.argv[1]), _say_shown))
"""
ORDER = """
import json, sys
from pathlib import Path
from agent.orders.running import order_in_child
from agent.spool.spool import open_spool
from agent.state import State, marked_at
state, now = State(Path(sys.argv[1])), int(sys.argv[2])
spool = open_spool(state.spool, now, marked_at(state), check=False)
(held,) = (one for one in spool.orders() if not one.ended)
spool.close()
order_in_child(state, held, now)
print("null")
"""
LOCKED = """
import ctypes, json, sys
from pathlib import Path
from agent.commands.notices import _answer_here
from agent.errors import AgentError
from agent.host.own_screen import has_screen
from agent.state import State
def now():
    try:
        _answer_here(State(Path(sys.argv[1])), "approve " + "0" * 32)
    except AgentError as problem:
        return [has_screen(), str(problem)]
before, user = now(), ctypes.windll.user32
user.CreateDesktopW.restype = ctypes.c_void_p
other = user.CreateDesktopW("Other", None, None, 0, 0x10000000, None)
user.SetThreadDesktop(ctypes.c_void_p(other))
print(json.dumps([before, now()]))
"""
ASKED = "interface_state"
"""What Wine can answer."""
PATIENCE = 150.0
ASKS = b'[diagnostics]\ndefault = "ask"\n'


@pytest.fixture(name="screened", scope="module")
def _screened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    with screen(tmp_path_factory.mktemp("screen")) as made:
        yield made


@pytest.fixture
def here(tmp_path: Path) -> Room:
    """Return a device whose technicians may ask."""
    return alone(tmp_path)


def work(windows: Windows, here: Room) -> None:
    """Have the agent on Windows do what is next with the one order."""
    windows.told(ORDER, path(here.state.directory), str(here.now))


def written(here: Room, act: str, what: str) -> list[object]:
    """Return what the ledger says of each order that something was done with."""
    with here.device() as device:
        entries, _ = device.spool.ledger()
    return [
        dict(cbor.decode(body))[what]
        for entry, body, _ in entries
        if ENTRY.decode(entry).act == act and body
    ]


def becomes(here: Room, order: str, state: OrderState) -> None:
    """Wait until an order stands so."""
    until = time.monotonic() + PATIENCE
    while here.held(order).state is not state:
        assert time.monotonic() < until, here.held(order)
        time.sleep(0.1)


def test_a_person_at_the_screen_is_told(screened: Windows) -> None:
    """The window has title and text as they are, and the agent went on meanwhile."""
    text = "ana & <b>co</b> (ticket T-1) wants to know. äöü"
    with watching(screened, "ok") as person:
        assert screened.told(TELL, json.dumps(["A title", text])) is True
        seen = person.told()
    assert seen == {
        "title": "A title",
        "texts": ["", text],
        "buttons": 1,
        "held_back": False,
    }


def test_who_is_told_is_in_the_ledger(screened: Windows, here: Room) -> None:
    """An order that is announced runs in its job, while its notice outlives that."""
    order = here.send(here.request(diagnostic=ASKED))
    with watching(screened, "ok") as person:
        work(screened, here)
        assert here.held(order).state is OrderState.DONE
        seen = person.told()
    assert seen["title"] == "Discreet: a technician looks"
    assert "ana (ticket T-1042) wants to know" in str(seen["texts"])
    assert written(here, "order-begun", "told") == [True]


def test_nobody_is_told_without_a_screen(windows: Windows, here: Room) -> None:
    """The order runs as it is settled here, and the ledger says that nobody knew."""
    order = here.send(here.request(diagnostic=ASKED))
    work(windows, here)
    assert here.held(order).state is OrderState.DONE
    assert written(here, "order-begun", "told") == [False]


def test_a_yes_on_the_screen_lets_it_run(screened: Windows, here: Room) -> None:
    """Asked, the agent waits; Yes comes after a moment, and counts once."""
    write(here.state.restrictions, ASKS)
    order = here.send(here.request(diagnostic=ASKED))
    with watching(screened, "yes") as person:
        work(screened, here)
        seen = person.told()
    assert seen["title"] == "Discreet: a technician asks"
    assert "within 5 minutes it does not run." in str(seen["texts"])
    assert "May it run?" in str(seen["texts"])
    assert (seen["buttons"], seen["held_back"]) == (2, True)
    becomes(here, order, OrderState.RECEIVED)
    work(screened, here)
    held = here.held(order)
    assert (held.state, held.consent) == (OrderState.DONE, "yes")
    assert here.acts()[:2] == ["order-asking", "order-approved"]
    assert written(here, "order-approved", "by") == ["administrator"]


def test_a_no_on_the_screen_ends_it(screened: Windows, here: Room) -> None:
    """It is denied, and never runs."""
    write(here.state.restrictions, ASKS)
    order = here.send(here.request(diagnostic=ASKED))
    with watching(screened, "no") as person:
        work(screened, here)
        assert person.told()["held_back"] is False
    becomes(here, order, OrderState.DENIED)
    assert here.held(order).reason == "said-no"


def test_a_german_session_reads_german(screened: Windows) -> None:
    """Who is asked reads all of it in their language, the question too."""
    request = order_world.request(diagnostic="log_slice")
    told = notice(request, declared().datasets["log_slice"], asks=True)
    line = json.dumps(write_line(told).decode())
    with watching(screened, "yes") as person:
        done = screened.python("-c", SPEAK, "de", line)
        seen = person.told()
    assert seen["title"] == "Discreet: Ein Techniker bittet um etwas"
    assert seen["texts"] == ["", f"{told.of('de').text}\n\nDarf es laufen?"]
    assert done.stdout.split() == ["shown", "approve", request.id.hex()]


def test_who_types_a_sentence_approves_nothing(screened: Windows) -> None:
    """A letter without Alt is a key of such a box: Yes has none, and No's is a no."""
    request = order_world.request(diagnostic="log_slice")
    told = notice(request, declared().datasets["log_slice"], asks=True)
    line = json.dumps(write_line(told).decode())
    with watching(screened, "yn") as person:
        done = screened.python("-c", SPEAK, "en", line)
        person.told()
    assert done.stdout.split() == ["shown", "deny", request.id.hex()]


def test_nobody_sits_at_a_locked_screen(screened: Windows, here: Room) -> None:
    """While another desktop than ours is on it, none sees ours, and none answers."""
    here.send(here.request(diagnostic=ASKED))
    found = screened.told(LOCKED, path(here.state.directory))
    unknown = "no request has an id that begins so: discreet-agent diagnostics"
    assert found == [[True, unknown], [False, NOT_YOU]]
