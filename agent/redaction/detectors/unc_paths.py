# SPDX-License-Identifier: Apache-2.0
r"""The machine in a network path: \\machine\share, with any escaping of backslashes.

Rules: two backslashes before the machine for one behind it, for `\\Windows\\System32`
is only an escaped path; devices, pipes and this machine stay.
Not here: users in paths (`home_paths.py`).
"""

import re

from agent.redaction.detector import Digits, Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.windows_names import host_spans

NAME = "unc_paths"
CLASS = "host"
PATTERN = (
    rb"(?:\\{1,8}(?i:UNC)\\{1,4}|\\{2,8})[A-Za-z0-9\x80-\xff][A-Za-z0-9\x80-\xff_.-]+"
    rb"(?:@[A-Za-z0-9@]+)?(?:\\{1,4}[A-Za-z0-9*{\x80-\xff])?"
)
NEEDS = (b"\\\\", b"\\unc\\")
BESIDE = 2
SPREADS = True
DIGITS = Digits.MATCH

_PARTS = LazyPattern(
    rb"(\\+(?i:UNC\\+)?)([A-Za-z0-9\x80-\xff_.-]+)(?:@[A-Za-z0-9@]+)?(?:(\\+)(.))?\Z",
    re.DOTALL,
)
_NAMELESS = frozenset(
    b"localhost wsl wsl.localhost tsclient device unc globalroot pipe dev".split()
)
_LEADS = (2, 4, 8)
"""Backslashes before a machine: in a text, in JSON, in JSON within JSON."""
_BEFORE = ((b" ", b"=", b"("), (b"", b" ", b"=", b"(", b'"', b"'"))
"""What may stand before a machine without a share, in a text and in JSON."""


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept a machine where the backslashes before and behind it agree."""
    parts = _PARTS.match(match)
    if parts is None or before[-1:] in (b"\\", b":") or before[-1:].isalnum():
        return ()
    lead, name, joint, _ = parts.groups()
    if name.lower().rstrip(b".") in _NAMELESS or (after[:1] == b"$" and joint is None):
        return ()
    count = lead.count(b"\\")
    if b"U" not in lead and b"u" not in lead:
        if joint is not None:
            if count != 2 * len(joint):
                return ()
        elif not _stands_alone(count, name, before, after):
            return ()
    return host_spans(name, parts.start(2))


def _stands_alone(count: int, name: bytes, before: bytes, after: bytes) -> bool:
    r"""Tell whether \\name without a share is a machine, not an escaped word."""
    if after[:1] in (b"\\", b"/", b"{", b"(", b"["):
        return False
    if count not in _LEADS or before[-1:] not in _BEFORE[count > _LEADS[0]]:
        return False
    return name[:2].isupper() or any(byte in b"0123456789-." for byte in name)


HITS = (
    (r"net use \\FS-2\Finance", "FS-2"),
    (r'"path":"\\\\FS-2\\Finance\\x"', "FS-2"),
    (r"\\\\\\\\fs2\\\\Finance", "fs2"),
    (r"\\fs-2.corp.example\share", "fs-2.corp.example"),
    (r"\\?\UNC\FS-2\share", "FS-2"),
    (r"connect to \\FS-2 failed", "FS-2"),
    (r'"client":"\\\\FS-2"', "FS-2"),
    (r"\\dav.example@SSL\DavWWWRoot\x", "dav.example"),
    (r"\\fs2\home$\x, fs2 is down", ", fs2"),
)
MISSES = (
    r'"\\Windows\\System32\\x.dll" C:\\Windows\\x',
    r"\\.\pipe\x and \\?\C:\x and \\localhost\c$",
    r"\\tsclient\C and \\wsl$\Ubuntu",
    r'"TaskName": "\\Microsoft\\Windows\\Defrag"',
    r"text \\nNext line \\t and \\d+",
    r"\\\\*\\IPC$ and \\192.0.2.7\share",
    r"\Device\HarddiskVolume2 and \REGISTRY\MACHINE",
)
WORST = "\\\\a\\b\\\\"
