# SPDX-License-Identifier: Apache-2.0
r"""Hashes of passwords and Kerberos tickets: who has one can try or use it.

Rules: only forms that say what they are: crypt(3), bcrypt, argon2, LDAP's {SSHA},
Django's and Werkzeug's, NTLM pairs of a dump, $krb5...$, ticket files in base64;
digests of files and messages stay.
Not here: hashes assigned to a password's name (`secret_assignments.py`).
Source: crypt(5), RFC 2307, the passlib and hashcat documentation of hash formats.
"""

from agent.redaction.detector import Found
from agent.redaction.lazily import LazyPattern

NAME = "password_hashes"
CLASS = "secret"
PATTERN = (
    rb"\$(?:1|2[abxy]?|5|6|7|y|gy|sha1|md5|apr1|P|H|argon2(?:i|d|id)|scrypt|pbkdf2[a-z0-9-]*|"
    rb"bcrypt-sha256|krb5(?:tgs|asrep|pa)|DCC2|NT|mskrb5|keepass|ml|S)\$[A-Za-z0-9./$=,+*@:_#-]+"
    rb"|\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|PBKDF2[A-Z0-9_-]*|ARGON2)\}[A-Za-z0-9+/$.=_,-]+"
    rb"|(?:pbkdf2_sha(?:1|256)|bcrypt_sha256|argon2|scrypt:[0-9]+:[0-9]+:[0-9]+|pbkdf2:sha[0-9]+:[0-9]+)"
    rb"\$[A-Za-z0-9+/$=.,_-]+"
    rb"|\b[0-9A-Fa-f]+:[0-9A-Fa-f]+:::"
    rb"|\bdoI[A-Z][A-Za-z0-9+/]+=*"
    rb"|SCRAM-SHA-(?:1|256)\$[A-Za-z0-9+/:$=]+"
)
NEEDS = (b"$", b"{", b":::", b"doi")
BESIDE = 0
SPREADS = False

_HASH = LazyPattern(
    rb"(?s)\$(?:1|5|6|7|y|gy|md5|apr1|sha1)\$[A-Za-z0-9./$=,+_-]{20,}"
    rb"|\$2[abxy]?\$[0-9]{2}\$[A-Za-z0-9./]{53}.*"
    rb"|\$[PHS]\$[A-Za-z0-9./]{31,}"
    rb"|\$(?:argon2|scrypt|pbkdf2|bcrypt|ml)[^$]*\$.{20,}"
    rb"|\$(?:krb5|DCC2|mskrb5|keepass|NT)[^$]*\$.{16,}"
    rb"|\{[A-Z0-9_-]+\}[A-Za-z0-9+/$.=_,-]{20,}"
    rb"|(?:pbkdf2|bcrypt|argon2|scrypt)[^$]*\$.{20,}"
    rb"|[0-9A-Fa-f]{32}:[0-9A-Fa-f]{32}:::"
    rb"|doI[A-Z][A-Za-z0-9+/]{200,}=*"
    rb"|SCRAM-SHA-(?:1|256)\$[0-9]+:.{20,}"
)
_FIELD = LazyPattern(rb"(?:\$[156y]\$|\$gy\$|\{)[^:]*")
"""A hash that ends where the field of its file does."""
_NTLM = b":::"


def verify(match: bytes, before: bytes, after: bytes) -> Found:
    """Accept a hash of the length that its kind has."""
    del before, after
    if match.endswith(_NTLM) and b"$" not in match:
        whole = _HASH.fullmatch(match) is not None
        return ((0, len(match) - len(_NTLM), CLASS),) if whole else ()
    shadow = _FIELD.match(match)
    end = len(match) if shadow is None else shadow.end()
    end = len(match[:end].rstrip(b".,:*-"))
    return ((0, end, CLASS),) if _HASH.fullmatch(match, 0, end) else ()


_SALTED = "Qx7kPz2m" + "Wv9sLr4tYb6nHc1jDf3gKe5u"
HITS = (
    (f"x:$6$abcdefgh${_SALTED}:19000:0:99999:7:::", _SALTED),
    (f"hash $2y$10${_SALTED[:22] + _SALTED[:31]} end", _SALTED[:31]),
    (f"$argon2id$v=19$m=65536,t=3,p=4$c2FsdA${_SALTED}", _SALTED),
    (f"userPassword: {{SSHA}}{_SALTED}==", _SALTED),
    (f"pbkdf2_sha256$600000$salt${_SALTED}=", _SALTED),
    (f"$krb5tgs$23$*svc$CORP.EXAMPLE$a/b*${'ab12' * 8}${'cd34' * 8}", "cd34" * 8),
    (f"x:500:{'a1b2' * 8}:{'c3d4' * 8}:::", "c3d4" * 8),
)
MISSES = (
    "costs $1$ or $5$ each",
    "${SSHA} {MD5} {CRYPT}",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "a:b:::",
    "{SHA256} digest of the file",
    "doI need it",
)
WORST = "$6$a$6$"
