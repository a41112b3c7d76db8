# SPDX-License-Identifier: Apache-2.0
"""The store that the office has open for the next question.

Rules: real stores in real files; whether one is open, it says itself.
Not here: what questions do with it (`test_office_acts.py`).
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from server import configuration
from server.configuration import Configuration
from server.errors import StateError
from server.layout import Layout
from server.office.lending import Lender
from server.store.interface import Store
from server.store.sqlite import create_store

TENANT = b"t" * 16


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return an installation that has settings and a store."""
    made = Layout(tmp_path)
    settings = Configuration("https://example.org", (), TENANT, "Example", {})
    configuration.write(made, settings)
    made.store.parent.mkdir()
    create_store(made.store).close()
    return made


@pytest.fixture
def lender() -> Iterator[Lender]:
    """Return what lends stores, closed in the end."""
    made = Lender()
    yield made
    made.close()


def is_open(store: Store) -> bool:
    """Tell whether a store answers."""
    try:
        return store.devices(TENANT) == []
    except StateError:
        return False


def test_the_next_question_has_the_same_store(layout: Layout, lender: Lender) -> None:
    """It is not opened anew."""
    with lender.lend(layout) as first:
        pass
    assert is_open(first)
    with lender.lend(layout) as second:
        assert second is first


def test_questions_at_a_time_have_a_store_each(layout: Layout, lender: Lender) -> None:
    """None waits for another; of those that come back one is kept."""
    with lender.lend(layout) as first, lender.lend(layout) as second:
        assert first is not second
    assert [is_open(second), is_open(first)] == [True, False]


def test_a_store_with_which_something_failed_is_closed(
    layout: Layout, lender: Lender
) -> None:
    """The next question opens it anew, whatever was wrong with it."""
    with pytest.raises(LookupError), lender.lend(layout) as first:
        raise LookupError
    assert not is_open(first)
    with lender.lend(layout) as second:
        assert is_open(second)


def test_a_store_of_another_place_is_not_lent(layout: Layout, lender: Lender) -> None:
    """What the settings name at this question counts."""
    with lender.lend(layout) as first:
        pass
    other = Layout(layout.directory / "other")
    layout.directory.joinpath("other", "store").mkdir(parents=True)
    other.configuration.write_bytes(layout.configuration.read_bytes())
    create_store(other.store).close()
    with lender.lend(other) as second:
        assert second is not first
        assert not is_open(first)


def test_at_the_end_none_stays_open(layout: Layout) -> None:
    """Neither one that waits nor one that comes back later."""
    lender = Lender()
    with ExitStack() as stack:
        late = stack.enter_context(lender.lend(layout))
        with lender.lend(layout) as early:
            pass
        lender.close()
        assert [is_open(early), is_open(late)] == [False, True]
    assert not is_open(late)
