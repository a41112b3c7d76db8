# SPDX-License-Identifier: Apache-2.0
"""A child waits for the next query: one at most, for one query, and not for ever."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pyarrow as pa
import pytest

from server.errors import QueryError
from server.query.limits import QueryLimits
from server.query.run import End, started
from server.query.spare import Spare

pytestmark = pytest.mark.slow

FAST = QueryLimits(seconds=20)
SOON_SECONDS = 20.0
NUMBERS = pa.schema([("number", pa.int64())])


@pytest.fixture
def spare() -> Iterator[Spare]:
    """A place for one child, which is empty at the end."""
    made = Spare()
    yield made
    made.close()
    assert not made.waits


def asked(spare: Spare) -> object:
    """Ask something of three rows; returns the result's only batch."""
    table = pa.table([[1, 2, 3]], schema=NUMBERS)
    with started(FAST, spare) as query:
        query.plan("SELECT sum(number) FROM numbers", {"numbers": NUMBERS})
        batch, end = query.batches({"numbers": table})
    assert end == End(1, "")
    return batch


def until(holds: Callable[[], bool]) -> None:
    """Wait for something."""
    over = time.monotonic() + SOON_SECONDS
    while not holds():
        assert time.monotonic() < over, "it did not come to be"
        time.sleep(0.01)


def children() -> set[int]:
    """Return the children of this process that run."""
    alive = psutil.Process().children()
    return {one.pid for one in alive if one.status() != psutil.STATUS_ZOMBIE}


def test_none_waits_until_somebody_asked(spare: Spare) -> None:
    """A collector that nobody reads from holds no memory for it."""
    before = children()
    assert not spare.waits
    assert children() == before


def test_none_waits_for_who_was_refused(spare: Spare) -> None:
    """Who may not read, or whose SQL is none, has no memory held."""
    before = children()
    with started(FAST, spare):
        pass  # refused before its SQL was looked at
    with pytest.raises(QueryError), started(FAST, spare) as query:
        query.plan("DROP TABLE numbers", {"numbers": NUMBERS})
    assert not spare.waits
    assert children() == before


def test_a_query_has_the_child_that_waited_and_ends_it(spare: Spare) -> None:
    """Each child has one query: the next has another process."""
    before = children()
    assert asked(spare) == [[6]]
    until(lambda: spare.waits)
    (first,) = children() - before
    assert asked(spare) == [[6]]
    until(lambda: spare.waits)
    (second,) = children() - before
    assert second != first


def test_queries_at_the_same_time_have_a_child_each(spare: Spare) -> None:
    """One waits, the other is started."""
    asked(spare)
    until(lambda: spare.waits)
    with started(FAST, spare) as one, started(FAST, spare) as other:
        for query in (one, other):
            query.plan("SELECT 1", {"numbers": NUMBERS})
        assert [next(query.batches({})) for query in (one, other)] == [[[1]], [[1]]]


def test_one_that_was_killed_while_it_waited_is_handed_to_nobody(spare: Spare) -> None:
    """A machine short of memory may end it: the query has a child of its own."""
    before = children()
    asked(spare)
    until(lambda: spare.waits)
    (waiting,) = children() - before
    os.kill(waiting, signal.SIGKILL)
    until(lambda: not spare.waits)
    assert asked(spare) == [[6]]


def test_it_goes_once_nobody_has_asked_for_a_while() -> None:
    """What waits for nobody ends, and comes again with the next query."""
    before, spare = children(), Spare(idle=1.0)
    asked(spare)
    until(lambda: children() != before)
    until(lambda: children() == before)
    assert not spare.waits
    assert asked(spare) == [[6]]
    until(lambda: children() != before)
    spare.close()


def test_a_child_that_waited_outlives_the_thread_of_the_query_before(
    spare: Spare,
) -> None:
    """The kernel ends a child with the thread that started it."""
    thread = threading.Thread(target=asked, args=(spare,))
    thread.start()
    thread.join()
    until(lambda: spare.waits)
    time.sleep(0.1)  # a signal of the kernel would have come
    assert spare.waits
    assert asked(spare) == [[6]]


def test_where_no_child_can_be_started_the_query_says_so() -> None:
    """The spare one is given up, and what asks has the reason."""
    spare = Spare(command=("/nonexistent/python",))
    spare.want()
    with pytest.raises(FileNotFoundError), started(FAST, spare):
        pass
    spare.close()
    assert not spare.waits
