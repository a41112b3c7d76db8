# SPDX-License-Identifier: Apache-2.0
"""Serial numbers of devices, and what names a telephone and its card, beside a word.

Rules: a value needs a digit and is none of the words that makers leave in its place;
equipment numbers and cards of telephones need their check digit where they have one;
serial numbers of zones and certificates are public and stay.
Not here: the machine's own, which the dictionary knows bare (`identities.py`).
Source: SMBIOS, udev, USB and ATA tools; 3GPP TS 23.003; ITU-T E.118.
"""

import re

from agent.redaction.check_digits import luhn
from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern

NAME = "serials"
CLASS = "serial"
_KEYS = (
    rb"iserial[ ]+[0-9]+|[a-z_]*serial[ _-]?(?:number|num|no|nr|short)?\.?|s/n|"
    rb"seriennummer|(?:service|asset)[ _-]?tag|"
    rb"imei[a-z]*(?:[ /_-][a-z]+){0,2}(?:[ ]?[0-9])?|"
    rb"meid|imsi|iccid|esn|eid|udid|wwn|(?:logical unit|lu wwn device) id"
)
_VALUE = rb"[A-Za-z0-9][A-Za-z0-9._/+-]*(?:[ -][0-9]{1,6})*"
_LEAD = (
    rb"(?i:\b(?:" + _KEYS + rb")(?:[\\\"']{0,4}[ \t]*(?:[:=#>]|is)+[ \t]*[\\\"'<(]{0,4}"
    rb"|[ \t]+))"
)
PATTERN = _LEAD + _VALUE
NEEDS = (
    *(b"serial", b"s/n", b"serien", b"tag", b"imei", b"meid", b"imsi"),
    *(b"iccid", b"esn", b"eid", b"udid", b"wwn", b"unit id"),
)
BESIDE = 2
SPREADS = False

_START = LazyPattern(_LEAD)
_WORD = LazyPattern(rb"[A-Za-z0-9][A-Za-z0-9._/+-]*[A-Za-z0-9]")
_SPACED = LazyPattern(rb"[0-9]{2,6}(?:[ -][0-9]{1,6})+")
_TELEPHONE = LazyPattern(rb"(?i)imei|meid|imsi|iccid|eid|esn")
_BARE_SERIAL = LazyPattern(rb"(?i:serial)[^A-Za-z]*\Z")
_PLACEHOLDERS = LazyPattern(
    rb"(?i:to be filled|default|none|not |n/a|unknown|system|0+\Z|x+\Z|1234567890*\Z|"
    rb"0123456789\Z|123456\Z|invalid|empty|null|chassis|base board)"
)
_MARKED = LazyPattern(rb"[:=#>][^a-z0-9]*\Z")
_NAMED = LazyPattern(rb"number|s/n|iserial|tag|num|no\.|nr")
_EQUIPMENT = frozenset({14, 15, 16})
_CHECKED = 15
_SUBSCRIBER = frozenset({14, 15})
_CARD = LazyPattern(rb"89[0-9]{16,20}[Ff]?\Z")
_OTHER = LazyPattern(rb"[0-9A-Fa-f]+\Z")
_OTHERS = frozenset({8, 11, 14, 18, 32})
"""Lengths of ESN, MEID and EID."""
_FEWEST = 5
_FEWEST_BARE = 7
"""Beside the word alone, which zones, ports and certificates have too."""


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept what is built as such a number is and is no placeholder."""
    del before, after
    lead = _START.match(match)
    if lead is None or _PLACEHOLDERS.match(match, lead.end()):
        return ()
    key = lead[0].lower()
    if _TELEPHONE.search(key):
        return _telephone(match, lead.end(), key)
    word = _WORD.match(match, lead.end())
    if word is None or not (_MARKED.search(key) or _NAMED.search(key)):
        return ()
    bare = _BARE_SERIAL.match(key) is not None
    return ((*word.span(), CLASS),) if _is_serial(word[0], bare=bare) else ()


def _is_serial(value: bytes, *, bare: bool) -> bool:
    """Tell whether a word is one that makers give to a device."""
    if not any(byte in b"0123456789" for byte in value):
        return False
    if not bare:
        return len(value) >= _FEWEST
    capitals = value.upper() == value and not value.isdigit()
    return capitals and len(value) >= _FEWEST_BARE


def _telephone(match: bytes, start: int, key: bytes) -> Found:
    """Accept the number of a telephone or its card, checked where it can be."""
    word = _SPACED.match(match, start) or _WORD.match(match, start)
    if word is None:
        return ()
    value = re.sub(rb"[ /-]", b"", word[0])
    count, decimal = len(value), value.isdigit()
    if b"imei" in key:
        right = decimal and count in _EQUIPMENT and (count != _CHECKED or luhn(value))
    elif b"imsi" in key:
        right = decimal and count in _SUBSCRIBER
    elif b"iccid" in key:
        right = _CARD.match(value) is not None
    else:
        right = _OTHER.match(value) is not None and count in _OTHERS
    return ((start, word.end(), CLASS),) if right else ()


HITS = (
    ("Serial Number: 5CD1234XYZ", "5CD1234XYZ"),
    ("S/N: PF0A1B2C", "PF0A1B2C"),
    ("  iSerial                 3 4C530001230405117382", "4C530001230405117382"),
    ("usb 1-1: SerialNumber: 4C530001230405", "4C530001230405"),
    ("ID_SERIAL_SHORT=S3Z8NB0K123456", "S3Z8NB0K123456"),
    ('"serial_number": "C02XK0AAJGH5"', "C02XK0AAJGH5"),
    ("Service Tag: 7ABCDE2", "7ABCDE2"),
    ("IMEI: 490154203237518", "490154203237518"),
    ("imei 49-015420-323751-8", "49-015420-323751-8"),
    ("IMSI=310150123456789", "310150123456789"),
    ("ICCID: 8944501234567890123", "8944501234567890123"),
    ("MEID: A0000000002329", "A0000000002329"),
    ("Serial number 1234-5678 of disk S/N WD-WCC4N1234567", "WD-WCC4N1234567"),
    ("serial=S3Z8NB0K123456 fw=1", "S3Z8NB0K123456"),
    (r"{\"SerialNumber\":\"PF0A1B2C\"}", "PF0A1B2C"),
    ("<SerialNumber>PF0A1B2C</SerialNumber>", "PF0A1B2C"),
)
MISSES = (
    "New USB device strings: Mfr=1, Product=2, SerialNumber=3",
    "Serial Number: To be filled by O.E.M.",
    "Serial Number: Not Specified",
    "zone example.org/IN: loaded serial 2024010101",
    "serial8250: ttyS0 at I/O 0x3f8",
    "certificate serial: 04:ab:17",
    "serial number is wrong",
    "IMEI: 490154203237519",
    "imei is not known and eid=12",
    "ServiceTag: None",
)
WORST = "serial=1 "
