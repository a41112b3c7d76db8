# SPDX-License-Identifier: Apache-2.0
"""Tests of the page of evidence, over a keeper that runs."""

import time
from pathlib import Path

import pytest
from pages_room import opened, somebody, words

from server.access.actions import Role
from server.console.evidence import duties
from server.desk.asking import ask


@pytest.mark.slow
def test_findings_are_listed_with_their_day(tmp_path: Path) -> None:
    """A finding shows with title, severity and day; without any the page says so."""
    with opened(tmp_path, "keeper") as room:
        ann = somebody(room, [Role.AUDITOR])
        before = words(ann.get("/evidence").text)
        assert "There is no finding." in before
        assert "There is no incident." in before
        assert "discreet-server evidence build FILE" in before
        question = {
            "act": "finding",
            "step": "open",
            "finding": "pt-2026-03",
            "title": "Ports <open>",
            "severity": "high",
            "source": "penetration-test",
            "owner": "officer",
            "due": int(time.time()) + 86_400,
        }
        list(ask(room.installation.layout.keeper_socket, question))
        told = ann.get("/evidence").text
        assert "pt-2026-03" in told
        assert "Ports &lt;open&gt;" in told
        bo = somebody(room, [Role.CLIENT])
        assert bo.get("/evidence").status == 403


def test_a_duty_that_is_overdue_stands_out() -> None:
    """Each duty is told with its state and its day; one that is overdue is marked."""
    late: dict[str, object] = {"whom": "authority", "state": "overdue", "due": 86_400}
    told: dict[str, object] = {"whom": "client", "state": "told", "due": 0}
    assert duties([told, late]).look == "bad"
    assert duties([late]).text == "authority: overdue, 1970-01-02 00:00"
    assert (duties([told]).text, duties([]).text) == ("client: told", "-")
