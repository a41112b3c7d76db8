# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent diagnostics`: what a person at the machine reads and says.

Rules: the real command over a real state directory.
Not here: what a yes leads to (`test_orders_running.py`).
"""

import json

import pytest

from agent.__main__ import main
from tests.order_fixture import device_to_ask, technicians  # noqa: F401 - fixtures
from tests.order_room import Room
from wire.order_state import OrderState
from wire.orders import Given

ASKED: dict[str, object] = {
    "diagnostic": "log_slice",
    "parameters": (Given("around", "1763950400"), Given("log", "system")),
}


def _said(
    here: Room, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    code = main(["--state", str(here.state.directory), "diagnostics", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_nothing_was_asked(here: Room, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty list says so in a sentence."""
    assert here.acts() == []
    code, shown, _ = _said(here, capsys)
    assert (code, shown) == (0, "Nobody has asked anything of this machine.\n")


def test_who_asked_what_and_why_is_shown(
    here: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asker, approver, ticket, reason, parameters, consent, and how much was sent."""
    order = here.send(by=["ana", "ben"])
    here.work(order)
    _, shown, _ = _said(here, capsys)
    for words in (
        order[:8],
        "disk_state",
        "done",
        "asked by ana, approved by ben, ticket T-1042",
        "because: the printer's portal does not open",
        "here: allowed here with a notice",
        "sent: 2 rows, redacted and sealed for support",
    ):
        assert words in shown
    _, line, _ = _said(here, capsys, "--json")
    told = json.loads(line)
    assert (told["state"], told["rows"], told["asked_by"]) == ("done", 2, "ana")
    assert told["approved_by"] == ["ben"]


def test_the_words_of_a_stranger_are_not_shown(
    here: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    """A request whose signatures are not good is told by its number and the reason."""
    here.send()
    refused = here.send(here.request(asked_by="ben", id=b"\x01" * 16))
    here.work(refused)
    _, shown, _ = _said(here, capsys)
    assert "not obeyed: it names another than who signed it" in shown
    strange = shown[shown.index(refused[:8]) :]
    assert "(not vouched for)" in strange
    assert "T-1042" not in strange


def test_one_that_waits_says_what_to_type(
    here: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    """It shows both commands, and each does what it says."""
    first, second = (here.send(here.request(**ASKED)) for _ in range(2))
    for order in (first, second):
        here.work(order)
    _, shown, _ = _said(here, capsys)
    assert f"discreet-agent diagnostics approve {first[:8]}" in shown
    assert "with: around 2025-11-24 02:13:20 UTC, log system" in shown
    code, said, _ = _said(here, capsys, "approve", first[:8])
    assert (code, said) == (
        0,
        f"{first[:8]}: It runs once, now, if nothing has changed against it.\n",
    )
    assert _said(here, capsys, "deny", second)[0] == 0
    assert here.held(first).consent == "yes"
    assert here.held(second).state is OrderState.DENIED
    _, shown, _ = _said(here, capsys)
    assert "denied here: a person at the machine said no" in shown


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("approve",), "name the request: discreet-agent diagnostics approve ID"),
        (("approve", "zz"), "no request has an id that begins so"),
        (("approve", ""), "name the request: discreet-agent diagnostics approve ID"),
        (("deny", "0"), "more than one id begins so"),
        (("approve", "00"), "that request does not wait for an answer: it is received"),
        (("--last", "-1"), "--last must be 0 or more"),
    ],
)
def test_a_wrong_word_changes_nothing(
    here: Room,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    """One sentence says what to do; nothing is answered by it."""
    here.send(here.request(id=bytes(16)))
    here.send(here.request(id=b"\x01" * 16))
    code, shown, said = _said(here, capsys, *arguments)
    assert (code, shown) == (2, "")
    assert sentence in said
    assert here.acts() == []


def test_a_yes_after_its_time_is_none(
    here: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    """What waited for longer than five minutes cannot be approved any more."""
    here.now -= 301
    here.remove(issued=here.now + 301)
    order = here.send(here.request(**ASKED))
    here.work(order)
    code, _, said = _said(here, capsys, "approve", order)
    assert (code, here.held(order).consent) == (2, "ask")
    assert "has waited too long, and is denied" in said
