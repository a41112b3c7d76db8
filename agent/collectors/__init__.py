# SPDX-License-Identifier: Apache-2.0
"""The registry: one collector for each file in this folder.

Rules: found by file name, in sorted order; a file's name is its dataset's name; folders
that begin with _ hold sources and steps that several share, and no collectors;
importing this package imports no collector.
Not here: running a reader (`agent/pipeline.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from agent.rows import Example, Reader
from wire.catalogue import Catalogue, Dataset, System, build
from wire.errors import CatalogueError


@dataclass(frozen=True, slots=True)
class Collector:
    """One dataset with its reader for each operating system.

    Attributes:
        dataset: the declaration.
        readers: reader of each operating system that has one.
        examples: raw input and the rows it must give.
    """

    dataset: Dataset
    readers: Mapping[System, Reader]
    examples: tuple[Example, ...]


@cache
def names() -> tuple[str, ...]:
    """Return the names of the collectors there are, sorted, importing none."""
    import pkgutil  # noqa: PLC0415 - the resident path never asks for names

    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def collector(name: str) -> Collector:
    """Import one collector.

    Raises:
        CatalogueError: its file does not declare what a collector must.
    """
    from importlib import import_module  # noqa: PLC0415 - costs nothing until asked

    module = import_module(f"{__name__}.{name}")
    dataset: object = getattr(module, "DATASET", None)
    readers: object = getattr(module, "READERS", None)
    examples: object = getattr(module, "EXAMPLES", None)
    if not isinstance(dataset, Dataset) or dataset.name != name:
        msg = f"collector {name}: declare DATASET with the name of its file"
        raise CatalogueError(msg)
    if not isinstance(readers, Mapping) or not isinstance(examples, tuple):
        msg = f"collector {name}: declare READERS and EXAMPLES"
        raise CatalogueError(msg)
    return Collector(dataset, readers, examples)


def collectors() -> Mapping[str, Collector]:
    """Import all collectors and return them by name.

    Raises:
        CatalogueError: a file does not declare what a collector must.
    """
    return {name: collector(name) for name in names()}


def declared() -> Catalogue:
    """Return the catalogue of all declared datasets.

    Raises:
        CatalogueError: a declaration breaks a rule.
    """
    return build([item.dataset for item in collectors().values()])
