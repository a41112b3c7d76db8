# SPDX-License-Identifier: Apache-2.0
"""Promises of the package of evidence: what it holds, and that no change goes unseen.

Rules: a real installation with a real deletion; verified as strangers do.
Not here: the paper's form (`tests/vectors`), the record of processing
(`test_evidence_record.py`).
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from evidence_room import EvidenceRoom

from policies import clauses
from server import __main__ as program
from server.errors import TrustError
from server.evidence import archive
from server.evidence.verifying import verify
from server.keeper import notices
from server.keeper.notices import CLIENT, Telling
from server.register.notices import NoticeKind
from wire.errors import SignatureError

pytestmark = pytest.mark.slow
PROOF = b"p" * 32


@dataclass(frozen=True)
class Made:
    """A package, its root's digest, and where it was built."""

    octets: bytes
    digest: bytes
    room: EvidenceRoom

    @property
    def files(self) -> dict[str, bytes]:
        """Return its members."""
        return archive.unpack(self.octets)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Install a collector, let a key end, and build."""
    room = EvidenceRoom(tmp_path_factory.mktemp("evidence"))
    with room.keeper() as desk:
        room.until_due(desk)
        room.turn(desk)
        now = room.machine.system
        told = Telling(NoticeKind.TRANSFER, CLIENT, bytes(32), "We sell.", ("buyer",))
        notices.deliver(desk, notices.due(desk, told, None, now), PROOF, "ops", now)
        owned = replace(told, kind=NoticeKind.CHANGE_OF_OWNERSHIP, words="Now Buyer's.")
        notices.due(desk, owned, now - 1, now)
    yield Made(room.package(), room.root, room)
    room.close()


def test_a_stranger_verifies_it(made: Made) -> None:
    """With the digest alone it verifies, with the deletion and its ledger line."""
    found = verify(made.octets, made.digest)
    assert (found.certificates, found.lines, found.pending) == (1, 1, 1)
    assert found.evidence.tenant == made.room.site.tenant
    with pytest.raises(SignatureError):
        verify(made.octets, bytes(32))


def test_two_packages_differ_by_the_signature_alone(made: Made) -> None:
    """Each file but the paper is the same, octet for octet, whenever it is built."""
    time = made.room.machine.system
    assert made.room.package(time) == made.octets
    other = archive.unpack(made.room.package(time + 1))
    same = made.files
    assert other.pop("evidence.cbor") != same.pop("evidence.cbor")
    assert other == same


def test_it_has_what_it_should(made: Made) -> None:
    """Each part of the evidence has its file."""
    assert sorted(made.files) == [
        "about.md",
        "clauses.json",
        "data-map.json",
        "deletions.json",
        "deletions/000001-line.cbor",
        "deletions/000001.cbor",
        "dpia.html",
        "dpia.json",
        "evidence.cbor",
        "figures.json",
        "findings.json",
        "holds.json",
        "incidents.json",
        "index.html",
        "notices.json",
        "recipients.json",
        "record-of-processing.json",
        "record-of-processing.md",
        "releases.json",
        "risks.json",
        "sbom.cdx.json",
    ]


def test_notices_are_told_with_their_proof(made: Made) -> None:
    """Each with who was told of what, and one that nobody delivered as overdue."""
    found = {one["kind"]: one for one in json.loads(made.files["notices.json"])}
    told, owned = found["transfer"], found["change-of-ownership"]
    assert (told["about"], told["to"], told["state"], told["proof"]) == (
        *(["buyer"], "client", "delivered", PROOF.hex()),
    )
    assert (owned["state"], owned["proof"]) == ("overdue", None)
    page = made.files["about.md"].decode()
    assert "| change-of-ownership | client | buyer | - | - | overdue |" in page


def _with(files: dict[str, bytes], **changed: bytes | None) -> bytes:
    names = {"about": "about.md", "line": "deletions/000001-line.cbor"}
    whole = files | {
        names.get(name, f"{name}.json"): octets
        for name, octets in changed.items()
        if octets is not None
    }
    gone = {names.get(name) for name, octets in changed.items() if octets is None}
    return archive.pack({name: whole[name] for name in whole.keys() - gone})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"about": b"# All is well\n"}, "about.md was changed"),
        ({"about": None}, "about.md is missing"),
        ({"notices": b"[]\n"}, "notices.json was changed"),
        ({"extra": b"{}"}, "extra.json was added"),
        ({"line": None}, "deletions/000001-line.cbor is missing"),
    ],
)
def test_a_change_is_found(
    made: Made, change: dict[str, bytes | None], told: str
) -> None:
    """What was changed, taken away or added is named."""
    with pytest.raises(TrustError, match=f"not the package that was signed: {told}"):
        verify(_with(made.files, **change), made.digest)


def test_a_renamed_file_is_found(made: Made) -> None:
    """A file under another name is one that is missing and one that was added."""
    files = made.files
    files["about.txt"] = files.pop("about.md")
    told = "about.md is missing; about.txt was added"
    with pytest.raises(TrustError, match=told):
        verify(archive.pack(files), made.digest)


def test_every_octet_counts(made: Made) -> None:
    """An octet changed anywhere, behind the end or between members, is found."""
    octets = made.octets
    step = len(octets) // 97
    altered = [
        octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :]
        for place in range(0, len(octets), step)
    ]
    compressed = io.BytesIO()
    with zipfile.ZipFile(compressed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in made.files.items():
            target.writestr(name, content)
    for one in (*altered, octets + b"\x00", octets[:-1], b"", compressed.getvalue()):
        with pytest.raises((TrustError, SignatureError)):
            verify(one, made.digest)


def test_the_software_list_is_cyclonedx(made: Made) -> None:
    """The official schema accepts it, and each part has its package URL."""
    text = made.files["sbom.cdx.json"].decode()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    parts = {one["name"]: one for one in json.loads(text)["components"]}
    version = parts["cryptography"]["version"]
    assert parts["cryptography"]["purl"] == f"pkg:pypi/cryptography@{version}"
    assert "pytest" not in parts


def test_the_page_reaches_for_nothing(made: Made) -> None:
    """The page has no script, no form and nothing that a browser would fetch."""
    page = made.files["index.html"].decode()
    assert "default-src 'none'" in page
    for word in (
        "<script",
        "<img",
        "<link",
        "<iframe",
        "<form",
        "src=",
        "url(",
        "http:",
    ):
        assert word not in page, word


def test_without_results_nothing_is_called_passed(made: Made) -> None:
    """Every test says that it was not run here, and no requirement is called shown."""
    told = json.loads(made.files["clauses.json"])
    tests = {
        word for one in told["requirements"].values() for word in one["tests"].values()
    }
    states = {one["state"] for one in told["requirements"].values()}
    assert tests == {"not run here"}
    assert states <= {"tests not run here", "not shown", "people alone"}


def test_no_device_is_named(made: Made) -> None:
    """Neither a device's label nor its id is anywhere in the package."""
    devices = made.room.site.store.devices(made.room.site.tenant)
    assert {one.label for one in devices} == {"Desk", "Shed"}
    for one in devices:
        assert one.device not in made.octets
        assert one.device.hex().encode() not in made.octets


def test_the_command(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`evidence build` writes a file that `evidence verify` accepts elsewhere."""
    path = tmp_path / "evidence.zip"
    directory = str(made.room.site.layout.directory)
    results = tmp_path / "results.xml"
    first = next(
        test
        for one in clauses.read(clauses.shipped()).requirements.values()
        for test in one.tests
    )
    where, _, name = first.partition("::")
    where = where.removesuffix(".py").replace("/", ".")
    results.write_text(f'<t><testcase classname="{where}" name="{name}"/></t>')
    built = ["--directory", directory, "evidence", "build", str(path)]
    assert program.main([*built, "--results", str(results)]) == 0
    told = json.loads(archive.unpack(path.read_bytes())["clauses.json"])
    assert (told["tests"]["passed"], told["tests"]["failed"]) == (1, 0)
    asked = ["evidence", "verify", str(path), "--root", made.digest.hex()]
    assert program.main(asked) == 0
    assert "1 of them pending; 1 are shown" in capsys.readouterr().out
    assert program.main([*asked, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["certificates"] == 1
    assert program.main(built) == 2  # the file is there
    results.write_text("no XML")
    other = [*built[:-1], str(tmp_path / "other.zip"), "--results", str(results)]
    assert program.main(other) == 2
    assert program.main([*asked[:2], str(tmp_path / "none.zip"), *asked[3:]]) == 7
