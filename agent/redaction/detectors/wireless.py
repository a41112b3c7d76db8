# SPDX-License-Identifier: Apache-2.0
"""Names of wireless networks, where a word says that a name follows.

Rules: a quoted name ends at its quote, one behind a colon at the end of its line or at
the next field; words that tools write in place of a name stay.
Not here: the addresses of the access points (`mac.py`), networks the machine knows.
Source: wpa_supplicant, NetworkManager, iw, netsh, Android's WifiInfo, macOS' airport.
"""

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern
from agent.redaction.ordinary import is_ordinary

NAME = "wireless"
CLASS = "ssid"
PATTERN = (
    rb"(?i:\b(?:e?ssid|ssid[ _]?[0-9]*|ssid_?name|network[ _]ssid|network[ _]name|"
    rb"wifi[ _-]?name|802-11-wireless\.ssid|wifi\.ssid|access point|hidden network))"
    rb"[\\\"']{0,4}[ \t]*(?:[:=>][ \t]*|value[ \t]+|[ \t])[\\]{0,4}[\"']?[^\n\r]+"
)
NEEDS = (b"ssid", b"network", b"wifi", b"access point")
BESIDE = 0
SPREADS = False

_LEAD = LazyPattern(
    rb"(?i:[^:=>\"'\\ \t]+(?:[ _](?:ssid|name|point|network|[0-9]+))?)"
    rb"[\\\"']{0,4}[ \t]*(?:[:=>][ \t]*|value[ \t]+|[ \t])"
)
_QUOTED = LazyPattern(rb"(\\{0,4}[\"'])(.*?)\1")
_FIELD = LazyPattern(rb".*?(?=[ \t]*(?:[,;<|)\]}]|[ \t][A-Za-z_ ]+[:=]|\Z))")
_WORD = LazyPattern(rb"[^\s,;\"'<>()\[\]{}]+")
_NAMELESS = LazyPattern(
    rb"(?i:<|\(|0x\Z|null|none|any\Z|off|not |n/a|unknown|hidden|\*+\Z|x+\Z|is |was |"
    rb"scan|list|match|found|for |of |in |with |and |to |the |too |has |from |on |"
    rb"at |does|changed|mismatch|broadcast|length|filter|profile|id\b|connected|"
    rb"disabled|enabled|true|false|[0-9]\Z)"
)
_LONGEST = 32
"""Bytes of a network's name (IEEE 802.11)."""


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept a name of at most 32 bytes that is no word of the tool's own."""
    del before, after
    lead = _LEAD.match(match)
    if lead is None:
        return ()
    start = lead.end()
    quoted = _QUOTED.match(match, start)
    if quoted is not None:
        start, end = quoted.span(2)
    elif b":" in lead[0] or b"=" in lead[0] or b">" in lead[0]:
        field = _FIELD.match(match, start)
        end = field.end() if field else start
    elif b"ssid" not in lead[0].lower():
        return ()
    else:
        word = _WORD.match(match, start)
        end = word.end() if word else start
        if is_ordinary(match[start:end].decode("utf-8", "replace")):
            return ()
    if not 0 < end - start <= _LONGEST or _NAMELESS.match(match[start:end] + b" "):
        return ()
    return ((start, end, CLASS),)


HITS = (
    ("Trying to associate with SSID 'Hive-Guest'", "Hive-Guest"),
    ('wlan0 ESSID:"Hive Five"  Mode:Managed', "Hive Five"),
    ("    SSID                   : HiveHome", "HiveHome"),
    ("SSID 1 : Hive Five", "Hive Five"),
    ("SSID: HiveHome, BSSID: 00:1a:2b:3c:4d:5e", "HiveHome"),
    ('SSID: "HiveHome", BSSID: 00:1a:2b:3c:4d:5e', "HiveHome"),
    ("Config: added 'ssid' value 'HiveHome'", "HiveHome"),
    ("802-11-wireless.ssid:                   HiveHome", "HiveHome"),
    ("ssid=HiveHome freq=2412", "HiveHome"),
    (r"{\"ssid\":\"HiveHome\",\"a\":1}", "HiveHome"),
    ('<Data Name="SSID">HiveHome</Data>', "HiveHome"),
    ("joined ssid HiveHome", "HiveHome"),
)
MISSES = (
    "SSID is not found",
    "ssid list of 3",
    "SSID: <unknown ssid>",
    'ESSID:off/any  ESSID:""',
    "access point of the network",
    "Access Point SNMP Utils",
    "ssid scan took 12 s",
)
WORST = "ssid= ssid: "
