# SPDX-License-Identifier: Apache-2.0
"""What a technician sees before they sign, and what they have signed then.

Rules: the program runs as it ships; whether a proof counts is said by `wire`.
Not here: pages (`test_pages.py`), real browsers (`tests/e2e/test_authorise.py`).
"""

from pathlib import Path

import pytest
from authorise_room import LOG_N, drafted, request, typed, words

from technician import keys
from wire.authorisation import unauthorised
from wire.orders import Given, read_order
from wire.refusals import Refusal
from wire.technicians import TECHNICIAN, Technician

NAMES = ("Lena", "Max")


@pytest.fixture
def people(tmp_path: Path) -> dict[str, Technician]:
    """Return two technicians with key files of their names, as a root names them."""
    for name in NAMES:
        keys.make_key(tmp_path / name, name, words(tmp_path).read_bytes(), LOG_N)
    return {
        name: TECHNICIAN.decode((tmp_path / f"{name}.public").read_bytes())
        for name in NAMES
    }


def signed(place: Path, path: Path, name: str, out: str, code: int = 0) -> str:
    """Let somebody sign a file; return what is said."""
    key = "--key", place / name, "--passphrase-file", place / "words"
    return typed("sign", path, *key, "--yes", "--out", place / out, code=code)


def verdict(place: Path, out: str, people: dict[str, Technician]) -> Refusal | None:
    """Return what a device says of an order to something sensitive."""
    order, asked = read_order((place / out).read_bytes())
    known = list(people.values())
    return unauthorised(order, asked, known, (), sensitive=True)


def test_each_thing_that_is_signed_is_shown(tmp_path: Path) -> None:
    """Diagnostic, parameters, device, ticket, reason, limits and times have a line."""
    asked = request()
    shown = typed("show", drafted(tmp_path, id=asked.id))
    for text in (
        *("How one service fares", "service_state", "“cups”", "“T-1042”", "“Lena”"),
        *("“the printer does not answer”", "10 seconds", "50 rows", "64 KiB"),
        *("6464 6464", "6969 6969", "7474 7474", "support", "UTC"),
    ):
        assert text in shown


@pytest.mark.slow
def test_a_key_file_signs_what_was_shown(
    tmp_path: Path, people: dict[str, Technician]
) -> None:
    """The words come before the key is used, and the proof is of the same octets."""
    path = drafted(tmp_path)
    said = signed(tmp_path, path, "Lena", "order")
    assert said.index("“cups”") < said.index("is signed")
    order, _ = read_order((tmp_path / "order").read_bytes())
    assert order.request == path.read_bytes()
    assert verdict(tmp_path, "order", people) is Refusal.NOT_APPROVED


@pytest.mark.slow
def test_a_second_person_adds_their_signature(
    tmp_path: Path, people: dict[str, Technician]
) -> None:
    """Who approves signs the order of who asked, and it needs no third."""
    signed(tmp_path, drafted(tmp_path), "Lena", "one")
    signed(tmp_path, tmp_path / "one", "Max", "two")
    assert verdict(tmp_path, "two", people) is None
    shown = typed("show", tmp_path / "one").replace(" ", "")
    assert f"Signedalready{people['Lena'].identity.hex()}" in shown
    said = signed(tmp_path, tmp_path / "two", "Max", "three", code=2)
    assert "already" in said
    said = signed(tmp_path, tmp_path / "one", "Lena", "three", code=2)
    assert "another person" in said
    assert not (tmp_path / "three").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expires": request().issued - 1}, "its time is over"),
        ({"issued": request().issued + 9_999}, "later than now"),
        ({"expires": request().issued + 90_000}, "24 hours"),
        ({"diagnostic": "shell"}, "no such diagnostic"),
        ({"parameters": (Given("service", "x; reboot"),)}, "parameters"),
        ({"parameters": (Given("command", "reboot"),)}, "parameters"),
        ({"rows": 2**31}, "more than"),
    ],
)
def test_what_no_device_would_do_is_not_signed(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    """A request that is old, unknown, odd or too large is refused in a sentence."""
    assert said in typed("show", drafted(tmp_path, **changes), code=2)


@pytest.mark.parametrize("octets", [b"", b"\xa0", b"<script>", bytes(99_999)])
def test_another_file_is_no_request(tmp_path: Path, octets: bytes) -> None:
    """What is no request is refused in a sentence."""
    (tmp_path / "request").write_bytes(octets)
    said = typed("show", tmp_path / "request", code=7 if len(octets) > 9_999 else 4)
    assert "diagnose draft" in said or "another one" in said


@pytest.mark.slow
@pytest.mark.usefixtures("people")
def test_nobody_signs_with_another_passphrase(tmp_path: Path) -> None:
    """A wrong passphrase, or a key that others may read, signs nothing."""
    path = drafted(tmp_path)
    (tmp_path / "words").write_bytes(b"another passphrase")
    assert "passphrase" in signed(tmp_path, path, "Lena", "order", code=4)
    (tmp_path / "Lena").chmod(0o644)
    assert "0600" in signed(tmp_path, path, "Lena", "order", code=7)
    assert not (tmp_path / "order").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("people")
def test_nobody_signs_unasked(tmp_path: Path) -> None:
    """Without a person who says yes, or --yes, nothing is signed."""
    key = "--key", tmp_path / "Lena", "--passphrase-file", tmp_path / "words"
    assert "--yes" in typed("sign", drafted(tmp_path), *key, code=2)


def test_a_key_is_made_for_a_name(tmp_path: Path) -> None:
    """Its public file has the name; a weak passphrase and an odd name make none."""
    told = typed(
        *("key", "new", tmp_path / "mine", "--name", "Lena"),
        *("--passphrase-file", words(tmp_path)),
    )
    one = TECHNICIAN.decode((tmp_path / "mine.public").read_bytes())
    assert one.name == "Lena"
    assert told.strip().endswith(one.identity.hex()[-4:])
    (tmp_path / "words").write_bytes(b"short")
    again = "key", "new", tmp_path / "other", "--passphrase-file", tmp_path / "words"
    assert "12 characters" in typed(*again, "--name", "Lena", code=2)
    assert "printable" in typed(*again, "--name", "\u202eaneL", code=2)
    assert not (tmp_path / "other").exists()
