# SPDX-License-Identifier: Apache-2.0
"""Each transform's own examples.

Rules: a transform without examples does not pass.
Not here: laws of the order (`tests/property/test_transforms.py`).
"""

import pytest

from wire.errors import TransformError
from wire.transforms import apply_call, check_call, transforms
from wire.transforms.call import Call
from wire.transforms.examples import COUNT, TEXT
from wire.transforms.transform import Hides, Keeps, TransformContext

KEY = bytes(range(32))
KEEPS = [
    pytest.param(name, example, id=f"{name}-{number}")
    for name, transform in transforms().items()
    for number, example in enumerate(transform.keeps)
]
HIDES = [
    pytest.param(name, example, id=f"{name}-{number}")
    for name, transform in transforms().items()
    for number, example in enumerate(transform.hides)
]


@pytest.mark.parametrize(("name", "example"), KEEPS)
def test_keeps(name: str, example: Keeps) -> None:
    """An example value becomes exactly what its file says."""
    call = Call(name, example.arguments)
    check_call(call, example.column)
    context = TransformContext(example.column)
    assert apply_call(call, example.value, context) == example.becomes


def _without_amelie(text: str) -> str:
    return text.replace("amelie", "<user-removed>")


@pytest.mark.parametrize(("name", "example"), HIDES)
def test_hides(name: str, example: Hides) -> None:
    """What a file says is hidden does not survive."""
    call = Call(name, example.arguments)
    check_call(call, example.column)
    scrub = _without_amelie
    context = TransformContext(example.column, KEY, scrub, scrub)
    assert example.hidden not in str(apply_call(call, example.value, context))


def test_every_transform_has_examples() -> None:
    """A transform shows what it keeps, and all but keep show what they hide."""
    bare = [
        name
        for name, transform in transforms().items()
        if not transform.keeps or not (transform.hides or name == "keep")
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("text_call", "column"),
    [
        (Call("keep", (1,)), TEXT),
        (Call("drop", (1,)), TEXT),
        (Call("mask"), COUNT),
        (Call("mask", (9,)), TEXT),
        (Call("mask", (1, 2)), TEXT),
        (Call("truncate"), TEXT),
        (Call("truncate", (0,)), TEXT),
        (Call("truncate", (5,)), COUNT),
        (Call("bucket", (0,)), COUNT),
        (Call("bucket", (10,)), TEXT),
        (Call("bucket"), COUNT),
        (Call("pseudonymise"), TEXT),
        (Call("shorten_address", (24,)), TEXT),
        (Call("shorten_address", (33, 48)), TEXT),
        (Call("shorten_address", (24, 129)), TEXT),
        (Call("shorten_address", (24, 48)), COUNT),
        (Call("vendor_only", (1,)), TEXT),
        (Call("vendor_only"), COUNT),
        (Call("shorten_path", (0,)), TEXT),
        (Call("shorten_path", (1, 2)), TEXT),
        (Call("shorten_path"), COUNT),
        (Call("scrub"), COUNT),
        (Call("scrub", (1,)), TEXT),
        (Call("scrub_prefix"), COUNT),
        (Call("scrub_prefix", (24,)), TEXT),
        (Call("launder"), TEXT),
    ],
)
def test_wrong_calls_are_refused(text_call: Call, column: object) -> None:
    """A call that is unknown, misfitting or wrongly numbered is refused with advice."""
    with pytest.raises(TransformError, match=r"column example\."):
        check_call(text_call, column)  # type: ignore[arg-type]  # parametrised


@pytest.mark.parametrize("name", sorted(set(transforms()) - {"keep", "drop"}))
def test_wrong_value_types_are_withheld(name: str) -> None:
    """A value of another type than the transform works on never passes."""
    arguments = {"truncate": (3,), "bucket": (3,), "shorten_address": (24, 48)}
    value = "7" if name == "bucket" else 7
    call = Call(name, arguments.get(name, ()))
    got = apply_call(call, value, TransformContext(TEXT, KEY, str.upper))
    assert got != value


def test_contexts_hide_their_key() -> None:
    """The pseudonym key does not show in the repr of a context."""
    assert repr(KEY) not in repr(TransformContext(TEXT, KEY))
