# SPDX-License-Identifier: Apache-2.0
"""A second opinion on every vector, written from docs/spec alone.

Rules: nothing of `wire`, of a CBOR library or of a library's HPKE is imported, so
what both read alike is in the specification and not in our code only.
Not here: what the vectors are (`generate.py`), our own reading (`first_opener.py`).

Run it as `python -m tests.vectors.second_opener FILE...` for a verdict on each vector.
"""

import base64
import hashlib
import json
import re
import struct
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from tests.vectors import (
    second_evidence,
    second_orders,
    second_releases,
    second_resolved,
    second_seal,
)
from tests.vectors.forms import bytes_of, input_of, shown
from tests.vectors.second_block import read_block, sources_digest
from tests.vectors.second_body import read_body
from tests.vectors.second_cbor import RefusedError, read_cbor, read_message, refuse
from tests.vectors.second_extract import read_extract
from tests.vectors.second_papers import (
    judge_certificate,
    judge_decision,
    judge_journal,
    judge_keeper,
    judge_law,
    judge_matter,
)
from tests.vectors.second_pseudonym import stand_in
from tests.vectors.second_remainder import read_remainder
from tests.vectors.second_trust import judge_bundle, judge_root, root_digest

Vector = Mapping[str, object]


def judge(vector: Vector) -> tuple[str, object]:
    """Return "ok" and what was read, or the failure class and None."""
    try:
        return "ok", _JUDGES[str(vector["kind"])](vector)
    except RefusedError as refusal:
        return str(refusal), None


def _cbor(vector: Vector) -> object:
    value = read_cbor(input_of(vector))
    return shown(value) if "input" in vector else None


def _message(vector: Vector) -> object:
    return shown(read_message(str(vector["rule"]), input_of(vector)))


def _header(vector: Vector) -> object:
    device = bytes_of(vector, "device")
    return shown(second_seal.read_envelope(input_of(vector), device)[0])


def _envelope(vector: Vector) -> object:
    seed = bytes_of(vector, "opening")
    header, encoded, ciphertext = second_seal.read_envelope(
        input_of(vector), bytes_of(vector, "device")
    )
    mine = second_seal.key_id(second_seal.public_of(seed))
    if header[2] != 0 or header[8] != mine:
        refuse("cannot-open")
    info = b"discreet/1/seal\x00" + encoded
    octets = second_seal.read_frame(second_seal.open_seal(ciphertext, seed, info))
    opened = _opened(octets)
    if sum(table["rows"] for table in opened["tables"]) != header[14]:
        refuse("bad-body")
    return {"sequence": header[11], **opened}


def _frame(vector: Vector) -> object:
    read = second_seal.read_frame(input_of(vector))
    return {"length": len(read), "sha256": hashlib.sha256(read).hexdigest()}


def _body(vector: Vector) -> object:
    return _opened(input_of(vector))


def _opened(octets: bytes) -> dict[str, list[dict[str, int]]]:
    tables, notes = read_body(octets)
    found = {
        "tables": [*map(_table, tables)],
        "notes": [list(note.values()) for note in notes],
    }
    return cast("dict[str, list[dict[str, int]]]", found)


def _table(table: dict[str, object]) -> dict[str, object]:
    for column in cast("list[dict[str, object]]", table["columns"]):
        column["values"] = shown(column["values"])
    return table


def _block(vector: Vector) -> object:
    signer, seed = bytes_of(vector, "signer"), bytes_of(vector, "opening")
    header, found = read_block(input_of(vector), signer, seed)
    states = cast("list[dict[str, object]]", found["states"])
    return {
        "header": shown(header),
        "folded": sorted(cast("list[str]", found["folded"])),
        "replaced": shown(found["replaced"]),
        "states": [
            state
            | {
                "observed": shown(state["observed"]),
                "table": _table(cast("dict[str, object]", state["table"])),
            }
            for state in states
        ],
    }


def _extract(vector: Vector) -> object:
    signer, seed = bytes_of(vector, "signer"), bytes_of(vector, "opening")
    header, tables = read_extract(input_of(vector), signer, seed)
    return {
        "header": shown(header),
        "tables": [
            found | {"table": _table(cast("dict[str, object]", found["table"]))}
            for found in tables
        ],
    }


def _remainder(vector: Vector) -> object:
    signer, seed = bytes_of(vector, "signer"), bytes_of(vector, "opening")
    header, tables, notes = read_remainder(input_of(vector), signer, seed)
    return {
        "header": shown(header),
        "tables": [{"blank": blank, "table": _table(table)} for blank, table in tables],
        "notes": [list(note.values()) for note in notes],
    }


def _sources(vector: Vector) -> object:
    listed = cast("list[tuple[int, str]]", vector["sources"])
    sequences = [sequence for sequence, _ in listed]
    digest = sources_digest([(at, bytes.fromhex(told)) for at, told in listed])
    return [sequences[0], sequences[-1], len(listed), digest.hex()]


def _keys(vector: Vector) -> list[bytes]:
    return [bytes.fromhex(key) for key in cast("list[str]", vector["keys"])]


def _signed(vector: Vector) -> object:
    kind, threshold = str(vector["signed_kind"]), cast("int", vector["threshold"])
    octets = input_of(vector)
    payload = second_seal.read_signed(octets, kind, _keys(vector), threshold)
    return {"payload": payload.hex()}


def _shipment(vector: Vector) -> object:
    message = read_message("shipment", input_of(vector))
    device = bytes_of(vector, "device")
    manifest = cast("bytes", message[1])
    payload = second_seal.read_signed(manifest, "shipment", [device], 1)
    named = cast("list[bytes]", read_message("manifest", payload)[6])
    sent = [
        hashlib.sha256(item).hexdigest() for item in cast("list[bytes]", message[2])
    ]
    return {
        "manifest": hashlib.sha256(payload).hexdigest(),
        "named": [digest.hex() for digest in named],
        "sent": sent,
    }


def _token(vector: Vector) -> object:
    word = str(vector["text"]).strip()
    if len(word) > 512 or not re.fullmatch(r"discreet1-[A-Za-z0-9_-]+", word):
        refuse("bad-token")
    encoded = word.removeprefix("discreet1-")
    octets = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    content, check = octets[:-4], octets[-4:]
    right = hashlib.sha256(b"discreet/1/token\x00" + content).digest()[:4]
    again = base64.urlsafe_b64encode(octets).decode().rstrip("=")
    if check != right or again != encoded:
        refuse("bad-token")
    try:
        return shown(read_message("token", content))
    except RefusedError:
        refuse("bad-token")


def _ledger(vector: Vector) -> object:
    index, digest = 0, bytes(32)
    for entry, content, salt in cast("list[list[str | None]]", vector["entries"]):
        octets = bytes.fromhex(str(entry))
        fields = read_message("ledger-entry", octets)
        if (fields[1], fields[2]) != (index + 1, digest):
            refuse("broken-chain")
        if content is not None and salt is not None:
            salted = bytes.fromhex(salt) + bytes.fromhex(content)
            held = hashlib.sha256(b"discreet/1/ledger-body\x00" + salted).digest()
            if held != fields[5]:
                refuse("broken-chain")
        index += 1
        digest = hashlib.sha256(b"discreet/1/ledger-entry\x00" + octets).digest()
    reached = [index, digest.hex()]
    if vector["head"] is not None and vector["head"] != reached:
        refuse("broken-chain")
    return reached


def _pseudonym_keys(vector: Vector) -> object:
    octets = input_of(vector)
    payload = second_seal.read_signed(octets, "pseudonyms", _keys(vector), 1)
    statement = read_message("pseudonym-statement", payload)
    tenant, device, sealed = (cast("bytes", statement[key]) for key in (1, 2, 4))
    info = b"discreet/1/pseudonyms\x00" + tenant + device
    plain = second_seal.open_seal(sealed, bytes_of(vector, "opening"), info)
    keys = cast("list[dict[int, object]]", read_message("pseudonym-keys", plain)[1])
    return [[key[1], key[2], key[3], cast("bytes", key[4]).hex()] for key in keys]


def _pseudonym(vector: Vector) -> object:
    key, name = bytes_of(vector, "key"), str(vector["class"])
    if len(key) != 32 or not re.fullmatch("[a-z][a-z0-9]{0,15}", name):
        refuse("bad-transform")
    return stand_in(key, name, str(vector["text"]), prefix=bool(vector["prefix"]))


def _state(vector: Vector) -> object:
    rows = [_row(row) for row in cast("list[list[object]]", vector["rows"])]
    columns = _row(cast("list[object]", vector["columns"]))
    content = b"discreet/1/state\x00" + columns
    for row in sorted(rows):
        content += struct.pack(">I", len(row)) + row
    return hashlib.sha256(content).hexdigest()


def _row(values: list[object]) -> bytes:
    octets = b""
    for value in values:
        tag, content = 0, b""
        if isinstance(value, bool):
            tag = 1 + value
        elif isinstance(value, int):
            tag, content = 3, str(value).encode()
        elif isinstance(value, float):
            tag, content = 4, struct.pack(">d", value)
        elif isinstance(value, str):
            tag, content = 5, value.encode()
        octets += struct.pack(">BI", tag, len(content)) + content
    return octets


def _chain(vector: Vector) -> object:
    ours: tuple[object, ...] | None = None
    names: list[str] = []
    for digits in cast("list[str]", vector["envelopes"]):
        octets = bytes.fromhex(digits)
        header = second_seal.read_shape(octets)[0]
        place = tuple(header[key] for key in (4, 5, 10, 11))
        if ours is not None:
            before = bytes.fromhex(names[-1])
            known = before == bytes(32) or header[12] == before
            if place != (*ours[:3], cast("int", ours[3]) + 1) or not known:
                refuse("broken-chain")
        ours = place
        names.append(cast("bytes", header.get(17, _sha256(octets))).hex())
    return names


def _sha256(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def _name(vector: Vector) -> object:
    octets = input_of(vector)
    of = vector["of"]
    if of in {"identity", "sealing-key"}:
        found = second_seal.identity if of == "identity" else second_seal.key_id
        return found(octets).hex()
    if of == "chain":
        header = second_seal.read_shape(octets)[0]
        instead = cast("bytes", header.get(17, bytes(32)))
        return (instead if any(instead) else _sha256(octets)).hex()
    if of == "root":
        return root_digest(read_message("root", octets)).hex()
    label = b"discreet/1/token\x00" if of == "token-secret" else b""
    return hashlib.sha256(label + octets).hexdigest()


_JUDGES: Mapping[str, Callable[[Vector], object]] = {
    "cbor": _cbor,
    "message": _message,
    "header": _header,
    "envelope": _envelope,
    "frame": _frame,
    "body": _body,
    "signed": _signed,
    "root": judge_root,
    "bundle": judge_bundle,
    "shipment": _shipment,
    "token": _token,
    "ledger": _ledger,
    "pseudonym-keys": _pseudonym_keys,
    "pseudonym": _pseudonym,
    "state": _state,
    "block": _block,
    "sources": _sources,
    "name": _name,
    "chain": _chain,
    "keeper": judge_keeper,
    "matter": judge_matter,
    "decision": judge_decision,
    "certificate": judge_certificate,
    "extract": _extract,
    "law": judge_law,
    "journal": judge_journal,
    "remainder": _remainder,
    **second_evidence.JUDGES,
    **second_releases.JUDGES,
    **second_resolved.JUDGES,
    **second_orders.JUDGES,
}


def main(files: list[str]) -> int:
    """Print each verdict that is not as named; return how many."""
    wrong = 0
    for file in files:
        for vector in json.loads(Path(file).read_text("ascii"))["vectors"]:
            verdict = judge(vector)
            if verdict != (vector["expect"], vector.get("content")):
                wrong += 1
                sys.stdout.write(f"{file}: {vector['name']}: {verdict[0]}\n")
    return wrong


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
