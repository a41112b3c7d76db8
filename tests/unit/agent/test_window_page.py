# SPDX-License-Identifier: Apache-2.0
"""The local page: all that the plan has and no more, inert, in two languages.

Rules: a real device with real requests; what the page must show comes from its plan.
Not here: a browser's own view of it (`tests/e2e/test_local_page.py`), the window.
"""

import re
import string
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agent.__main__ import main
from agent.plan import PlannedDataset
from agent.state import write
from agent.window.facts import Facts
from agent.window.html import text
from agent.window.page import page
from agent.words import LANGUAGES, language, speech
from tests.order_room import Room, alone
from tests.page_room import HOSTILE, asked_room, shown
from wire.diagnostics import Consent
from wire.order_state import OrderState
from wire.purposes import Purpose
from wire.transforms import transforms


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """Return a device that was asked several things."""
    return asked_room(tmp_path_factory.mktemp("asked"))


@pytest.fixture(scope="module")
def found(here: Room) -> Facts:
    """Return what its page shows."""
    return shown(here)


class Seen(HTMLParser):
    """What a page is made of: tags, addresses, and its text."""

    def __init__(self, source: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: set[str] = set()
        self.text: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag, and where it leads."""
        self.tags.add(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name in {"href", "src", "srcset", "action", "style", "data"}:
                self.addresses.add(value or "")

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.text.append(data)


def _items(found: Facts) -> list[PlannedDataset]:
    assert found.signed is not None
    plan = found.signed.plan
    return [*plan.datasets, *plan.on_request]


@pytest.mark.parametrize("chosen", sorted(LANGUAGES))
def test_it_runs_nothing_and_leads_nowhere(found: Facts, chosen: str) -> None:
    """No script, form, frame, image or address but places of the page itself."""
    seen = Seen(page(found, chosen))
    assert not seen.tags & {
        *("script", "form", "iframe", "img", "link", "object", "embed", "base"),
        *("svg", "input", "button", "video", "audio"),
    }
    assert all(re.fullmatch(r"#[a-z-]+", one) for one in seen.addresses)
    assert HOSTILE in seen.text


def test_it_shows_the_plan_column_for_column(found: Facts) -> None:
    """As often as the plan has a column, its row is there, and no other."""
    source = page(found, "en")
    items = _items(found)
    rows = re.findall(r'<th scope="row">(.*?)</th>', source)
    assert sorted(rows) == sorted(
        column.name.replace(".", ".<wbr>") for item in items for column in item.columns
    )
    for item in items:
        assert text(item.dataset.title) in source
    assert found.signed is not None
    for name in found.signed.plan.disabled:
        assert text(found.catalogue.datasets[name].title) in source


def test_it_shows_who_asked_why_and_what_came_of_it(found: Facts) -> None:
    """Newest first: one waits with its commands, one was denied, refused, and done."""
    states = [one.held.state for one in found.requests]
    assert states == [
        *(OrderState.ASKING, OrderState.DENIED, OrderState.REFUSED, OrderState.DONE),
    ]
    source = page(found, "en")
    short = found.requests[0].held.id[:8]
    for act in ("approve", "deny"):
        assert f"<code>discreet-agent diagnostics {act} {short}</code>" in source
    assert "A request that nobody vouches for" in source
    assert source.count("<dd>ana</dd>") == 4
    assert "<dd>T-1042</dd>" in source
    assert "a person at the machine said no" in source


def test_what_the_machine_settles_is_on_it(here: Room) -> None:
    """A consent in local.toml, and a dataset that it takes away, show at once."""
    before = page(shown(here), "en")
    write(
        here.state.restrictions,
        b'deny = ["dataset:software"]\n[diagnostics]\nlog_slice = "never"\n',
    )
    try:
        after = page(shown(here), "en")
    finally:
        here.state.restrictions.unlink()
    assert before.count("never, on this machine") == 0
    assert after.count("never, on this machine") == 1
    assert "local.toml narrows the policy" in after
    software = text(shown(here).catalogue.datasets["software"].title)
    assert before.count(software) > after.count(software) == 1


def test_rules_that_cannot_be_read_are_said(here: Room) -> None:
    """Nothing is collected then, and the page says why."""
    write(here.state.restrictions, b"not toml")
    try:
        source = page(shown(here), "en")
    finally:
        here.state.restrictions.unlink()
    assert "Nothing is read now: nothing is collected until local.toml" in source
    assert 'id="collected"' not in source


def test_both_languages_say_the_same_things() -> None:
    """Each word of one is in the other, with the same places to put things in."""

    def places(words: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(words) if name}

    english, german = speech("en").texts, speech("de").texts
    assert english.keys() == german.keys()
    assert {k: places(v) for k, v in english.items()} == {
        k: places(v) for k, v in german.items()
    }
    needed = {
        *(f"purpose.{one.value}" for one in Purpose),
        *(f"state.{one.value}" for one in OrderState),
        *(f"consent.{one.value}" for one in Consent),
        *(f"how.{name}" for name in transforms() if name != "drop"),
    }
    assert needed <= english.keys()


def test_a_german_page_says_declarations_in_german(found: Facts) -> None:
    """What data is, what it is for, and the basis; all that a release brings has it."""
    source = page(found, "de")
    assert '<span lang="en">' not in source
    assert "Was ein Log um einen Zeitpunkt herum sagt." in source
    assert "Weisung: Servicevertrag" in source
    assert "around 2025-11-24 02:06:40 UTC, log system" in source


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [("de_AT.UTF-8", "de"), ("de", "de"), ("en_GB", "en"), ("C", "en"), ("", "en")],
)
def test_the_language_is_the_persons(wanted: str, chosen: str) -> None:
    """A locale's first part decides; what there is not is English."""
    assert language(wanted) == chosen


def test_the_command_writes_it_for_this_person_alone(
    here: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A former file is replaced, whatever it was; nobody else can read the new one."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("keep")
    place = tmp_path / "page.html"
    place.symlink_to(elsewhere)
    state = ["--state", str(here.state.directory)]
    assert main([*state, "page", "--language", "de", "--to", str(place)]) == 0
    assert place.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert place.stat().st_mode & 0o777 == 0o600
    assert elsewhere.read_text() == "keep"
    assert main([*state, "page", "--to", str(tmp_path / "no" / "page.html")]) == 2
    assert "name another file with --to" in capsys.readouterr().err


def test_a_machine_that_is_not_enrolled_has_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says that nothing is read."""
    assert main(["--state", str(tmp_path / "none"), "page", "--to", "-"]) == 0
    assert "nothing is read and nothing leaves" in capsys.readouterr().out


def test_a_page_of_a_hundred_requests_folds_most(tmp_path: Path) -> None:
    """Of more than a hundred the newest are shown, five of them unfolded."""
    device = alone(tmp_path)
    for _ in range(101):
        device.send()
    source = page(shown(device), "en")
    assert source.count('<li class="one">') == 100
    assert "95 earlier ones" in source
