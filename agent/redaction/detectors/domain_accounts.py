# SPDX-License-Identifier: Apache-2.0
r"""Windows accounts as DOMAIN\name, with one to eight backslashes.

Rules: both parts go; paths, registry keys, devices, escapes (\n, \u00e9) and built-in
authorities stay; a domain is in capitals or has dots.
Not here: accounts after a key word (`windows_fields.py`, `users_in_context.py`).
"""

from agent.redaction.detector import Digits, Found
from agent.redaction.domains import TOP_LEVEL
from agent.redaction.lazily import LazyPattern
from agent.redaction.windows_names import account_spans

NAME = "domain_accounts"
CLASS = "user"
PATTERN = (
    rb"(?:[A-Z0-9][A-Z0-9_-]+|[A-Za-z0-9-]+\.[A-Za-z0-9.-]*[A-Za-z])\\{1,8}"
    rb"[A-Za-z0-9\x80-\xff_$][A-Za-z0-9\x80-\xff_.$-]*"
)
NEEDS = (b"\\",)
BESIDE = 6
SPREADS = True
DIGITS = Digits.MATCH

_LONGEST = 15
"""Characters of a NetBIOS name."""
_SPLIT = LazyPattern(rb"\\+")
_INSIDE = frozenset(b"\\/.%_?~-&$#")
_AFTER = tuple(bytes((byte,)) for byte in b"/:&%*+?{([|")
"""What goes on with a path, a key or a pattern."""
_DRIVE = LazyPattern(rb"(?:\A|[^A-Za-z])[A-Za-z]:\Z")
_NOT_DOMAINS = LazyPattern(
    rb"(?:AUTHORITY|SERVICE|HOST|MANAGER|POLICY|PACKAGE|BUILTIN|HK[A-Z_]+|REGISTRY|SYSTEM|"
    rb"SOFTWARE|WINDOWS|USERS|DEVICE|MACHINE|APPPOOL|DRIVERS|TEMP|SYSTEM32|SYSWOW64|PROGRA|"
    rb"ROOT|ENUM|PCI|USB|HID|ACPI|SWD|STORAGE|DISPLAY|HDAUDIO|BTH[A-Z]*|SCSI|IDE|UEFI|"
    rb"FDC|LPTENUM|MONITOR|TS_[A-Z_]+|TPM|SD|NVME|VMBUS|COL[0-9]+|[VP]ID_.*|VEN_.*|"
    rb"DEV_.*|IG_.*|MI_.*|CIMV2|WMI|USER[A-Z]*|COMPUTERNAME|[A-Z]*APPDATA|WINDIR|HOMEPATH|PNP[0-9A-F]+|BIN|LIB|INC|OBJ|SRC|DATA|"
    rb"[A-Z0-9]|[0-9_-]+)\Z"
)
_FILE = LazyPattern(
    rb"(?i)\.(?:exe|dll|sys|ini|log|txt|bat|cmd|ps1|psm1|msi|inf|dat|tmp|js|py|mui|ocx|"
    rb"cpl|vbs|xml|json|config|etl|evtx|cat|lnk|zip|cab|db|mof|pdb|nls|ttf)\Z"
)
_ESCAPE = LazyPattern(rb"(?:_|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[nrtbf](?:\Z|[A-Z]))")


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept a domain in capitals and a name that no path goes on from."""
    joint = _SPLIT.search(match)
    if joint is None or _goes_on(before, after, len(joint[0])):
        return ()
    domain, name = match[: joint.start()], match[joint.end() :].rstrip(b".-")
    if not _is_domain(domain) or _FILE.search(name):
        return ()
    if len(joint[0]) & 1 and _ESCAPE.match(name):
        return ()
    return account_spans(match[: joint.end() + len(name)], 0)


def _goes_on(before: bytes, after: bytes, joint: int) -> bool:
    """Tell whether it is a part of a path or of a word."""
    if len(after) - len(after.lstrip(b"\\")) == joint:
        return True
    if after[:1] in _AFTER:
        return True
    if not before:
        return False
    last = before[-1]
    return last in _INSIDE or before[-1:].isalnum() or _DRIVE.search(before) is not None


def _is_domain(domain: bytes) -> bool:
    if b"." in domain:
        return domain.lower().rpartition(b".")[2] in TOP_LEVEL
    return len(domain) <= _LONGEST and not _NOT_DOMAINS.match(domain)


HITS = (
    (r"logon by CONTOSO\amelie failed", "amelie"),
    (r"logon by CONTOSO\amelie failed", "CONTOSO"),
    (r'{"User": "WS7\\amelie"}', "amelie"),
    (r"{\"User\": \"WS7\\\\amelie\"}", "amelie"),
    (r'"message":"by WS7\\amelie\r\n"', "amelie"),
    (r"account WS-7\WS-7$ here", "WS-7"),
    (r"/user:CONTOSO\amelie", "amelie"),
    (r"by CONTOSO\svc_x and corp.example.com\amelie", "svc_x"),
    (r"by CONTOSO\svc_x and corp.example.com\amelie", "amelie"),
)
MISSES = (
    r"NT AUTHORITY\SYSTEM logged on",
    r"HKLM\Software\Vendor",
    r"C:\WINDOWS\system32\x.dll",
    r"\REGISTRY\MACHINE\SYSTEM",
    r"bytes \xED\xBE\xAB",
    r"TOOLS\run.exe",
    r"ERROR\nNext line and ABC\u00e9 and END\t",
    r"HDAUDIO\FUNC_01&VEN_15AD and HID\VID_0E0F&PID_000A&COL01\7&1E4BFC40",
    r"v4.0.30319\mscorlib and x.dll\y",
    r"C:FOO\bar",
    r"m/GNAB\s+x/ and NODE\_HOST in Markdown",
)
WORST = "AB\\a AB"
