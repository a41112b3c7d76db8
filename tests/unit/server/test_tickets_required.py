# SPDX-License-Identifier: Apache-2.0
"""Support is read under a ticket unless config.toml says that it need not be.

Rules: config.toml is as `init` writes it, as an operator changes it, or from before.
Not here: what is read under a ticket (`test_tickets.py`, `test_tickets_apart.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_room import Room
from reader_fixture import Site, make_site, say_of_tickets, table

from server import configuration
from server.commands import serve
from server.errors import DeniedError, UsageError
from server.install import init

pytestmark = pytest.mark.slow
NOTHING = ""
"""What config.toml says of tickets, from before it was asked for."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Install a collector to which one device has said something."""
    made = make_site(tmp_path / "collector")
    made.say(made.enrol("Desk"), [table("event_logs", [{"message": "said"}])])
    yield made
    made.store.close()
    made.keyring.close()


def test_a_new_installation_requires_tickets(tmp_path: Path) -> None:
    """`init` says so in config.toml, beside what the other setting would do."""
    layout = init(tmp_path / "made", "Test", "https://127.0.0.1:8443", [], None, 0)
    settings = configuration.read(layout)
    assert (settings.tickets, settings.tickets_said) == (True, True)
    text = layout.configuration.read_text()
    assert text.index('# "off": under any words') < text.index("[keeper]\ntickets")


@pytest.mark.parametrize("ticket", ["", "any words"])
def test_silence_requires_one(site: Site, ticket: str) -> None:
    """Who upgrades is refused in a sentence that says both ways to go on."""
    say_of_tickets(site.layout, NOTHING)
    with pytest.raises(DeniedError) as refused:
        list(Room(site).ask(ticket=ticket))
    assert refused.value.reason == ("no-such-ticket" if ticket else "no-ticket")
    for words in ("discreet-server ticket open", "--ticket", 'tickets = "off"'):
        assert words in str(refused.value)
    assert (site.acts()[-1].body or {})["denied"] == refused.value.reason


def test_silence_requires_none_for_another_purpose(site: Site) -> None:
    """Only support is bound to tickets."""
    say_of_tickets(site.layout, NOTHING)
    assert list(Room(site).ask(ticket="", purpose="security", sql=""))


@pytest.mark.parametrize("ticket", ["", "any words"])
def test_off_takes_any_words(site: Site, ticket: str) -> None:
    """Whoever wants it says so, and then reads what is of no ticket."""
    say_of_tickets(site.layout, 'tickets = "off"')
    (rows,) = [one["rows"] for one in Room(site).ask(ticket=ticket) if "rows" in one]
    assert rows == [["said"]]


@pytest.mark.parametrize(
    ("words", "count"),
    [(NOTHING, 1), ('tickets = "required"', 0), ('tickets = "off"', 0)],
)
def test_serve_tells_it_once(
    site: Site, words: str, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """An installation from before hears at each start what to write, until it has."""
    say_of_tickets(site.layout, words)
    serve.hint(site.layout, configuration.read(site.layout))
    told = [one for one in capsys.readouterr().err.splitlines() if "[keeper]" in one]
    assert len(told) == count
    assert all(str(site.layout.configuration) in one for one in told)


@pytest.mark.parametrize("said", ['"of"', "true", "[]", '""'])
def test_a_slip_is_no_setting(site: Site, said: str) -> None:
    """A word that means nothing stops the collector, and does not stand for off."""
    say_of_tickets(site.layout, f"tickets = {said}")
    with pytest.raises(UsageError, match="damaged or has an unknown key"):
        configuration.read(site.layout)
