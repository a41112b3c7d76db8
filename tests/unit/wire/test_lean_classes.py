# SPDX-License-Identifier: Apache-2.0
"""Data classes that are made without a compiler are as Python's own.

Rules: fresh interpreters do the same with classes of both kinds, and must say the same.
Not here: modules that are left out (`test_lean.py`).
"""

import subprocess
import sys
from itertools import zip_longest

import pytest

_BATTERY = """
import copy, pickle
from dataclasses import asdict, dataclass, field, replace

def tried(act):
    try:
        return repr(act())
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"

@dataclass(frozen=True, slots=True)
class Place:
    "A place."
    name: str
    number: int = 3
    hidden: str = field(default="secret", repr=False)
    loose: object = field(default=None, compare=False)

@dataclass(frozen=True, slots=True)
class One:
    "Of one field."
    it: object

@dataclass(frozen=True)
class Empty:
    "Of no field."

@dataclass(frozen=True, slots=True)
class Farther(Place):
    "Of another."
    farther: tuple = ()

@dataclass
class Open:
    "Not frozen."
    name: str
    inner: list = field(default_factory=list)

@dataclass(order=True, frozen=True)
class Ranked:
    "In an order."
    rank: int
    name: str = ""

class Plain(Ranked):
    "No data class itself, with a place for more."

@dataclass(unsafe_hash=True)
class Hashed:
    "Hashed, not frozen."
    name: str

@dataclass(repr=False, eq=False)
class Bare:
    "With nothing made."
    name: str

@dataclass(frozen=True)
class Own:
    "With its own."
    name: str
    def __repr__(self): return "<own>"
    def __eq__(self, other): return True
    def __hash__(self): return 7

def outer():
    @dataclass(frozen=True)
    class Inner:
        "Within a function."
        name: str
    return Inner

nan = float("nan")
place, farther, plain = Place("a"), Farther("a"), Plain(1)
plain.more = 1
looped = Open("l"); looped.inner.append(looped)
acts = [
    lambda: place, lambda: farther, lambda: plain, lambda: looped, lambda: Empty(),
    lambda: One(One(None)), lambda: Ranked(1, "b"), lambda: Own("x"),
    lambda: outer()("i"), lambda: Bare.__repr__ is object.__repr__,
    lambda: place == Place("a"), lambda: place == Place("b"), lambda: place == farther,
    lambda: place == Place("a", loose=1), lambda: place == Place("a", hidden="other"),
    lambda: Ranked(1) == plain, lambda: plain == Plain(1), lambda: place == 3,
    lambda: place.__eq__(3), lambda: Empty() == Empty(), lambda: Bare("a") == Bare("a"),
    lambda: One(nan) == One(nan), lambda: One(float("nan")) == One(float("nan")),
    lambda: Open("a", [1]) == Open("a", [1]), lambda: Own("a") == 3,
    lambda: hash(place) == hash(("a", 3, "secret")), lambda: hash(One(5)) == hash((5,)),
    lambda: hash(Empty()) == hash(()), lambda: hash(Open("a")), lambda: hash(Own("a")),
    lambda: hash(Hashed("a")) == hash(("a",)), lambda: hash(One([])),
    lambda: {place: 1}[Place("a", loose=2)],
    lambda: sorted([Ranked(2), Ranked(1, "b"), Ranked(1, "a")]),
    lambda: Ranked(1) < Ranked(1), lambda: Ranked(1) <= Ranked(1),
    lambda: Ranked(2) > Ranked(1), lambda: Ranked(1) >= Ranked(2),
    lambda: Ranked(1) < 3, lambda: Ranked.__lt__(Ranked(1), 3),
    lambda: setattr(place, "name", 1), lambda: delattr(place, "name"),
    lambda: setattr(farther, "name", 1), lambda: setattr(farther, "farther", 1),
    lambda: delattr(farther, "farther"), lambda: setattr(plain, "rank", 1),
    lambda: setattr(plain, "more", 2), lambda: plain.more,
    lambda: delattr(plain, "more"),
    lambda: hasattr(plain, "more"), lambda: setattr(Empty(), "other", 1),
    lambda: delattr(Ranked(1), "other"), lambda: setattr(Ranked(1), "rank", 1),
    lambda: replace(place, number=4), lambda: asdict(Open("a", [place])),
    lambda: pickle.loads(pickle.dumps(place)) == place,
    lambda: copy.deepcopy(Open("a", [[1]])), lambda: copy.copy(place) == place,
    lambda: [one.__qualname__ for one in (
        Place.__repr__, Place.__eq__, Place.__hash__, Place.__setattr__,
        Place.__delattr__, Ranked.__lt__, Ranked.__ge__)],
    lambda: [one.__name__ for one in (
        Place.__repr__, Place.__eq__, Place.__hash__, Place.__setattr__,
        Place.__delattr__, Ranked.__lt__, Ranked.__ge__)],
]
for number, act in enumerate(acts):
    print(number, tried(act))
"""
_COUNTED = """
import wire.lean, gc, sys
from dataclasses import dataclass
@dataclass(frozen=True, slots=True)
class Thing:
    "A thing."
    name: str
codes = {name: getattr(value, "__code__", None) for name, value in vars(Thing).items()}
compiled = [name for name in codes
            if getattr(codes[name], "co_filename", "") == "<string>"]
gc.collect()
print(compiled, sum(one.__name__ == "Thing" for one in object.__subclasses__()))
"""


def ran(script: str) -> list[str]:
    """Return what a fresh interpreter printed."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_they_say_compare_hash_and_refuse_alike() -> None:
    """Inherited, empty, looped, ordered, with slots and without: all is as before."""
    lean, own = ran(f"import wire.lean\n{_BATTERY}"), ran(_BATTERY)
    assert len(own) > 50
    assert [pair for pair in zip_longest(lean, own) if pair[0] != pair[1]] == []


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="other Pythons make them as they do"
)
def test_only_what_makes_a_value_is_compiled_and_no_class_stays_behind() -> None:
    """What Python makes with slots in place of the first class is the only one left."""
    assert ran(_COUNTED) == ["['__init__'] 1"]
