# SPDX-License-Identifier: Apache-2.0
"""What looks like a real key or token is found, or left, to the byte.

Rules: values are put together from pieces, so that no scanner of secrets takes one of
them for a real one; what stands beside the value is part of the promise.
Not here: lines that no scanner minds (`exact/`, `test_exact.py`).
"""

import base64

import pytest

from agent.redaction.detectors import detectors
from agent.redaction.identities import Identities
from agent.redaction.scanning import compile_pattern
from agent.redaction.text import Scrubber

DETECTORS = {detector.name: detector for detector in detectors()}
GONE = "<secret-removed>"
LETTERS = "A1b2C3d4E5f6G7h8J9k0" * 8


def _der(head: str, size: int) -> str:
    """Return base64 of bytes that begin so, and of so many letters."""
    body = b"what no door was ever opened with, though it is long enough for a key" * 3
    return base64.b64encode(bytes.fromhex(head) + body).decode()[:size]


def _pem(kind: str) -> str:
    text = f"-----BEGIN {kind}-----\n{_der('3082025c020100', 64)}\n"
    return base64.b64encode(text.encode()).decode()


ED25519 = _der("302e020100300506032b6570", 64)
EC = _der("308187020100", 64)
RSA = _der("3082025c020100", 64)
LARGE = _der("308300010002010030", 64)
PRIVATE = "PRIVATE" + " KEY"
PUBLIC = "PUBLIC" + " KEY"
BODY = "AAAAC3NzaC1" + LETTERS
GITHUB = "gh" + "p_"
NPM = "np" + "m_" + LETTERS[:36]
ZAPIER = "https://hooks.zapier" + ".com/hooks/catch/"
VOYAGE = "pa" + "-" + LETTERS[:43]
AMAZON = "AK" + "IA"
MOLLIE = "li" + "ve_" + LETTERS[:30]
TWILIO = "S" + "K"
HEX = "0a1b2c3d" * 4
MAILCHIMP = "-us12"

KEYS = [
    ("private_keys", f"key {ED25519} x", f"key {GONE} x"),
    ("private_keys", f"key {EC} x", f"key {GONE} x"),
    ("private_keys", f"key {RSA} x", f"key {GONE} x"),
    ("private_keys", f"key {RSA[:60]} x", f"key {GONE} x"),
    ("private_keys", f"key {RSA[:59]} x", f"key {RSA[:59]} x"),
    ("private_keys", f'"{RSA}\\n{LETTERS[:63]}\\n"', f'"{GONE}"'),
    ("private_keys", f'"{RSA[:40]}\\n{LETTERS[:40]}"', f'"{GONE}"'),
    *(
        ("private_keys", f"key {other} x", f"key {other} x")
        for other in (
            _der("3082025c120100", 64),
            _der("3082025c020102", 64),
            _der("302e120100", 64),
            _pem(PUBLIC),
            _pem("CERTIFICATE"),
        )
    ),
    ("private_keys", f"pem {_pem(PRIVATE)} x", f"pem {GONE} x"),
    ("private_keys", f"pem {_pem(PRIVATE)[:46]} x", f"pem {GONE} x"),
    (
        "private_keys",
        f"pem {_pem('ENCRYPTED ' + PRIVATE)[:46]} x",
        f"pem {GONE} x",
    ),
    ("private_keys", "pem LS0tLS0tLS0t== x", "pem LS0tLS0tLS0t== x"),
    (
        "private_keys",
        f"pem {base64.b64encode(f'-----BEGIN {PRIVATE}---'.encode()).decode()}=a x",
        f"pem {GONE} x",
    ),
    (
        "private_keys",
        f"a -----BEGIN {PRIVATE}-----\\n{RSA}\\n-----END {PRIVATE}----- b",
        f"a {GONE} b",
    ),
    ("ssh_keys", f"ssh-ed25519 {BODY[:60]} amelie", f"ssh-ed25519 {GONE} amelie"),
    ("ssh_keys", f"ssh-ed25519 {BODY[:59]} x", f"ssh-ed25519 {BODY[:59]} x"),
    ("ssh_keys", f'"{BODY[:60]}\\n"', f'"{GONE}\\n"'),
    ("ssh_keys", f"x {BODY[:60]}\\/A y", f"x {GONE} y"),
    ("ssh_keys", f"x {BODY[:58]}== y", f"x {GONE} y"),
    (
        "ssh_keys",
        f"PrivateKey = {LETTERS[:43]}= x",
        f"PrivateKey = {GONE} x",
    ),
    (
        "ssh_keys",
        f"PrivateKey = {LETTERS[:42]}= x",
        f"PrivateKey = {LETTERS[:42]}= x",
    ),
    (
        "password_hashes",
        f"a:$6$abcdefgh${LETTERS[:86]}:19000:0:99999:7:::",
        f"a:{GONE}:19000:0:99999:7:::",
    ),
    ("password_hashes", f"got $2b$10${LETTERS[:53]}, x", f"got {GONE}, x"),
    (
        "password_hashes",
        f"got $2b$10${LETTERS[:52]}, x",
        f"got $2b$10${LETTERS[:52]}, x",
    ),
]
TOKENS = [
    (f"key {GITHUB}{LETTERS[:36]} x", f"key {GONE} x"),
    (f"key {GITHUB}{LETTERS[:36]}-x", f"key {GONE}-x"),
    (f"key {NPM[:-1]} x", f"key {NPM[:-1]} x"),
    (f"key {NPM}A x", f"key {NPM}A x"),
    (f"x_{NPM} y_{NPM}", f"x_{GONE} y_{GONE}"),
    (f"{NPM}:{NPM}", f"{GONE}:{GONE}"),
    # A body that may hold a dash ends before none.
    (f"key {VOYAGE} x", f"key {GONE} x"),
    (f"key {VOYAGE}-x", f"key {VOYAGE}-x"),
    # Two letters are a prefix, too, and six a body.
    (f"key {'Y' + 'C'}{LETTERS[:38]} x", f"key {GONE} x"),
    (f"bot {'xo' + 'xb-'}{LETTERS[:8]} x", f"bot {GONE} x"),
    (f"bot {'xo' + 'xb-'}{LETTERS[:7]} x", f"bot {'xo' + 'xb-'}{LETTERS[:7]} x"),
    (f"{ZAPIER}1/ab2c x", f"{ZAPIER}{GONE} x"),
    (f"{ZAPIER}1/ab2 x", f"{ZAPIER}1/ab2 x"),
    # A word after an underscore belongs to a longer name.
    (f"key {MOLLIE} x", f"key {GONE} x"),
    (f"key_{MOLLIE} x", f"key_{MOLLIE} x"),
    (f"key=x_y {MOLLIE} x", f"key=x_y {GONE} x"),
    (f"a _{MOLLIE} x", f"a _{MOLLIE} x"),
    # What was written to show where a token goes.
    (f"key {GITHUB}{'abcde' * 7}a x", f"key {GONE} x"),
    (f"key {GITHUB}{'abcd' * 9} x", f"key {GITHUB}{'abcd' * 9} x"),
    (
        f"key {GITHUB}{LETTERS[:29]}Example x",
        f"key {GITHUB}{LETTERS[:29]}Example x",
    ),
    (f"key {AMAZON}{'Q' * 16} x", f"key {GONE} x"),
    (f"key {AMAZON}YOUR{LETTERS[:12].upper()} x", f"key {GONE} x"),
    (f"key {AMAZON}QWERTYUIOEXAMPLE x", f"key {AMAZON}QWERTYUIOEXAMPLE x"),
    (f"key {AMAZON}QWERTYUIOPXXXXXX x", f"key {AMAZON}QWERTYUIOPXXXXXX x"),
    # Shapes without a prefix.
    (f"key {HEX}{MAILCHIMP} x", f"key {GONE} x"),
    (f"key {HEX}{MAILCHIMP}x", f"key {HEX}{MAILCHIMP}x"),
    (f"key {HEX}{MAILCHIMP}-x", f"key {GONE}-x"),
    (f"key a{HEX}{MAILCHIMP} x", f"key a{HEX}{MAILCHIMP} x"),
    (f"key x_{HEX}{MAILCHIMP} x", f"key x_{GONE} x"),
    (
        f"key {'0' * 12}{HEX[:20]}{MAILCHIMP} x",
        f"key {'0' * 12}{HEX[:20]}{MAILCHIMP} x",
    ),
    (f"key {TWILIO}{'x' * 32} x", f"key {GONE} x"),
    (f"key {TWILIO}{HEX} x", f"key {GONE} x"),
    (f"key {TWILIO}{HEX[1:]} x", f"key {TWILIO}{HEX[1:]} x"),
    (f"key {HEX}{MAILCHIMP},{TWILIO}{HEX}", f"key {GONE},{GONE}"),
    (f"key {TWILIO}{HEX},{HEX}{MAILCHIMP}", f"key {GONE},{GONE}"),
]
CASES = [*KEYS, *(("token_prefixes", *one) for one in TOKENS)]


@pytest.mark.parametrize(
    ("name", "line", "becomes"),
    [pytest.param(*one, id=f"{one[0]}-{at}") for at, one in enumerate(CASES)],
)
def test_a_key_is_found_exactly(name: str, line: str, becomes: str) -> None:
    """One detector alone makes of a line what stands beside it."""
    scrubber = Scrubber(Identities(), None, using=[DETECTORS[name]])
    assert scrubber.scrub(line) == becomes


def test_a_plain_line_is_not_looked_at() -> None:
    """Words without a token's prefix are passed over by the pattern itself."""
    pattern = compile_pattern(DETECTORS["token_prefixes"].pattern)
    line = b"Accepted connections while negotiating: authentication-method=unchanged"
    assert not list(pattern.places(line, lambda: None))
