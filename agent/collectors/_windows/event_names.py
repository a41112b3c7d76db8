# SPDX-License-Identifier: Apache-2.0
"""Whom and what an event of Windows names in fields of its own.

Rules: only the names of fields decide; what is found becomes no column, it is hidden in
the event's own text; bounded.
Not here: columns of an event (`_windows/logs.py`), hiding (redaction).
Source: Microsoft, Advanced security auditing; schemas of its providers.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent.budget import EVENT_NAMES, TEXT_BYTES
from agent.collectors._windows.log import (
    SPACE,
    data_of,
    system_attribute,
    user_data_of,
)
from agent.rows import Names

if TYPE_CHECKING:  # trees are made on Windows alone
    from xml.etree.ElementTree import Element

_CLASSES = (
    (re.compile(r"sid\Z"), "sid"),
    (re.compile(r"(?:ip|(?:ip_?|client_?|source_?)address|addr)\Z"), "ip"),
    (re.compile(r"(?:domain|domain_?name|realm|realm_?name)\Z"), "domain"),
    (
        re.compile(
            r"(?:computer|computer_?name|workstation|workstation_?name|client_?name|"
            r"client_?machine|machine_?name|server_?name|host_?name|dc_?name|"
            r"channelname)\Z"
        ),
        "host",
    ),
    (
        re.compile(
            r"(?:user|user_?name|user_?context|account_?name|samname|jobowner|"
            r"principal_?name)\Z"
        ),
        "user",
    ),
)
"""End of a field's name, in small letters without blanks, and the class it means."""


def names_of(root: "Element") -> Names:
    """Return the class and value of what an event names.

    Args:
        root: the event's tree.
    """
    found: dict[tuple[str, str], None] = {}
    for identity, value in _names(root):
        if value.strip() and len(value) <= TEXT_BYTES:
            found[identity, value.strip()] = None
        if len(found) >= EVENT_NAMES:
            break
    return tuple(found)


def _names(root: "Element") -> Iterator[tuple[str, str]]:
    yield "host", root.findtext(f"{SPACE}System/{SPACE}Computer") or ""
    yield "sid", system_attribute(root, "Security", "UserID") or ""
    for name, value in (*data_of(root), *user_data_of(root).items()):
        identity = class_of(name)
        if identity is not None:
            yield identity, value


def class_of(field: str) -> str | None:
    """Return the class of what a field holds; None for no identity.

    Args:
        field: its name: TargetUserName, Detection User.
    """
    name = field.replace(" ", "").lower()
    for pattern, identity in _CLASSES:
        if pattern.search(name):
            return identity
    return None
