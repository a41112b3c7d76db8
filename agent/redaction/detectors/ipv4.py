# SPDX-License-Identifier: Apache-2.0
"""IPv4 addresses, leading zeros included; not version numbers, nor masks.

Rules: loopback, unspecified, multicast and netmask addresses stay: they name nobody;
four numbers are an address unless what stands beside says that they are a version.
Not here: IPv4 inside IPv6 (`ipv6.py`), the machine's own (`identities.py`).
"""

from agent.redaction.detector import Found
from agent.redaction.escapes import escape_end
from agent.redaction.lazily import LazyPattern

NAME = "ipv4"
CLASS = "ip"
PATTERN = rb"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}"
NEEDS: tuple[bytes, ...] = ()
BESIDE = 24
SPREADS = False

_OCTET = 255
_NO_OCTETS = frozenset(b"%d" % number for number in range(_OCTET + 1, 1_000))
_NAMELESS = frozenset({0, 127})
_MULTICAST = 224
_DEBIAN = LazyPattern(rb"-[0-9]{1,2}(?:[ ),]|\Z)")
"""A package's revision behind its release: 1.2.5.1-2."""
_SMALL = 16
"""Products rarely reach a major version of 16 with four parts."""
_PRIVATE = 10
_OBJECT_IDENTIFIER = [1, 3, 6, 1]
_OPENING = rb"[\\\"' :=>(\[]{0,8}(?:[0-9]:)?\Z"
_PRODUCTS = tuple(
    b"chrome/ chromium/ crios/ fxios/ safari/ firefox/ mozilla/ openssl/ apache/ php/ "
    b"curl/ wget/ java/ jdk/ jre/ version/ applewebkit/ opera/ edg/ edga/ edge/ opr/ "
    b"trident/ gecko/ python/ nginx/ openssh/ iis/ electron/ dalvik/ vivaldi/ "
    b"yabrowser/ ucbrowser/ samsungbrowser/ httpclient/ http-client/ python-requests/ "
    b"okhttp/ libwww-perl/ webview/ office/ outlook/ teams/ zoom/ skype/ thunderbird/ "
    b"darwin/ cfnetwork/".split()
)
_OF_FAMILY = LazyPattern(rb"(?:[a-z]-agent|mod_[a-z]+|microsoft-\w+)/\Z")
_VERSION = LazyPattern(
    rb"(?i:(?:version|\b(?:ver\.?|v|release|build|rev\.?|revision|kernel|firmware|"
    rb"driver|assembly|bios|engine|definitions?|signatures?|patch|module|plug-?in|sdk|"
    rb"api|runtime|framework|openssl|flash|player|acrobat|reader|installer|section|chapter|clause|table|oid))"
    + _OPENING
    + rb")"
)
_OPENINGS = b"\\\"' :=>(["
_LAST_LETTERS = frozenset(bytes((byte,)) for byte in b".DEHIKLNRSTVYdehiklnrstvy")
"""What the words before a version end with."""
_UPGRADE = LazyPattern(
    rb"(?i:(?:grad|pdat)(?:ed|ing|e)(?: from)?(?: [0-9.]+ to)? \Z"
    rb"|\((?:<<|<=|=|>=|>>) (?:[0-9]:)?\Z|ersion [0-9.]+ (?:to|->|=>|with|by) \Z)"
)
_PREFIX = LazyPattern(rb"(?i:ip|ipv4|addr|tcp|udp|from|host|src|dst|to)\Z")
_GLUED = frozenset(
    one for one in map(bytes, zip(range(256), strict=True)) if one.isalnum()
) | {b"%", b"#"}
"""What a match may be glued to: a letter, a digit, or the sign of an escape."""
_QUAD = LazyPattern(rb"[0-9]{1,3}(?:\.[0-9]{1,3}){3}\Z")
_DOT_PORT = LazyPattern(
    rb"\.[0-9]{1,5}(?: [<>] | +(?:\*\.\*|[0-9]{1,3}(?:\.[0-9]{1,3}){3}\.)| +[A-Z_]{6})"
)
_ARROWS = (b"> ", b"< ")
_DOT_PORT_LAST = LazyPattern(rb"\.[0-9]{1,5}(?:[:, ]|\Z)")
_TILDE = LazyPattern(rb"[A-Za-z0-9~]~\Z")
_FILE = (
    rb"\.(?:el[0-9]|fc[0-9]|amzn|x86|i[3-6]86|noarch|aarch64|src|jar|[wea]ar|deb|rpm|"
    rb"apk|tar|t?gz|bz2|xz|zip|7z|whl|exe|msi|msu|cab|dll|sys|so|dylib|dmg|pkg|nupkg)\b"
)
_PACKAGE = LazyPattern(
    rb"(?i:-[0-9]+[.~a-z_]|-[0-9a-f]*[a-f][0-9a-f]*\b|_(?:neutral|x64|x86|arm|~|_|none)|[~+]|"
    + _FILE
    + rb")"
)
_REVISION = LazyPattern(
    rb"(?:[+~][A-Za-z0-9]|-[0-9]+(?:\.[0-9]+)*(?:\+b|[a-z]|\.el[0-9]|\.fc[0-9]))|"
    + _FILE
)
_FOLDER = LazyPattern(rb"[A-Za-z0-9_.)-](?:/|\\{1,2}|\\{4})\Z")
_TRANSPORT = LazyPattern(rb"(?i:\b(?:udp|tcp|tls|dtls|sctp|wss?|ip(?:v4)?|https?)/\Z)")
_INSIDE = LazyPattern(rb"(?:/|\\{1,4})[A-Za-z_.%$]")


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept four octets that stand alone and are no version."""
    last = before[-1:]
    glued = last in _GLUED
    parts = match.split(b".")
    if not _NO_OCTETS.isdisjoint(parts[1:] if glued else parts):
        return ()  # most that is none is told by that
    further = (
        after[:1] == b"." and after[1:2].isdigit() and not _has_port(before, after)
    )
    if further or after[:1].isalnum():
        return ()
    start = 0
    if glued:
        escaped = escape_end(before, match)
        if escaped and not _QUAD.match(match, escaped):
            escaped = None
        if escaped is None and last.isalnum() and not _PREFIX.search(before):
            return ()
        start = escaped or 0
    octets = [int(part) for part in (match[start:].split(b".") if start else parts)]
    if max(octets) > _OCTET or octets[0] in _NAMELESS or octets[0] >= _MULTICAST:
        return ()
    if _is_version(octets, before + match[:start], after):
        return ()
    return ((start, len(match), CLASS),)


def _has_port(before: bytes, after: bytes) -> bool:
    """Tell whether the fifth number is a port, as tcpdump and netstat write it."""
    if b" " in after and _DOT_PORT.match(after):
        return True
    return before.endswith(_ARROWS) and _DOT_PORT_LAST.match(after) is not None


def _is_version(octets: list[int], before: bytes, after: bytes) -> bool:
    """Tell whether what stands beside makes it a version or a part of one."""
    last = before[-1:]
    if octets == _OBJECT_IDENTIFIER or (last == b"." and not before[-2:-1].isalpha()):
        return True
    if _is_told(before, last):
        return True
    if (last == b"~" and _TILDE.search(before)) or (
        last != b"-" and _REVISION.match(after)
    ):
        return True
    low = octets[0] < _SMALL and octets[0] != _PRIVATE
    return low and _is_low_version(octets, before, after)


def _is_told(before: bytes, last: bytes) -> bool:
    """Tell whether a word before it says that it is a version.

    What a word ends with is asked first, for it is seldom one.
    """
    if last == b"/":
        return _is_product(before.lower())
    word = before[:-2] if last == b":" and before[-2:-1].isdigit() else before
    if word.rstrip(_OPENINGS)[-1:] in _LAST_LETTERS and _VERSION.search(before):
        return True
    return last in (b" ", b":") and _UPGRADE.search(before) is not None


def _is_product(lowered: bytes) -> bool:
    """Tell whether a text ends with the name of a product and a slash."""
    if lowered.endswith(_PRODUCTS):
        return True
    told = b"-agent/" in lowered or b"mod_" in lowered or b"microsoft-" in lowered
    return told and _OF_FAMILY.search(lowered) is not None


def _is_low_version(octets: list[int], before: bytes, after: bytes) -> bool:
    """Tell whether low numbers are a release, a package's or a folder's version."""
    if not any(octets[1:]) and after[:1] != b"/":
        return True
    if before[-1:] in (b" ", b"(") and _DEBIAN.match(after):
        return True
    if before[-1:] in (b"-", b"_"):
        return _PACKAGE.match(after) is not None
    if _TRANSPORT.search(before) or not _INSIDE.match(after):
        return False
    return _FOLDER.search(before) is not None


HITS = (
    ("from 203.0.113.9 port 22", "203.0.113.9"),
    ("client=198.51.100.7:443", "198.51.100.7"),
    ("BP-1347369012-198.51.100.7-1444660", "198.51.100.7"),
    ("node-7/198.51.100.7:8020", "198.51.100.7"),
    (r"{\"a\":\"\t198.51.100.7\"}", "198.51.100.7"),
    ("octets 198.051.100.007", "198.051.100.007"),
    ("net 10.20.0.0/16", "10.20.0.0"),
    ("rejected [192.0.2.44], retry", "192.0.2.44"),
    ("http%3A%2F%2F192.0.2.44%2Fx", "192.0.2.44"),
    ("to%20198.51.100.7", "198.51.100.7"),
    ("kernel: IN=eth0#011198.51.100.7#011", "198.51.100.7"),
    ("sshd@3-203.0.113.5:22-203.0.113.7:51234.service", "203.0.113.7"),
    (r"\\\\192.0.2.4\\share", "192.0.2.4"),
    ("http://5.9.2.4/x and //5.9.2.4/share", "5.9.2.4"),
    ("/var/log/remote/192.0.2.9/messages", "192.0.2.9"),
    ("x=10.0.0.5-10.0.0.9", "10.0.0.5"),
    ('LocalAddress="IPV4/UDP/5.9.2.4/5060"', "5.9.2.4"),
    ("WARN dfs.Receiver: 10.9.2.4:50010:Got exception", "10.9.2.4"),
    ("~203.0.113.9", "203.0.113.9"),
    ("IP 192.0.2.1.51234 > 198.51.100.2.443: Flags [S]", "192.0.2.1"),
    ("IP 192.0.2.1.51234 > 198.51.100.2.443: Flags [S]", "198.51.100.2"),
    ("tcp4 0 0  192.0.2.1.22   198.51.100.2.512  ESTABLISHED", "192.0.2.1"),
    ("tcp4 0 0  192.0.2.1.22   198.51.100.2.512  ESTABLISHED", "198.51.100.2"),
    ("nat 192.0.2.1->198.51.100.7", "198.51.100.7"),
    ("Reply from 203.0.113.9: bytes=32", "203.0.113.9"),
    ("srcip=203.0.113.9,dstip=198.51.100.7", "198.51.100.7"),
    ("<Data Name='IpAddress'>203.0.113.9</Data>", "203.0.113.9"),
)
MISSES = (
    "Unpacking topology-conf (1.2.5.1-2) ...",
    "status installed conf:all 1.2.5.1-2",
    "listening on 127.0.0.1:53 and 0.0.0.0",
    "netmask 255.255.255.0 group 224.0.0.251",
    "version 10.0.19041.1 of 10.0.1904.1",
    "Chrome/12.0.1.5 Safari",
    "driver v6.1.4.2 loaded",
    'assembly version="6.0.0.0"',
    "libfoo-1.2.3.4-5.el9 installed",
    "oid .1.3.6.1.4.1.2021",
    "part 1.2.3.4.5 of the list",
    "took 300.400.500.600 ms",
    'DriverVersion="17.15.22.6" and "DriverVersion": "17.8.6.1"',
    r"\"FileVersion\": \"17.8.6.1\"",
    '<Data Name="ProductVersion">17.8.6.1</Data>',
    "Paint_1.0.0.5_neutral__8wekyb3d8bbwe",
    "Package_for_KB1~31bf3856ad364e35~amd64~~6.1.1.2",
    "Font Cache 3.0.0.0 (Definition 1.249.109.0)",
    r"C:\Program Files\Tool\5.9.2.4\tool.exe and /opt/tool/5.9.2.4/bin",
    "upgraded from 5.9.2.4 to 5.9.2.5",
    "Depends: tool (>= 5.18.0.240), lib-dev-5.9.2.4-bb8a0, Version: 1:5.9.2.4-1",
    "install tool:amd64 <none> 5.9.2.4-1ubuntu1",
    "tool-5.9.2.4.tar.gz",
    "Flash Player 32.0.0.101 and mod_ssl/2.4.6.1",
    "Section 4.2.1.3 and oid 1.3.6.1",
    "mscorlib, Version=4.5.1.2, Culture=neutral",
)
WORST = "1.1.1.1.1."
