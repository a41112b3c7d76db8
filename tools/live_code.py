# SPDX-License-Identifier: Apache-2.0
"""Puts the code of a changed module into the functions that are loaded already.

Rules: whoever imported a function sees the change, for the function stays and its code
is another; what a module, a class or a default value does when it is loaded cannot be
changed afterwards, and that is said.
Not here: the changes (`mutations.py`), the tests that are run on them (`mutants.py`).
"""

import functools
import gc
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType

_CACHED = type(functools.cache(len))
Name = tuple[str, str, int]
"""File, qualified name and first line of a function."""
Changed = dict[Name, CodeType]
"""Changed code by the name of the function that is to run it."""


def name_of(code: CodeType) -> Name:
    """Return what a function's code is known by.

    Args:
        code: of a function.
    """
    return code.co_filename, code.co_qualname, code.co_firstlineno


class LiveCode:
    """The functions of some files, as they are loaded."""

    def __init__(self, paths: frozenset[str]) -> None:
        """Find them.

        Args:
            paths: of source files, as their code names them.
        """
        self._functions: dict[Name, list[FunctionType]] = {}
        for found in gc.get_objects():
            if isinstance(found, FunctionType) and found.__code__.co_filename in paths:
                self._functions.setdefault(name_of(found.__code__), []).append(found)

    def changed(self, source: CodeType, module: CodeType) -> Changed | None:
        """Return the code of the loaded functions that a change is in, by their names.

        Args:
            source: the module's code without the change.
            module: the same with it.

        Returns:
            None when what is loaded cannot be changed so.
        """
        if not _alike(source, module):
            return None
        found: Changed = {}
        for before, after in zip(_outer(source), _outer(module), strict=True):
            if before == after:
                continue
            found[name_of(before)] = after
            inner, changed = list(_within(before)), list(_within(after))
            if any(name_of(code) in self._functions for code in inner):
                if len(inner) != len(changed):
                    return None
                pairs = zip(inner, changed, strict=True)
                found |= {name_of(was): code for was, code in pairs if was != code}
        for name, code in found.items():
            for function in self._functions.get(name, ()):
                if len(function.__code__.co_freevars) != len(code.co_freevars):
                    return None
        return found

    def put(self, codes: Changed) -> None:
        """Let the loaded functions run changed code; nothing remembered is left.

        Args:
            codes: as `changed` gave them.
        """
        for name, code in codes.items():
            for function in self._functions.get(name, ()):
                function.__code__ = code
        forget()


def forget() -> None:
    """Empty what functions remember of their results."""
    for found in gc.get_objects():
        if isinstance(found, _CACHED):
            found.cache_clear()


def _alike(source: CodeType, module: CodeType) -> bool:
    """Tell whether two codes differ in the functions below them at most."""
    if source.co_code != module.co_code or source.co_names != module.co_names:
        return False
    if len(source.co_consts) != len(module.co_consts):
        return False
    for before, after in zip(source.co_consts, module.co_consts, strict=True):
        if isinstance(before, CodeType) and isinstance(after, CodeType):
            if not _is_function(before) and not _alike(before, after):
                return False
        elif before != after or type(before) is not type(after):
            return False
    return True


def _outer(code: CodeType) -> Iterator[CodeType]:
    """Yield the functions of a module and its classes, not those within functions."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if _is_function(inner):
                yield inner
            else:
                yield from _outer(inner)


def _within(code: CodeType) -> Iterator[CodeType]:
    """Yield the functions within a function."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _within(inner)


def _is_function(code: CodeType) -> bool:
    """Tell functions from the bodies of classes: they have locals of their own."""
    return bool(code.co_flags & 0x02)


def compiled(path: Path, tree: object) -> CodeType:
    """Return a module's code.

    Args:
        path: of its file; absolute, as it is imported.
        tree: its syntax tree or source.
    """
    return compile(tree, str(path), "exec")  # type: ignore[call-overload, no-any-return]
