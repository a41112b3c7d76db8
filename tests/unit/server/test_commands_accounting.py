# SPDX-License-Identifier: Apache-2.0
"""`discreet-server accounting` and `device show`: what people and programs see.

Rules: a real installation and store; nothing is opened.
Not here: --verify, which asks a reader (`tests/e2e/test_accounting_by_people.py`).
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from reader_fixture import Site, Speaker, make_site, table
from store_chain import spoil

from server import __main__ as program
from server.store.chains import Heard, Hole
from wire.envelope import Gap
from wire.purposes import Purpose
from wire.queue_state import QUEUE_STATE, QueueState

UNBALANCED = 11
LINES = [{"message": "one"}, {"message": "two"}]
QUEUE = QueueState(3, 999, 60, 7, 1, ("spool-full", "mark-overdue"))
SINCE, UNTIL = 1_800_000_000, 1_800_000_900


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Install a collector that the environment names."""
    made = make_site(tmp_path / "collector")
    monkeypatch.setenv(program.VARIABLE, str(made.layout.directory))
    yield made
    made.store.close()
    made.keyring.close()


@pytest.fixture
def desk(site: Site) -> Speaker:
    """Return a device that accepted 4 + 4 + 2 records: seen, void, missing."""
    speaker = site.enrol("Desk")
    tables = [table("event_logs", LINES)]
    site.say(speaker, tables)
    site.put(speaker.gap(Purpose.SUPPORT, Gap(None, SINCE, UNTIL, "source-lost"), 5))
    lost = speaker.seal(site.key(), tables, site.now)
    site.put(speaker.void(lost, Gap(4, SINCE, UNTIL, "damaged")))
    expired = speaker.seal(site.key(), tables, site.now)
    site.put(speaker.void(expired, Gap(1, SINCE, UNTIL, "expired")))
    speaker.seal(site.key(), tables, site.now)  # which never comes
    site.say(speaker, tables)
    hear(site, speaker, accepted=11)
    return speaker


def hear(site: Site, speaker: Speaker, **said: int) -> None:
    """Have the device speak of its first six numbers."""
    whose = site.tenant, speaker.device
    poll = Heard(*whose, "0.1.0", "Linux", speaker.incarnation, 6, 0)
    queue = QUEUE_STATE.encode(QUEUE)
    site.store.heard([replace(poll, queue=queue, **said)], SINCE)


@pytest.mark.usefixtures("desk")
def test_an_account_for_people(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """The terms of the sum are shown that are not zero, and what it comes to."""
    del site
    assert program.main(["accounting", "--device", "Desk"]) == 0
    reason = "(source-lost), 2027-01-15T08:00:00Z to 2027-01-15T08:15:00Z"
    heading, blank, spool, *lines = capsys.readouterr().out.splitlines()
    assert heading.endswith(" Desk")
    assert blank == ""
    assert spool.endswith(", heard 2027-01-15T08:00:00Z")
    assert lines == [
        "  accepted by the spool  11, up to number 6",
        "  visible                4",
        "  gap                    4 (damaged)",
        "  dropped                1 (expired before they were sent)",
        "  under way              2, numbers 5 have not arrived",
        "  difference             0",
        f"  lost before the spool had it: an unknown number of records {reason}",
    ]


def test_an_account_for_programs(
    desk: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON has every term, of each chain and of each purpose and class."""
    assert program.main(["accounting", "--device", "Desk", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    span = {"since": "2027-01-15T08:00:00Z", "until": "2027-01-15T08:15:00Z"}
    (support, _) = shown["chains"][0].pop("classes")[::-1]
    assert shown == {
        "device": desk.device.hex(),
        "chains": [
            {
                "incarnation": desk.incarnation.hex(),
                "heard": "2027-01-15T08:00:00Z",
                "accepted": 11,
                "through": 6,
                "visible": 4,
                "gap": {"damaged": 4},
                "dropped": 1,
                "deleted": 0,
                "under_way": 2,
                "lost_records": 0,
                "difference": 0,
                "later": 0,
                "missing": [[5, 5]],
                "unfillable": [],
                "lost": [],
                "announced": [
                    {
                        "purpose": "support",
                        "retention": "none",
                        "reason": "source-lost",
                        "times": 1,
                        "records": None,
                        **span,
                    }
                ],
            }
        ],
        "damaged": [],
    }
    assert (support["purpose"], support["visible"]) == ("support", 4)
    assert support["voids"] == [
        {"reason": "damaged", "times": 1, "records": 4, **span},
        {"reason": "expired", "times": 1, "records": 1, **span},
    ]


def test_a_difference_has_its_own_code(
    site: Site, desk: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    """More than the spool accepted is told after all was shown."""
    hear(site, desk, accepted=3)
    assert program.main(["accounting", "--device", "Desk", "--json"]) == UNBALANCED
    told = capsys.readouterr()
    assert json.loads(told.out)["chains"][0]["difference"] == -6
    assert "nothing is missing" in told.err


def test_what_the_collector_lost_has_the_same_code(
    site: Site, desk: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number that was given up is the collector's loss, and is named."""
    hole = Hole(site.tenant, desk.device, desk.incarnation, 5, 5)
    site.store.give_up(hole, site.now)
    assert program.main(["accounting", "--device", "Desk"]) == UNBALANCED
    told = capsys.readouterr()
    assert "  lost                   2, numbers 5" in told.out.splitlines()
    assert "restore a newer backup" in told.err


def test_what_nobody_can_send_is_told_before_it_is_given_up(
    site: Site, desk: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    """For a day a backup may bring it back: both commands name it meanwhile."""
    hear(site, desk, accepted=11, marked=5)
    assert program.main(["accounting", "--device", "Desk"]) == UNBALANCED
    told = capsys.readouterr()
    gone = (
        "numbers 5, which the device has deleted: restore a newer backup within a day"
    )
    assert f"  of that gone           {gone}" in told.out.splitlines()
    assert "restore a newer backup" in told.err
    assert program.main(["device", "show", "Desk"]) == 0
    assert "  cannot be sent again  5" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    "flags", [["--purpose", "support"], ["--reason", "x"], ["--ticket", "T-1"]]
)
@pytest.mark.usefixtures("desk")
def test_a_wish_to_open_has_to_say_so(
    flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A purpose without --verify would open nothing, and that is told."""
    assert program.main(["accounting", "--device", "Desk", *flags]) == 2
    assert "--verify" in capsys.readouterr().err


def test_an_account_of_a_silent_device(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """A device that was never heard has no account, and that is no difference."""
    site.enrol("Quiet")
    assert program.main(["accounting", "--device", "Quiet"]) == 0
    assert "Nothing was heard" in capsys.readouterr().out


def test_a_device_is_shown(
    site: Site, desk: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its queue by its word, and its chain with the holes that the store sees."""
    assert program.main(["device", "show", "Desk"]) == 0
    lines = capsys.readouterr().out.splitlines()
    used = site.store.used(site.tenant, desk.device, site.now // 86_400)
    assert lines[0] == f"Device {desk.device.hex()}"
    assert lines[1:] == [
        "  label             Desk",
        "  site              -",
        "  tags              -",
        "  state             active",
        *lines[5:7],
        "  agent             0.1.0",
        "  system            Linux",
        f"  stored today      {used} bytes",
        "  queue             3 envelopes wait, 999 bytes in all",
        "  oldest waiting    60 seconds",
        "  records dropped   7",
        "  losses announced  1",
        "  alarms            spool-full, mark-overdue",
        "",
        f"Spool {desk.incarnation.hex()[:12]}",
        "  whole up to number    4",
        "  highest that arrived  6",
        "  marked up to          0",
        "  used by the device    6, told 2027-01-15T08:00:00Z",
        "  holes                 5",
    ]
    assert used > 0


def test_a_device_is_shown_to_programs(
    desk: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON has the same; the list names the alarms as well."""
    assert program.main(["device", "show", "Desk", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    queue = {"waiting": 3, "octets": 999, "age": 60, "dropped": 7, "gaps": 1}
    assert (shown["queue"], shown["alarms"]) == (queue, list(QUEUE.alarms))
    assert shown["chains"] == [
        {
            "incarnation": desk.incarnation.hex(),
            "end": 4,
            "highest": 6,
            "marked": 0,
            "used": 6,
            "heard": "2027-01-15T08:00:00Z",
            "holes": [[5, 5]],
            "unfillable": [],
            "lost": [],
        }
    ]
    assert program.main(["device", "list", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed["alarms"] == list(QUEUE.alarms)
    assert program.main(["device", "list"]) == 0
    assert "spool-full,mark-overdue" in capsys.readouterr().out


def test_a_device_that_tells_no_queue_is_shown(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Silence is told as silence, not as an empty queue."""
    site.enrol("Quiet")
    assert program.main(["device", "show", "Quiet"]) == 0
    assert "it tells none" in capsys.readouterr().out
    assert program.main(["device", "show", "Quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["queue"] is None


def test_a_damaged_row_is_told_and_the_rest_accounted(
    site: Site, desk: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which row, in a sentence; then a code of its own, and never an internal error."""
    spoil(site.layout.store, "envelopes", "records = x'00' WHERE sequence = 6")
    assert program.main(["accounting", "--device", desk.device.hex()]) == UNBALANCED
    shown = capsys.readouterr()
    name = desk.incarnation.hex()[:8]
    assert f"Not counted: the row of number 6 of {name}" in shown.out
    assert "in envelopes is damaged (records)" in shown.out
    assert "rows of the store are damaged" in shown.err
