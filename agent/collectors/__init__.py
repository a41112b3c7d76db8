# SPDX-License-Identifier: Apache-2.0
"""The registry: one collector for each file in this folder.

Rules: found by file name, in sorted order; a file's name is its dataset's name; folders
that begin with _ hold sources and steps that several share, and no collectors;
importing this package imports no collector, importing a collector no examples that have
a file of their own, and of Windows' readers none that has: a pass has use for neither.
Not here: running a reader (`agent/pipeline.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

from agent.rows import Example, Reader
from wire.catalogue import Dataset, System
from wire.discovery import modules
from wire.errors import CatalogueError


@dataclass(frozen=True, slots=True)
class Collector:
    """One dataset with its reader for each operating system.

    Attributes:
        dataset: the declaration.
        readers: reader of each operating system that has one.
        load_examples: imports what `examples` are.
    """

    dataset: Dataset
    readers: Mapping[System, Reader]
    load_examples: Callable[[], tuple[Example, ...]]

    @property
    def examples(self) -> tuple[Example, ...]:
        """Raw input and the rows it must give."""
        return self.load_examples()


@cache
def names() -> tuple[str, ...]:
    """Return the names of the collectors there are, sorted, importing none."""
    return tuple(name for name in modules(__path__) if not name.startswith("_"))


def collector(name: str) -> Collector:
    """Import one collector.

    Raises:
        CatalogueError: its file does not declare what a collector must.
    """
    from importlib import import_module  # noqa: PLC0415 - costs nothing until asked

    module = import_module(f"{__name__}.{name}")
    dataset: object = getattr(module, "DATASET", None)
    readers: object = getattr(module, "READERS", None)
    if not isinstance(dataset, Dataset) or dataset.name != name:
        msg = f"collector {name}: declare DATASET with the name of its file"
        raise CatalogueError(msg)
    if not isinstance(readers, Mapping):
        msg = f"collector {name}: declare READERS"
        raise CatalogueError(msg)
    return Collector(dataset, readers, partial(_load_examples, name))


def _load_examples(name: str) -> tuple[Example, ...]:
    """Return the EXAMPLES of a collector's file, else of its file in _examples.

    Those of Windows may have one of their own, and then follow.

    Raises:
        CatalogueError: there are none.
    """
    places = (name, f"_examples.{name}", f"_examples.windows_{name}")
    own, apart, windows = map(_declared_examples, places)
    if own is None and apart is None:
        msg = f"collector {name}: declare EXAMPLES"
        raise CatalogueError(msg)
    return (*(own or apart or ()), *(windows or ()))


def _declared_examples(place: str) -> tuple[Example, ...] | None:
    """Return EXAMPLES of a module of this package; None where it is not there."""
    from importlib import import_module  # noqa: PLC0415 - as above

    module = f"{__name__}.{place}"
    try:
        found: object = getattr(import_module(module), "EXAMPLES", None)
    except ModuleNotFoundError as problem:
        if problem.name != module:
            raise
        return None
    return found if isinstance(found, tuple) else None


def collectors() -> Mapping[str, Collector]:
    """Import all collectors and return them by name.

    Raises:
        CatalogueError: a file does not declare what a collector must.
    """
    return {name: collector(name) for name in names()}
