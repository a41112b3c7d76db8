# SPDX-License-Identifier: Apache-2.0
r"""Windows accounts as DOMAIN\name, with one to four backslashes.

Rules: both parts go; paths, registry keys and built-in authorities stay.
Not here: accounts after a key word (`users_in_context.py`).
"""

import re

from agent.redaction.detector import Digits, Found
from agent.redaction.ordinary import BUILT_IN_ACCOUNTS

NAME = "domain_accounts"
CLASS = "user"
PATTERN = (
    rb"[A-Z0-9][A-Z0-9-]{1,14}\\{1,4}[A-Za-z0-9\x80-\xff][A-Za-z0-9\x80-\xff_.$-]*"
)
NEEDS = (b"\\",)
BESIDE = 2
SPREADS = True
DIGITS = Digits.NONE

_SPLIT = re.compile(rb"\\+")
_INSIDE = frozenset(b"\\/:.%_?~-")
_NOT_DOMAINS = re.compile(
    rb"(?:AUTHORITY|SERVICE|HOST|MANAGER|POLICY|PACKAGE|BUILTIN|HK[A-Z]+|REGISTRY|SYSTEM|"
    rb"SOFTWARE|WINDOWS|USERS|DEVICE|MACHINE|APPPOOL|DRIVERS|TEMP|SYSTEM32|PROGRA|"
    rb"ROOT|ENUM|PCI|USB|HID|ACPI|SWD|STORAGE|DISPLAY|[A-Z0-9]|[0-9]+)\Z"
)
_FILE = re.compile(
    rb"(?i)\.(?:exe|dll|sys|ini|log|txt|bat|cmd|ps1|msi|inf|dat|tmp|js|py)\Z"
)
_NAMELESS = frozenset(name.encode("ascii") for name in BUILT_IN_ACCOUNTS)


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept a domain in capitals and a name that no path goes on from."""
    joint = _SPLIT.search(match)
    if joint is None or (before and (before[-1] in _INSIDE or before[-1:].isalnum())):
        return ()
    domain, name = match[: joint.start()], match[joint.end() :].rstrip(b".-")
    if after[:1] in (b"\\", b"/", b":") or _NOT_DOMAINS.match(domain):
        return ()
    if _FILE.search(name):
        return ()
    spans = [(0, joint.start(), "domain")]
    if name.lower() not in _NAMELESS:
        spans.append((joint.end(), joint.end() + len(name), CLASS))
    return tuple(spans)


HITS = (
    (r"logon by CONTOSO\amelie failed", "amelie"),
    (r"logon by CONTOSO\amelie failed", "CONTOSO"),
    (r'{"User": "WS7\\amelie"}', "amelie"),
    (r"account WS-7\WS-7$ here", "WS-7$"),
)
MISSES = (
    r"NT AUTHORITY\SYSTEM logged on",
    r"HKLM\Software\Vendor",
    r"C:\WINDOWS\system32\x.dll",
    r"\REGISTRY\MACHINE\SYSTEM",
    r"bytes \xED\xBE\xAB",
    r"TOOLS\run.exe",
)
WORST = "AB\\a AB"
