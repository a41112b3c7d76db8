# SPDX-License-Identifier: Apache-2.0
"""The registry: one diagnostic for each file in this folder.

Rules: found by file name, in sorted order; a file's name is its dataset's name; folders
that begin with _ hold what several share, and no diagnostics; importing this package
imports no diagnostic, and importing one no examples that have a file of their own; a
reader is handed parameters that were checked, and no others.
Not here: who may ask, consent, once only (`agent/orders`), bounds (`agent/reading.py`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

from agent.collectors import Collector
from agent.host.interface import Host
from agent.rows import Example, Reading, Row, Want
from wire.catalogue import Dataset, System
from wire.diagnostics import Checked, Diagnostic, check_parameters
from wire.discovery import modules
from wire.errors import CatalogueError
from wire.values import Value

REQUEST = "request"
"""The column of every diagnostic by which the rows of one order are found."""
Reader = Callable[[Host, Want, Checked], Reading]
Looks = Callable[[], Iterable[Mapping[str, Value]]]
"""Returns how the agent itself fares, as rows of its self-check."""


@dataclass(frozen=True, slots=True)
class Case:
    """Raw input of a diagnostic and the rows it must give.

    Attributes:
        example: the input and the rows.
        given: the parameters of the request; those left out have their default.
    """

    example: Example
    given: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """One diagnostic with its reader for each operating system.

    Attributes:
        dataset: the declaration of what comes back.
        asked: how it is asked for.
        readers: reader of each operating system that has one.
        load_examples: imports what `examples` are.
    """

    dataset: Dataset
    asked: Diagnostic
    readers: Mapping[System, Reader]
    load_examples: Callable[[], tuple[Case, ...]]

    @property
    def examples(self) -> tuple[Case, ...]:
        """Raw input, parameters and the rows they must give."""
        return self.load_examples()


@cache
def names() -> tuple[str, ...]:
    """Return the names of the diagnostics there are, sorted, importing none."""
    return tuple(name for name in modules(__path__) if not name.startswith("_"))


def source(name: str) -> Source:
    """Import one diagnostic.

    Raises:
        CatalogueError: its file does not declare what a diagnostic must.
    """
    from importlib import import_module  # noqa: PLC0415 - costs nothing until asked

    module = import_module(f"{__name__}.{name}")
    dataset: object = getattr(module, "DATASET", None)
    readers: object = getattr(module, "READERS", None)
    if not isinstance(dataset, Dataset) or dataset.name != name:
        msg = f"diagnostic {name}: declare DATASET with the name of its file"
        raise CatalogueError(msg)
    if dataset.diagnostic is None or dataset.column(REQUEST) is None:
        msg = f"diagnostic {name}: make DATASET with `asked_for`"
        raise CatalogueError(msg)
    if not isinstance(readers, Mapping):
        msg = f"diagnostic {name}: declare READERS"
        raise CatalogueError(msg)
    return Source(dataset, dataset.diagnostic, readers, partial(_load_examples, name))


def sources() -> Mapping[str, Source]:
    """Import all diagnostics and return them by name.

    Raises:
        CatalogueError: a file does not declare what a diagnostic must.
    """
    return {name: source(name) for name in names()}


def bound(found: Source, given: Checked, request: str, own: Looks = tuple) -> Collector:
    """Return a diagnostic as a collector that reads with these parameters.

    Args:
        found: the diagnostic.
        given: its parameters, checked.
        request: id of the order, in hex: the value of the column of that name.
        own: returns how the agent itself fares.
    """
    readers = {
        system: partial(_read, reader, given, request, own)
        for system, reader in found.readers.items()
    }
    return Collector(found.dataset, readers, tuple)


def _read(
    reader: Reader, given: Checked, request: str, own: Looks, host: Host, want: Want
) -> Reading:
    columns = want.columns - {REQUEST}
    reading = reader(host, replace(want, columns=columns, own=own), given)
    if REQUEST not in want:
        return reading
    return Reading(
        [_of_request(row, request) for row in reading.rows],
        reading.cursor,
        reading.skipped,
        reading.truncated,
        reading.refused,
    )


def _of_request(row: Row, request: str) -> Row:
    values = {name: row.value(name) for name in row.columns()}
    return Row({**values, REQUEST: request}, row.names)


def checked(found: Source, given: Mapping[str, str]) -> Checked:
    """Return the parameters of a request.

    Raises:
        ParameterError: one is not as declared.
    """
    return check_parameters(found.asked.parameters, given.items())


def _load_examples(name: str) -> tuple[Case, ...]:
    """Return the EXAMPLES of a diagnostic's file, else of its file in _examples.

    Raises:
        CatalogueError: there are none.
    """
    from importlib import import_module  # noqa: PLC0415 - as above

    for place in (name, f"_examples.{name}"):
        module = f"{__name__}.{place}"
        try:
            found: object = getattr(import_module(module), "EXAMPLES", None)
        except ModuleNotFoundError as problem:
            if problem.name != module:
                raise
            continue
        if isinstance(found, tuple):
            return found
    msg = f"diagnostic {name}: declare EXAMPLES"
    raise CatalogueError(msg)
