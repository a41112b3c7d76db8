# SPDX-License-Identifier: Apache-2.0
"""Has data classes made without compiling five functions for each.

Rules: what a class says, compares, hashes and refuses is as Python's own `dataclasses`
has it, but for a name that a frozen class with slots has not, which is refused as all
others are and not by a TypeError; only `__init__` is still compiled; changes nothing
where that module is not the one that this was written against (Python 3.11, which the
packages bring).
Not here: modules that are left out (`lean.py`).
Source: docs/adr/0093: a class costs a third of the time and half the memory.
"""

import dataclasses
import operator
import sys
from _thread import get_ident
from collections.abc import Callable, Sequence

_WRITTEN_FOR = (3, 11)
_Function = Callable[..., object]
_ORDER: dict[str, _Function] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_telling: set[tuple[int, int]] = set()
"""Values whose `__repr__` is under way, each with its thread: one may hold itself."""


def _values(names: tuple[str, ...]) -> _Function:
    """Return what gives an object's fields as a tuple."""
    if len(names) > 1:
        return operator.attrgetter(*names)
    return lambda self: tuple([getattr(self, name) for name in names])


def _repr_fn(
    fields: "Sequence[dataclasses.Field[object]]", _globals: object
) -> _Function:
    names = tuple([field.name for field in fields])

    def __repr__(self: object) -> str:  # noqa: N807 - it becomes a class's own
        key = id(self), get_ident()
        if key in _telling:
            return "..."
        _telling.add(key)
        try:
            told = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        finally:
            _telling.discard(key)
        return f"{self.__class__.__qualname__}({told})"

    return __repr__


def _cmp_fn(
    name: str, op: str, self_tuple: str, _other_tuple: str, **_globals: object
) -> _Function:
    parts = self_tuple.strip("()").split(",")
    values = _values(tuple([part.partition(".")[2] for part in parts if part]))
    if op == "==":

        def __eq__(self: object, other: object) -> object:  # noqa: N807 - as above
            if other.__class__ is self.__class__:
                return values(self) == values(other)
            return NotImplemented

        return __eq__
    order = _ORDER[op]

    def ordered(self: object, other: object) -> object:
        if other.__class__ is self.__class__:
            return order(values(self), values(other))
        return NotImplemented

    ordered.__name__ = name
    return ordered


def _hash_fn(
    fields: "Sequence[dataclasses.Field[object]]", _globals: object
) -> _Function:
    values = _values(tuple([field.name for field in fields]))

    def __hash__(self: object) -> int:  # noqa: N807 - it becomes a class's own
        return hash(values(self))

    return __hash__


def _frozen_get_del_attr(
    _cls: type, fields: "Sequence[dataclasses.Field[object]]", _globals: object
) -> tuple[_Function, _Function]:
    """Return what refuses to set and to delete.

    Neither holds the class: with slots it is replaced by another, and would stay.
    """
    names = frozenset([field.name for field in fields])

    def __setattr__(self: object, name: str, value: object) -> None:  # noqa: N807 - it becomes a class's own
        owner = _owner(self, __setattr__)
        if owner is type(self) or name in names:
            msg = f"cannot assign to field {name!r}"
            raise dataclasses.FrozenInstanceError(msg)
        super(owner, self).__setattr__(name, value)  # type: ignore[arg-type]  # its own class

    def __delattr__(self: object, name: str) -> None:  # noqa: N807 - it becomes a class's own
        owner = _owner(self, __delattr__)
        if owner is type(self) or name in names:
            msg = f"cannot delete field {name!r}"
            raise dataclasses.FrozenInstanceError(msg)
        super(owner, self).__delattr__(name)  # type: ignore[arg-type]  # its own class

    return __setattr__, __delattr__


def _owner(value: object, method: _Function) -> type:
    """Return the class, of a value's own, that a method was made for."""
    return next(
        each
        for each in type(value).__mro__
        if vars(each).get(method.__name__) is method
    )


def lighten() -> None:
    """Take the place of what compiles these functions."""
    if sys.version_info[:2] != _WRITTEN_FOR:
        return
    for function in (_repr_fn, _cmp_fn, _hash_fn, _frozen_get_del_attr):
        if function.__name__ in vars(dataclasses):
            vars(dataclasses)[function.__name__] = function


lighten()
