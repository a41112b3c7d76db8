# SPDX-License-Identifier: Apache-2.0
"""The transforms, found by file name: one file is one transform.

Rules: nothing is imported before it is asked for; the order is the alphabet's; an
unknown name withholds the value.
Not here: which transform is stricter (`order.py`) or enough (`requirement.py`).
"""

import importlib
from collections.abc import Iterator, Mapping
from functools import lru_cache

from wire.catalogue import Column
from wire.discovery import modules
from wire.errors import TransformError
from wire.transforms.call import Call
from wire.transforms.transform import Transform, TransformContext
from wire.values import Value, Withheld

_NOT_TRANSFORMS = frozenset({"call", "examples", "order", "requirement", "transform"})


class _Found(Mapping[str, Transform]):
    """The transforms of this folder; each is loaded when it is looked up."""

    def __init__(self) -> None:
        """Find their names."""
        self._loaded: dict[str, Transform | None] = {
            name: None for name in modules(__path__) if name not in _NOT_TRANSFORMS
        }

    def __getitem__(self, name: str) -> Transform:
        """Return a transform.

        Raises:
            KeyError: there is none of that name.
            TransformError: its file does not offer what a transform must.
        """
        found = self._loaded[name]
        if found is None:
            found = self._loaded[name] = _load(name)
        return found

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a transform of that name; none is loaded."""
        return name in self._loaded

    def __iter__(self) -> Iterator[str]:
        """Return all names, in alphabetical order."""
        return iter(self._loaded)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._loaded)


@lru_cache(maxsize=1)
def transforms() -> Mapping[str, Transform]:
    """Return all transforms by name, in alphabetical order."""
    return _Found()


def _load(name: str) -> Transform:
    module = importlib.import_module(f"{__name__}.{name}")
    try:
        transform = Transform(
            module.NAME,
            module.MEANING,
            module.check,
            module.apply,
            module.meet,
            module.meets_needs,
            module.KEEPS,
            module.HIDES,
        )
    except AttributeError as problem:
        msg = f"wire/transforms/{name}.py: declare {problem.name}"
        raise TransformError(msg) from problem
    if transform.name != name:
        msg = f"wire/transforms/{name}.py: NAME must be the file's name"
        raise TransformError(msg)
    return transform


def check_call(call: Call, column: Column) -> None:
    """Refuse a call that is unknown, has wrong arguments or does not fit.

    Raises:
        TransformError: with the column and what to do.
    """
    transform = transforms().get(call.name)
    if transform is None:
        known = ", ".join(transforms())
        msg = f"column {column.name}: no such transform; use one of {known}"
        raise TransformError(msg)
    try:
        transform.check(call.arguments, column)
    except TransformError as problem:
        msg = f"column {column.name}: {problem}"
        raise TransformError(msg) from problem


def apply_call(call: Call, value: Value, context: TransformContext) -> Value | Withheld:
    """Apply a checked call to one value.

    Args:
        call: a call that `check_call` has passed for the context's column.
        value: the raw value.
        context: column, key and scrubber.
    """
    transform = transforms().get(call.name)
    if transform is None:
        return Withheld.UNKNOWN_TRANSFORM
    return transform.apply(value, call.arguments, context)
