# SPDX-License-Identifier: Apache-2.0
"""The policy grammar of a transform.

Rules: strict, bounded, canonical.
Not here: what the names mean.
"""

import pytest

from wire.errors import TransformError
from wire.transforms.call import Call, format_call, parse_call


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("keep", Call("keep")),
        ("truncate(8)", Call("truncate", (8,))),
        ("shorten_address(24,48)", Call("shorten_address", (24, 48))),
        ("shorten_address(24, 48)", Call("shorten_address", (24, 48))),
        ("bucket(0)", Call("bucket", (0,))),
    ],
)
def test_calls_are_read(text: str, call: Call) -> None:
    """Both forms of the grammar are read."""
    assert parse_call(text) == call


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Keep",
        "keep()",
        "keep ",
        " keep",
        "keep\n",
        "keep(1",
        "keep(-1)",
        "keep(1.5)",
        "keep(01)",
        "keep(1,,2)",
        "keep(1,  2)",
        "keep(1,2,3,4,5)",
        "keep(1)(2)",
        "keep(\u0661)",
        "k" * 33,
        "keep(" + "1" * 60 + ")",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    """Anything outside the grammar is refused, without showing the text."""
    with pytest.raises(TransformError, match="transform"):
        parse_call(text)


def test_the_text_form_is_canonical() -> None:
    """A call is written without spaces."""
    assert format_call(Call("shorten_address", (24, 48))) == "shorten_address(24,48)"
