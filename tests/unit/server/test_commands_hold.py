# SPDX-License-Identifier: Apache-2.0
"""`hold` as people type it, against a keeper that runs.

Rules: the commands are run as they ship; the keeper is a process.
Not here: what a hold keeps (`test_holding.py`).
"""

import json
import threading
import time
from collections.abc import Iterator

import pytest
from office_fixture import Office, office_of
from reader_fixture import make_site, table

from server.keeper.bounds import ROUND_SECONDS
from server.person import user_name
from wire.limits import CLOCK_SKEW_SECONDS

pytestmark = pytest.mark.slow
ROLES = {"amelie": "requester", "bo": "counsel"}
PATIENCE_SECONDS = 5 * ROUND_SECONDS
"""On a slow machine; the promise is a day."""


def asked_of(office: Office, *more: str, code: int = 0) -> str:
    """Ask for a hold of messages made yesterday or today."""
    return office.typed(
        *("hold", "ask", "--authority", "Court of Examples"),
        *("--review", office.day(90), "--purpose", "support"),
        *("--since", office.day(-1), "--until", office.day()),
        *(*more, *office.signing("amelie")),
        code=code,
    )


def periods(office: Office) -> int:
    """Return to how many keys something may be sealed up to now.

    To two shortly before the next one's time begins, for a clock may be ahead.
    """
    return 2 if office.site.key().end - CLOCK_SKEW_SECONDS <= time.time() else 1


def certified(office: Office) -> list[dict[str, object]]:
    """Return the certificates once there is one: the keeper makes it by itself."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (found := json.loads(office.typed("certificate", "list", "--json"))):
        assert time.monotonic() < until
        threading.Event().wait(1)
    return list(found)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Install a collector with data and two people, and run its keeper."""
    site = make_site(tmp_path_factory.mktemp("hold") / "collector")
    said = [{"message": "a", "user.id": "ann"}, {"message": "b", "user.id": "bo"}]
    site.say(site.enrol("Desk"), [table("event_logs", said)])
    with office_of(site, tmp_path_factory.mktemp("keys"), ROLES) as found:
        yield found


def test_a_hold_is_asked_approved_listed_and_released(office: Office) -> None:
    """Asked and released by two people each; the keeper ends it without a command."""
    kept = "--column", "event_logs.message", "--where", "event_logs.user.id=ann"
    asked = asked_of(office, *kept)
    assert "  event_logs    message\n" in asked
    assert "    only where  user.id among ann\n" in asked
    found = f"1 rows of 1 envelopes under {periods(office)} key periods.\n"
    assert f"In its scope are {found}" in asked
    (case,) = json.loads(office.typed("case", "list", "--json"))
    approve = "--approve", *office.signing("bo")
    told = office.typed("case", "decide", case["id"], *approve)
    assert told.endswith("Signed. The case is done.\n")
    (hold,) = json.loads(office.typed("hold", "list", "--json"))
    assert (hold["case"], hold["released"], hold["rows"]) == (case["id"], 0, 0)
    assert not hold["overdue"]
    assert "authority     Court of Examples\n" in office.typed(
        "hold", "show", case["id"][:12]
    )
    office.typed("hold", "release", case["id"][:12], *office.signing("amelie"))
    (last, _) = sorted(
        json.loads(office.typed("case", "list", "--json")),
        key=lambda one: str(one["kind"]),
        reverse=True,
    )
    assert (last["kind"], last["state"]) == ("release-hold", "asked")
    office.typed("case", "decide", last["id"], *approve)
    (hold,) = json.loads(office.typed("hold", "list", "--json"))
    assert hold["released"] > 0
    (certificate,) = certified(office)
    assert certificate["reason"] == "hold-released"
    shown = office.typed("certificate", "show", "1", code=12)
    words = [line.split()[:3] for line in shown.splitlines()]
    assert [line for line in words if line[:1] in (["amelie"], ["bo"])] == [
        ["amelie", "requester", "ask"],
        ["bo", "counsel", "approve"],
    ]


@pytest.mark.parametrize(
    ("more", "code", "sentence"),
    [
        (("--column", "event_logs.host.name"), 6, "a hold on nothing is refused"),
        (("--column", "event_logs"), 2, "--column names DATASET.COLUMN"),
        (("--column", "event_logs.colour"), 2, "that docs/datasets.md lacks"),
        (
            ("--column", "event_logs.message", "--where", "logins.user.name=x"),
            2,
            "--where names a dataset of which no --column",
        ),
        (
            ("--column", "event_logs.message", "--where", "event_logs.user.id"),
            2,
            "--where is DATASET.COLUMN=VALUE",
        ),
        (("--column", "event_logs.message", "--device", "x"), 2, "is a whole id"),
        (
            ("--column", "event_logs.message", "--device", "00" * 16),
            2,
            "a device that is not enrolled",
        ),
        (
            ("--column", "event_logs.message", "--purpose", "marketing"),
            2,
            "--purpose is one of",
        ),
        (("--column", "event_logs.message", "--since", "now"), 2, "a day is written"),
    ],
)
def test_a_mistake_is_one_sentence(
    office: Office,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    code: int,
    sentence: str,
) -> None:
    """What cannot be held is told, with what to do, and opens no case."""
    before = office.typed("case", "list", "--json")
    asked_of(office, *more, code=code)
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1
    assert office.typed("case", "list", "--json") == before


def test_a_hold_on_nothing_is_in_the_ledger(office: Office) -> None:
    """Who asked for it is a line, with the reason."""
    asked_of(office, "--column", "event_logs.host.name", code=6)
    newest = office.site.acts()[-1]
    assert newest.act == "denied"
    assert newest.body == {"user": user_name(), "denied": "empty-scope"}


def test_only_a_hold_can_be_released(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """Digits that are no hold's are told before anything is signed."""
    office.typed("hold", "release", "zz", *office.signing("amelie"), code=2)
    assert "no hold, or more than one, begins" in capsys.readouterr().err
