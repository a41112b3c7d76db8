# SPDX-License-Identifier: Apache-2.0
"""Letters that a machine drew, and letters that are words.

Rules: every value here was written, or drawn, for this test.
Not here: values with digits and signs (`test_secret_values.py`).
"""

import string
from random import Random

import pytest

from agent.redaction.letter_pairs import is_drawn, is_long_name

DRAWS = 400
_NAMES = """
getUserNameFromToken authorizationManager readAccessTokenFromFile PasswordResetHandler
applicationProperties configurationProvider javaxSecurityAuthentication enableBootLog
systemCertificates refreshTokenRotation XMLHttpRequestFactory HTTPSConnectionPool
windowsDefenderUpdate kubernetesServiceAccount parseJSONWebTokenHeader useProxyServer
Benutzerkontensteuerung Sicherheitsrichtlinie toestemmingsverklaring internetanslutning
configuracionpredeterminada autentificazione uwierzytelnianie jarjestelmanvalvoja
CLIENTAUTHENTICATION AUTHORIZATIONSERVER INSUFFICIENTPERMISSIONS ACCESSTOKENMISSING
supercalifragilistic microservicegateway characteristically thequickbrownfoxjumps
"""
_LONG_NAMES = """
getUserNameFromAccessTokenProvider AuthenticationTokenServiceConfiguration
CONFIGURATIONFILEPERMISSIONS Authentifizierungsmechanismen readRefreshTokenFromDatabase
"""
NAMES = _NAMES.split()
LONG_NAMES = _LONG_NAMES.split()


@pytest.mark.parametrize("name", [*NAMES, *LONG_NAMES])
def test_names_and_words_are_not_drawn(name: str) -> None:
    """Names in camelCase, constants and words of several languages are words."""
    assert not is_drawn(name.encode("ascii"))


@pytest.mark.parametrize("name", LONG_NAMES)
def test_long_names_are_known(name: str) -> None:
    """A name of more letters than a word has is a name still."""
    assert is_long_name(name.encode("ascii"))


@pytest.mark.parametrize(
    "letters",
    ["joinedtoasecretbysomebodyelse", "QwErTyUiOpAsDfGhJkLzXcVbNm", "qxzv" * 8],
)
def test_drawn_and_joined_letters_are_no_names(letters: str) -> None:
    """Small letters only, changing case and odd pairs make no name."""
    assert not is_long_name(letters.encode("ascii"))


@pytest.mark.parametrize(
    "alphabet",
    [string.ascii_letters, string.ascii_lowercase, string.ascii_uppercase],
)
@pytest.mark.parametrize("length", [16, 22, 32])
def test_drawn_letters_are_seen(alphabet: str, length: int) -> None:
    """Of a hundred values that a machine draws, ninety-five are seen at least."""
    draw = Random(f"{alphabet}{length}")  # noqa: S311 - values of a test
    drawn = ["".join(draw.choices(alphabet, k=length)) for _ in range(DRAWS)]
    seen = sum(is_drawn(one.encode("ascii")) for one in drawn)
    assert seen >= DRAWS * 0.95


@pytest.mark.parametrize(
    ("letters", "drawn", "name"),
    [
        (b"logRowSetBusRanAdd", False, True),
        (b"posBoxHotAddTaxCar", False, True),
        (b"LATANARASATALANA", False, True),
        (b"laTaNaRaSaTaLaNa", False, False),
        (b"NTHTAOCRHIVETTAC", False, False),
        (b"ehrlefpeealttrie", False, False),
        (b"TiBnOnVnTuXsAaVaLu", True, False),
    ],
)
def test_case_and_pairs_at_their_bounds(
    letters: bytes,
    drawn: bool,  # noqa: FBT001 - a table's column
    name: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Words of three letters are words, of two are not; a cost has to pass a bound."""
    assert is_drawn(letters) is drawn
    assert is_long_name(letters) is name


def test_the_first_letters_tell() -> None:
    """What stands behind the first sixty-four letters does not count."""
    name = b"connectionauthenticationserverrefusedtoestablishthesecondsession"
    odd = b"qxzvkjwqpfxgzvbh" * 16
    assert not is_drawn(name + odd)
    assert is_long_name((name + odd).upper())
    assert is_drawn(odd + name)
    nearly = b"tctnneiddtmadkoltadegrntbtmlawdnisohusseiuwnamecalhrtifelenooxan"
    assert not is_drawn(nearly + b"q")


def test_few_letters_tell_nothing() -> None:
    """Fifteen letters are not judged, sixteen are."""
    assert not is_drawn(b"qxzvkjwqpfxgzvb")
    assert is_drawn(b"qxzvkjwqpfxgzvbh")
