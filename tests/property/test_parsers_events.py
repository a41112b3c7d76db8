# SPDX-License-Identifier: Apache-2.0
"""Parsers of shares and events: any bytes give values, never an exception.

Rules: bytes in, values out; no host.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from agent.collectors import shares
from agent.collectors._linux.exports import parse_exports, parse_samba, parse_user_share
from tests.column_types import PYTHON
from wire.catalogue import Dataset, storage
from wire.values import Value

WORDS = st.sampled_from(
    (b"[", b"]", b"=", b"\\\n", b"\n", b'"', b"path", b"/a", b"(", b")", b"\\040", b"#")
)
PIECES = st.lists(WORDS | st.binary(max_size=6), max_size=24).map(b"".join)


def check(dataset: Dataset, found: Sequence[Mapping[str, Value]]) -> None:
    """Fail where a value is not of its column's type, or does not fit it."""
    for values in found:
        for name, value in values.items():
            column = dataset.column(name)
            assert column is not None, name
            if value is None:
                continue
            assert type(value) is PYTHON[storage(column.type)], name
            if isinstance(value, int):
                assert -(2**63) <= value < 2**63, name
            if isinstance(value, str):
                assert "\0" not in value.encode().decode(), name


@given(PIECES)
def test_samba(data: bytes) -> None:
    """Any smb.conf gives shares of the declared types."""
    check(shares.DATASET, parse_samba(data))


@given(PIECES)
def test_user_share(data: bytes) -> None:
    """Any user share gives one of the declared types, or none."""
    found = parse_user_share(data)
    check(shares.DATASET, [found] if found else [])


@given(PIECES)
def test_exports(data: bytes) -> None:
    """Any list of exports gives each folder once, of the declared types."""
    found = parse_exports(data)
    check(shares.DATASET, found)
    assert len({values["path"] for values in found}) == len(found)
