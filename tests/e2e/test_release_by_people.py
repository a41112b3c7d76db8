# SPDX-License-Identifier: Apache-2.0
"""A release from an agent's pass to a security centre's desk, by the programs alone.

Rules: agent, `serve` and `discreet-open` are processes; everybody has their own key
file and directory; what is on the machine is recorded, and each value occurs once; only
the clock of three days later is the test's.
Not here: all that may be refused (`tests/unit/server/test_commands_share.py`), pushing
(`tests/interchange/test_push.py`).
"""

import datetime as dt
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import centre_room
import pytest
from canary_whole import whole_canary_machine
from centre_room import Centre, fetched, joined, registered, signing, wider
from collector_process import Collector, collector, run
from keeper_fixture import Machine

from server.errors import DeniedError
from server.keeper.process import opened
from server.keeper.rounds import releases as round_of_releases
from server.keeper.sharing import fetching
from server.layout import Layout

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the keeper runs on Unix"),
]
TESTS = Path(__file__).resolve().parents[1]
AGENT = TESTS / "privacy" / "canary_agent.py"
COLUMNS = ("user.name", "outcome", "device", "observed")
READ = ("query", "--purpose", "security", "--reason", "test", "--format", "json")


@dataclass
class World:
    """A collector with an agent's data, two people and a centre."""

    made: Collector
    people: Path
    centre: Centre
    names: set[str]

    def signed(self, name: str) -> tuple[str, ...]:
        """Return the options with which somebody signs."""
        return signing(self.people, name)

    def granted(self) -> str:
        """Let Amelie ask for a grant and Bo approve it; return its id."""
        today = dt.datetime.now(dt.UTC).date()
        days = [str(today + dt.timedelta(days)) for days in (-1, 1)]
        columns = [word for name in COLUMNS for word in ("--column", f"logins.{name}")]
        self.made.ask(
            *("share", "ask", "--recipient", "soc", "--task", "watch logins"),
            *("--basis", "contract 7", "--purpose", "security", *columns),
            *("--since", days[0], "--until", days[1]),
            *("--from", days[0], "--through", days[1]),
            *("--bytes", "1000000", "--format", "jsonl", *self.signed("amelie")),
        )
        return self.approved("share")

    def approved(self, kind: str) -> str:
        """Let Bo approve the one case of a kind that waits; return its id."""
        return centre_room.approved(self.made, self.people, kind)

    def released(self, grant: str) -> Path:
        """Make a release and bring it to the centre; return where it is there."""
        return centre_room.released(self.made, self.centre, grant)

    def opened(self, got: Path) -> Path:
        """Fetch the key of a release and open it at the centre; return the file."""
        return fetched(self.made, self.centre, got) / "logins.jsonl"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run a collector, let an agent ship a pass, and register everybody."""
    place = tmp_path_factory.mktemp("w")
    centre, people = Centre(place / "centre"), place / "people"
    for one in (centre.home, people):
        one.mkdir()
    with collector(place / "collector") as made:
        joined(made, people)
        registered(made, centre)
        wider(made, place)
        centre.root = json.loads(made.ask("root", "show", "--json"))["digest"]
        machine = whole_canary_machine(place / "machine")
        run("discreet-agent", "enrol", made.token(), state=place / "agent")
        path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
        subprocess.run(
            [sys.executable, AGENT, place / "machine", place / "agent"],
            env={**os.environ, "PYTHONPATH": path},
            check=True,
            timeout=120,
        )
        yield World(made, people, centre, set(machine.users))


def held(world: World) -> list[dict[str, str | None]]:
    """Return the logins as a reader of the purpose sees them."""
    sql = 'SELECT "user.name", outcome, device FROM logins'
    return [json.loads(line) for line in world.made.ask(*READ, sql).splitlines()]


def test_a_release_reaches_its_recipient_and_nobody_else(world: World) -> None:
    """Rows as a reader has them, no name among them; receipt, trace, and meaning."""
    rows = held(world)
    assert rows
    got = world.released(world.granted())
    said = world.centre.run("verify", str(got), "--root", world.centre.root)
    assert "asked for by amelie as requester" in said
    assert "approved by bo as approver" in said
    assert "device signatures verified: " in said
    text = world.opened(got).read_text()
    shared = [json.loads(line) for line in text.splitlines()]
    assert len(shared) == len(rows)
    assert {one.get("outcome") for one in shared} == {one["outcome"] for one in rows}
    named = {one[name] for one in rows for name in ("user.name", "device")} - {None}
    assert len(named) > 1
    assert not [name for name in named | world.names if name in text]
    receipt = world.centre.own("receive", got, f"{got.name}.receipt")
    told = world.made.ask("share", "receipt", str(receipt))
    assert told == "The recipient says: received.\n"


def test_a_leaked_piece_names_its_grant(world: World) -> None:
    """Another grant of the same recipient is not named."""
    first, second = world.granted(), world.granted()
    world.opened(world.released(first))
    lines = world.opened(world.released(second)).read_text().splitlines()
    leaked = world.centre.home / "leaked.txt"
    leaked.write_text(" | ".join(sorted(lines)[::2]))
    told = world.made.ask("share", "trace", str(leaked))
    assert second[:12] in told
    assert first[:12] not in told


def test_a_stand_in_has_a_meaning_for_who_may_ask(world: World) -> None:
    """Asked by the centre, by Amelie, approved by Bo: the name, at the centre alone."""
    got = world.released(world.granted())
    lines = world.opened(got).read_text().splitlines()
    shared = [json.loads(line) for line in lines]
    stand_ins = sorted({one["user.name"] for one in shared if one["user.name"]})
    words = [word for one in stand_ins for word in ("--stand-in", one)]
    question = world.centre.own(
        "resolve", got, "question", *words, "--reason", "alert 4711"
    )
    world.made.ask("share", "resolve", str(question), *world.signed("amelie"))
    answer = world.centre.home / "meaning"
    case = world.approved("resolve")
    world.made.ask("share", "meaning", case, "--out", str(answer))
    told = world.centre.own(
        *("meaning", got, "meanings.json"),
        *("--question", str(question), "--answer", str(answer)),
    )
    found = json.loads(told.read_text())
    assert set(found) == set(stand_ins)
    assert set(found.values()) <= {one["user.name"] for one in held(world)}


def test_revoked_is_not_opened(world: World) -> None:
    """Though the parts lie at the centre: their key is given out no more."""
    grant = world.granted()
    got = world.released(grant)
    asked = world.centre.own("fetch", got, "revoked.request")
    world.made.ask("share", "revoke", grant)
    out = ("--out", str(world.centre.home / "no"))
    told = world.made.ask("share", "fetch", str(asked), *out, fails=True)
    assert "was revoked" in told
    world.made.ask("share", "make", grant, fails=True)


def test_expired_is_not_opened(world: World) -> None:
    """A keeper of three days later gives no key of it out, and removes the parts."""
    got = world.released(world.granted())
    asked = world.centre.own("fetch", got, "expired.request").read_bytes()
    world.made.stop()
    layout, later = Layout(world.made.folder), int(time.time()) + 3 * 86_400
    with opened(layout, Machine(later).sources) as desk:
        with pytest.raises(DeniedError, match="the release expired"):
            fetching.give(desk, asked, later)
        round_of_releases.turn(desk, later)
    assert not (layout.releases / got.name).exists()
    world.made.start()
