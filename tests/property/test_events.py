# SPDX-License-Identifier: Apache-2.0
"""Which events may be read: lists of names that only ever get shorter.

Rules: the laws hold for whatever a signed message could name.
Not here: narrowing of whole policies (`test_narrowing.py`).
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.collectors._shared.entries import program_name
from agent.collectors._shared.listed import Listed
from agent.host.windows_interface import Channel
from wire.allowed import canonical
from wire.errors import PolicyError
from wire.events import Events, known, meet, read_events

MESSAGE = "39f53479d3a045ac8e11786248231fbf"
NAMES = ("*", "System", "sshd", "journal", "/var/log/syslog")
NUMBERS = ("*", "0", "7036", MESSAGE)
NAMED = st.builds(Events, st.sampled_from(NAMES), st.sampled_from(NUMBERS))
LISTS = st.none() | st.lists(
    NAMED.map(Events.text) | st.sampled_from(("", "everything")), max_size=5
).map(tuple)
PROGRAMS = [name for name in (*NAMES[1:], "cron") if program_name(name) == name]
"""No reader tells a path for a program's name, so none is drawn."""
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "log.source": st.sampled_from((*NAMES[1:], "Application")),
        "service.name": st.sampled_from(PROGRAMS),
        "event.id": st.sampled_from((*NUMBERS[1:], "8")),
    },
)

List = tuple[str, ...] | None


def matched(names: List, event: dict[str, str]) -> bool:
    """Tell whether an event is in a list, by the words of the page."""
    return names is None or any(
        name in ("*", event.get("log.source"), event.get("service.name"))
        and number in ("*", event.get("event.id"))
        for name, slash, number in (text.rpartition("/") for text in names)
        if slash
    )


@given(LISTS, LISTS)
def test_it_does_not_matter_who_is_asked_first(first: List, second: List) -> None:
    """Two lists meet in the same events either way."""
    assert meet(first, second) == meet(second, first)


@given(LISTS, LISTS, LISTS)
def test_the_grouping_does_not_matter(first: List, second: List, third: List) -> None:
    """Three lists meet in the same events, whichever two are first."""
    assert meet(meet(first, second), third) == meet(first, meet(second, third))


@given(LISTS)
def test_a_list_and_itself_is_that_list(first: List) -> None:
    """Saying it twice changes nothing, but for its canonical form."""
    assert meet(first, first) == meet(first, None)
    assert meet(meet(first, None), None) == meet(first, None)


@given(LISTS, LISTS, EVENTS)
def test_what_is_left_is_in_both(
    first: List, second: List, event: dict[str, str]
) -> None:
    """An event that is left is one of either list."""
    if Listed(meet(first, second)).match(event):
        assert matched(first, event)
        assert matched(second, event)


@given(LISTS, EVENTS)
def test_a_reader_drops_what_is_not_listed(names: List, event: dict[str, str]) -> None:
    """An event may become a row exactly where the list names it."""
    assert Listed(names).match(event) == matched(names, event)


@given(LISTS, EVENTS)
def test_a_source_is_asked_for_all_that_is_listed(
    names: List, event: dict[str, str]
) -> None:
    """What a source is asked to choose by leaves no listed event out."""
    listed = Listed(names)
    source, number = event.get("log.source", ""), event.get("event.id")
    if not listed.match(event):
        return
    if source == "journal" and number in {None, MESSAGE}:
        asked = listed.journal()
        assert asked is not None
        assert chosen(asked, event)
    if source == "/var/log/syslog" and number is None:
        assert listed.files((source,)) == (source,)
    if source == "System" and number != MESSAGE:
        kinds = listed.kinds(Channel.SYSTEM)
        assert kinds is not None
        assert not kinds or any(
            kind.provider in {"", event.get("service.name")}
            and kind.identifier in {None, int(number or -1)}
            for kind in kinds
        )


def chosen(asked: tuple[str, ...], event: dict[str, str]) -> bool:
    """Tell whether journalctl would choose an entry, by its manual."""
    entry = {
        f"SYSLOG_IDENTIFIER={event.get('service.name')}",
        f"MESSAGE_ID={event.get('event.id')}",
    }
    groups = " ".join(asked).split(" + ")
    return any(set(group.split()) <= entry for group in groups)


@given(st.text() | st.from_regex(r"[A-Za-z/* .0-9f-]{0,70}"))
def test_any_text_names_events_or_is_refused(text: str) -> None:
    """What is taken is canonical; all else is refused, and matches nothing."""
    try:
        found = read_events(text)
    except PolicyError:
        assert known([text]) == []
        return
    assert found.text() == text
    assert canonical([found]) == (text,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sshd",
        "/",
        "/*",
        "sshd/",
        "sshd/x",
        "sshd/-1",
        "sshd/07",
        "sshd/12345678901",
        "sshd/39F53479D3A045AC8E11786248231FBF",
        "sshd/**",
        "**/1",
        "-x/1",
        " sshd/*",
        "sshd /*",
        "sshd/*\n",
        "a'b/1",
        'a"b/1',
        "a=b/1",
        "\uff53shd/*",
        "x" * 63 + "/*",
    ],
)
def test_what_names_no_event(text: str) -> None:
    """Other spellings, and signs that mean something elsewhere, are refused."""
    with pytest.raises(PolicyError):
        read_events(text)
