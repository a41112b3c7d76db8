# SPDX-License-Identifier: Apache-2.0
"""Tokens that show by their own prefix or shape whose they are.

Rules: the whole token is removed; lengths are checked where a prefix is a word.
Not here: JSON web tokens (`jwt.py`), values after a key word (`secret_assignments.py`).
Source: published token formats of each service.
"""

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern

NAME = "token_prefixes"
CLASS = "secret"
_BODY = rb"[A-Za-z0-9_-]+"
_PREFIXES = (
    rb"gh[pousr]_",
    rb"github_pat_",
    rb"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|oas|ffct|rtr)-",
    rb"xox[a-z]-",
    rb"xapp-",
    rb"(?:sk|rk|pk)_(?:live|test|prod)_",
    rb"sk-",
    rb"AIza",
    rb"ya29\.",
    rb"npm_",
    rb"pypi-",
    rb"do[opr]_v1_",
    rb"shp(?:at|ca|pa|ss)_",
    rb"hv[sbr]\.",
    rb"EAA[A-Z]",
    rb"sq0[a-z]{3}-",
    rb"lin_(?:api|oauth)_",
    rb"PMAK-",
    rb"dckr_(?:pat|oat)_",
    rb"AT[AC]TT3",
    rb"NR(?:AK|JS|AL|IQ|II|RA)-",
    rb"gl(?:sa|c)_",
    rb"hf_",
    rb"rubygems_",
    rb"xkeysib-",
    rb"sntry[su]_",
    rb"CFPAT-",
    rb"FLW(?:SEC|PUB)K(?:_TEST)?-",
    rb"dapi[0-9a-f]",
    rb"pul-",
    rb"ops_eyJ",
    rb"dt0c01\.",
    rb"ntn_",
    rb"figd_",
    rb"secret_",
    rb"SG\.",
    rb"key-",
    rb"pscale_(?:tkn|pw|oauth)_",
    rb"duffel_(?:live|test)_",
    rb"EZ[AT]K",
    rb"fio-u-",
    rb"lip_",
    rb"shippo_(?:live|test)_",
    rb"tk-us-",
    rb"r8_",
    rb"PRIVATE-",
    rb"phc_",
    rb"nfp_",
    rb"sbp_",
    rb"dp\.(?:pt|st|ct|sa|scim|audit)\.",
    rb"api_org_",
    rb"LTAI",
    rb"AKID",
    rb"mgp_",
    rb"t1\.",
    rb"sha256~",
    rb"AQVN",
    rb"YC[A-Z]",
    rb"p8e-",
    rb"ico-",
    rb"age1",
    rb"sl\.",
    rb"frp_",
    rb"patkey-",
    rb"rdme_",
    rb"xau_",
    rb"sgp_",
    rb"lsv2_[a-z]{2}_",
    rb"gsk_",
    rb"tfp_",
    rb"vercel_",
    rb"vc[apkir]_",
    rb"fm[12][a-z]?_",
    rb"fo1_",
    rb"heroku_",
    rb"HRKU-",
    rb"infra",
)
_SHAPES = (
    rb"AGE-SECRET-KEY-1[A-Z0-9]+",
    rb"A(?:KIA|SIA|BIA|CCA|3T[A-Z0-9])[A-Z0-9]+",
    rb"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9_/+-]+",
    rb"[A-Za-z0-9.-]+\.webhook\.office\.com/[A-Za-z0-9_/@-]+",
    rb"=?[A-Z][A-Za-z0-9_-]+\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]+",
    rb"[0-9a-f]+-us[0-9]+",
    rb"(?:SK|AC)[0-9a-fx]+",
    rb"[0-9]+:A[A-Za-z0-9_-]+",
    rb"[A-Za-z0-9]+\.atlasv1\.[A-Za-z0-9_=-]+",
    rb"[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]+",
)
"""Shapes without counts of more than a few: a long counted repeat slows RE2 tenfold."""
PATTERN = (
    rb"(?:" + rb"|".join(_PREFIXES) + rb")[A-Za-z0-9_./+=~-]+|" + rb"|".join(_SHAPES)
)
NEEDS: tuple[bytes, ...] = ()
BESIDE = 2
SPREADS = False

_SHORTEST = 20
"""Shortest token: below it a prefix is a word (key-value, sk-learn)."""
_PLAIN = LazyPattern(rb"[a-z_./~-]+\Z|[A-Z_./~-]+\Z")
_ESCAPES = (b"\\t", b"\\n", b"\\r")
_EXACT = LazyPattern(
    rb"(?:AGE-SECRET-KEY-1|hooks\.slack|.*\.webhook\.office\.com/).{8,}\Z"
    rb"|A(?:KIA|SIA|BIA|CCA|3T[A-Z0-9])[A-Z0-9]{12,}\Z"
    rb"|=?[MNO][A-Za-z0-9_-]{22,}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{25,}\Z"
    rb"|[0-9a-f]{32}-us[0-9]{1,2}\Z|(?:SK|AC)[0-9a-fx]{32}\Z|[0-9]{8,10}:A[\w-]{34}\Z"
    rb"|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}\Z"
    rb"|[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}\Z"
)
_PREFIXED = LazyPattern(rb"(?:" + rb"|".join(_PREFIXES) + rb")")


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept a token that starts a word and is too long and mixed to be one."""
    del after
    if (before[-1:].isalnum() or before[-1:] == b"_") and not before.endswith(_ESCAPES):
        return ()
    if _EXACT.match(match):
        return ((0, len(match), CLASS),)
    if not _PREFIXED.match(match) or _PLAIN.match(match):
        return ()
    short = match.startswith((b"xox", b"sk_", b"rk_", b"pk_"))
    if len(match.rstrip(b"./=-")) < (_SHORTEST - 2 if short else _SHORTEST):
        return ()
    return ((0, len(match), CLASS),)


def _example(prefix: str, length: int) -> str:
    """Return a token that no service has given out."""
    return prefix + ("A1b2C3d4E5f6G7h8J9k0" * 10)[:length]


HITS = (
    (f"key {_example('gh' + 'p_', 36)}", _example("gh" + "p_", 36)),
    (f"push {_example('glp' + 'at-', 20)} done", _example("glp" + "at-", 20)),
    (f"id {'AK' + 'IA' + 'QWERTYUIOPASDFGH'}", "AK" + "IA" + "QWERTYUIOPASDFGH"),
    (f"use {_example('sk_' + 'live_', 24)}", _example("sk_" + "live_", 24)),
    (f"bot {_example('xo' + 'xb-', 30)}", _example("xo" + "xb-", 30)),
    (f"maps {_example('AI' + 'za', 35)}", _example("AI" + "za", 35)),
)
MISSES = (
    "sk-learn and key-value stores",
    "the task-list and desk-top",
    "secret_santa and infrastructure",
    "hf_hub_download_directory_name",
)
WORST = "sk-gl-xoxgh"
