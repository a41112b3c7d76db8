# SPDX-License-Identifier: Apache-2.0
"""Reading once more, on request, what a collector reads in its passes.

Rules: the collector's own reader and no second one; what a row is chosen by is asked
for as well and leaves only where it is wanted.
Not here: the readers (`agent/collectors`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from agent.collectors._shared.gather import take
from agent.host.interface import Host
from agent.rows import Reader, Reading, Want
from wire.catalogue import Column, Dataset, System
from wire.errors import CatalogueError
from wire.values import Value

Choose = Callable[[Mapping[str, Value]], Mapping[str, Value] | None]
"""Returns the values of a row that is wanted; None for one that is not."""


def columns_of(dataset: Dataset, *names: str) -> tuple[Column, ...]:
    """Return columns of a collector's dataset, in the order of the names.

    Raises:
        CatalogueError: it has no such column.
    """
    found = [dataset.column(name) for name in names]
    if None in found:
        msg = f"dataset {dataset.name}: no such column to read again"
        raise CatalogueError(msg)
    return tuple(column for column in found if column is not None)


def read_again(
    host: Host,
    want: Want,
    dataset: Dataset,
    readers: Mapping[System, Reader],
    choose: Choose = lambda values: values,
    also: frozenset[str] = frozenset(),
) -> Reading:
    """Return the chosen rows of a collector's reader, as it would read them now.

    Args:
        host: the machine.
        want: columns and bounds.
        dataset: the collector's.
        readers: its readers.
        choose: which rows, and what of them.
        also: columns that they are chosen by.
    """
    if not want.columns:
        return Reading([])
    known = {column.name for column in dataset.columns}
    columns = (want.columns & known) | also
    reader = readers[host.system]
    found = reader(host, replace(want, columns=columns, cursor=None))

    def chosen() -> Iterator[Mapping[str, Value]]:
        for row in found.rows:
            values = choose({name: row.value(name) for name in row.columns()})
            if values is not None:
                yield values

    kept = take(want, chosen())
    truncated = kept.truncated or found.truncated
    return Reading(kept.rows, skipped=found.skipped, truncated=truncated)
