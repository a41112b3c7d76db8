# SPDX-License-Identifier: Apache-2.0
"""Runs a vector through `wire` and tells what became of it.

Rules: the answer is a pair: "ok" with what was read, or a failure class and None.
Not here: what should become of it (the vectors), the second opinion
(`second_opener.py`).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence

from tests.vectors import (
    first_evidence,
    first_orders,
    first_releases,
    first_resolved,
)
from tests.vectors.forms import bytes_of, input_of, shown
from wire import (
    block,
    body,
    cbor,
    cddl,
    chain,
    envelope,
    frame,
    ledger,
    messages,
    pseudonyms,
    signed,
    token,
    trust,
)
from wire.block import OpenState
from wire.body import OpenBody, OpenTable
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import key_id
from wire.crypto.signing import identity
from wire.errors import WireError
from wire.keys import PSEUDONYM_KEYS, PSEUDONYM_STATEMENT, pseudonym_info
from wire.papers import extract, remainder
from wire.papers.certificate import CERTIFICATE, verify_certificate
from wire.papers.decision import DECISION, read_decision
from wire.papers.journal import JOURNAL_LINE, line_digest, read_line
from wire.papers.keeper import KEEPER_STATEMENT, keeper_of
from wire.papers.law import LAW_STATEMENT, read_law
from wire.papers.matter import MATTER, matter_digest, read_matter
from wire.signed import SignedKind
from wire.state import row_octets, state_digest
from wire.unsealing import unseal

Vector = Mapping[str, object]


def judge(vector: Vector) -> tuple[str, object]:
    """Return "ok" and what was read, or the failure class and None."""
    try:
        return "ok", _JUDGES[str(vector["kind"])](vector)
    except WireError as refusal:
        return refusal.code, None


def _cbor(vector: Vector) -> object:
    value = cbor.decode(input_of(vector))
    return shown(value) if "input" in vector else None  # parts: too long to show


def _message(vector: Vector) -> object:
    octets = input_of(vector)
    (rule,) = (rule for rule in cddl.rules() if rule.name == vector["rule"])
    value = rule.decode(octets)
    if rule.encode(value) != octets:
        msg = f"{rule.name} is not encoded as it was read"
        raise AssertionError(msg)
    return shown(cbor.decode(octets))


def _header(vector: Vector) -> object:
    read, header = envelope.read(input_of(vector))
    envelope.check_signature(read, header, bytes_of(vector, "device"))
    return shown(cbor.decode(read.header))


def _envelope(vector: Vector) -> object:
    key = OpeningKey(bytes_of(vector, "opening"))
    header, opened = unseal(input_of(vector), key, bytes_of(vector, "device"))
    return {"sequence": header.sequence, **_opened(opened)}


def _frame(vector: Vector) -> object:
    read = frame.unframe(input_of(vector))
    return {"length": len(read), "sha256": hashlib.sha256(read).hexdigest()}


def _body(vector: Vector) -> object:
    return _opened(body.decode(input_of(vector)))


def _opened(opened: OpenBody) -> dict[str, object]:
    notes = [[n.dataset, n.column, n.reason.value, n.count] for n in opened.notes]
    return {"tables": [*map(_table, opened.tables)], "notes": notes}


def _table(table: OpenTable) -> dict[str, object]:
    return {
        "dataset": table.dataset,
        "mode": table.mode.value,
        "rows": table.rows,
        "ops": [op.value for op in table.ops],
        "numbers": list(table.numbers),
        "state": table.state.hex() if table.state is not None else None,
        "columns": [
            {
                "name": column.name,
                "type": column.type.value,
                "values": [shown(v) for v in body.values_of(column, table.rows)],
            }
            for column in table.columns
        ],
    }


def _block(vector: Vector) -> object:
    read, header = block.read(input_of(vector), bytes_of(vector, "signer"))
    opened = block.unseal(read, header, OpeningKey(bytes_of(vector, "opening")))
    return {
        "header": shown(cbor.decode(read.header)),
        "folded": sorted(opened.folded),
        "replaced": shown([*opened.replaced]),
        "states": [*map(_state_of, opened.states)],
    }


def _state_of(state: OpenState) -> dict[str, object]:
    return {
        "sequence": state.sequence,
        "created": state.created,
        "heard": state.heard,
        "following": state.following,
        "numbers": [*state.numbers],
        "observed": shown([*state.observed]),
        "table": _table(state.table),
    }


def _sources(vector: Vector) -> object:
    found, listed = block.Sources(), vector["sources"]
    if not isinstance(listed, list):
        raise TypeError(listed)
    for sequence, digest in listed:
        found.add(sequence, bytes.fromhex(digest))
    return [found.first, found.last, found.count, found.digest().hex()]


def _keys(vector: Vector, name: str = "keys") -> Mapping[bytes, bytes]:
    found = vector[name]
    if not isinstance(found, list):
        raise TypeError(name)
    return trust.by_identity(tuple(bytes.fromhex(key) for key in found))


def _signed(vector: Vector) -> object:
    message = signed.read(input_of(vector), SignedKind(vector["signed_kind"]))
    threshold = vector["threshold"]
    if not isinstance(threshold, int):
        raise TypeError(threshold)
    signed.check(message, _keys(vector), threshold)
    return {"payload": message.payload.hex()}


def _held_root(vector: Vector, name: str) -> trust.Root:
    return trust.ROOT.decode(bytes_of(vector, name))


def _root(vector: Vector) -> object:
    if "digest" in vector:
        root = trust.first_root(input_of(vector), bytes_of(vector, "digest"))
    else:
        root = trust.next_root(input_of(vector), _held_root(vector, "held"))
    return {"version": root.version}


def _bundle(vector: Vector) -> object:
    root, now = _held_root(vector, "root"), vector["now"]
    if not isinstance(now, int):
        raise TypeError(now)
    device = bytes_of(vector, "device") if "device" in vector else None
    held = None
    if vector["held"] is not None:
        held = trust.check_bundle(bytes_of(vector, "held"), root, None, now, device)
    trusted = trust.check_bundle(input_of(vector), root, held, now, device)
    return {
        "root": trusted.root.version,
        "policy": trusted.policy.version,
        "policy_digest": trusted.policy_digest.hex(),
        "keys": trusted.keys.version,
        "key_ids": [key.id.hex() for key in trusted.keys.keys],
    }


def _shipment(vector: Vector) -> object:
    shipment = messages.SHIPMENT.decode(input_of(vector))
    public = bytes_of(vector, "device")
    payload = signed.verified(shipment.manifest, SignedKind.SHIPMENT, public)
    manifest = messages.MANIFEST.decode(payload)
    return {
        "manifest": signed.digest(payload).hex(),
        "named": [digest.hex() for digest in manifest.digests],
        "sent": [envelope.digest(octets).hex() for octets in shipment.envelopes],
    }


def _token(vector: Vector) -> object:
    read = token.parse_token(str(vector["text"]))
    return shown(cbor.decode(token.TOKEN.encode(read)))


def _ledger(vector: Vector) -> object:
    entries, head = vector["entries"], vector["head"]
    if not isinstance(entries, list) or not isinstance(head, list | None):
        raise TypeError(entries)
    chain = [
        (bytes.fromhex(entry), _maybe(content), _maybe(salt))
        for entry, content, salt in entries
    ]
    end = None if head is None else ledger.Head(head[0], bytes.fromhex(head[1]))
    reached = ledger.verify(chain, end)
    return [reached.index, reached.digest.hex()]


def _maybe(digits: str | None) -> bytes | None:
    return None if digits is None else bytes.fromhex(digits)


def _pseudonym_keys(vector: Vector) -> object:
    message = signed.read(input_of(vector), SignedKind.PSEUDONYMS)
    signed.check(message, _keys(vector))
    statement = PSEUDONYM_STATEMENT.decode(message.payload)
    info = pseudonym_info(statement.tenant, statement.device)
    plain = OpeningKey(bytes_of(vector, "opening")).open(statement.sealed, info)
    keys = PSEUDONYM_KEYS.decode(plain).keys
    return [[k.purpose.value, k.start, k.end, k.key.hex()] for k in keys]


def _pseudonym(vector: Vector) -> object:
    key, identity_class = bytes_of(vector, "key"), str(vector["class"])
    text, prefix = str(vector["text"]), bool(vector["prefix"])
    return pseudonyms.pseudonym(key, identity_class, text, prefix=prefix)


def _state(vector: Vector) -> object:
    columns, rows = vector["columns"], vector["rows"]
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise TypeError(columns)
    return state_digest(columns, [row_octets(row) for row in rows]).hex()


def _chain(vector: Vector) -> object:
    listed = vector["envelopes"]
    if not isinstance(listed, list):
        raise TypeError(listed)
    octets = [bytes.fromhex(digits) for digits in listed]
    chain.check_chain(octets)
    names = [chain.link_of(one).name or envelope.UNKNOWN_DIGEST for one in octets]
    return [name.hex() for name in names]


_NAMES: Mapping[str, Callable[[bytes], bytes]] = {
    "identity": identity,
    "sealing-key": key_id,
    "envelope": envelope.digest,
    "payload": signed.digest,
    "chain": envelope.chain_name,
    "token-secret": token.secret_digest,
    "root": lambda octets: trust.root_digest(trust.ROOT.decode(octets)),
}


def _name(vector: Vector) -> object:
    return _NAMES[str(vector["of"])](input_of(vector)).hex()


def _keeper(vector: Vector) -> object:
    roots, now = vector["roots"], vector["now"]
    if not isinstance(roots, list) or not isinstance(now, int | None):
        raise TypeError(roots)
    chain = [bytes.fromhex(root) for root in roots]
    found = keeper_of(chain, input_of(vector), bytes_of(vector, "digest"), now)
    return shown(KEEPER_STATEMENT.plain(found))


def _matter(vector: Vector) -> object:
    octets = input_of(vector)
    digest = matter_digest(octets).hex()
    return {"matter": shown(MATTER.plain(read_matter(octets))), "digest": digest}


def _decision(vector: Vector) -> object:
    decision = read_decision(input_of(vector), bytes_of(vector, "public"))
    return shown(DECISION.plain(decision))


def _certificate(vector: Vector) -> object:
    found = verify_certificate(input_of(vector), bytes_of(vector, "digest"))
    return shown(CERTIFICATE.plain(found))


def _law(vector: Vector) -> object:
    public = bytes_of(vector, "public")
    found = read_law(input_of(vector), {identity(public): public})
    return shown(LAW_STATEMENT.plain(found))


def _journal(vector: Vector) -> object:
    octets = input_of(vector)
    found = read_line(octets, [bytes_of(vector, "public")])
    line = shown(JOURNAL_LINE.plain(found))
    return {"line": line, "digest": line_digest(octets).hex()}


def _extract(vector: Vector) -> object:
    read, header = extract.read(input_of(vector), bytes_of(vector, "signer"))
    opened = extract.unseal(read, header, OpeningKey(bytes_of(vector, "opening")))
    return {
        "header": shown(cbor.decode(read.header)),
        "tables": [
            {
                "mode": found.mode.value,
                "numbers": [*found.numbers],
                "ops": [op.value for op in found.ops],
                "table": _table(found.table),
            }
            for found in opened
        ],
    }


def _remainder(vector: Vector) -> object:
    read, header = remainder.read(input_of(vector), bytes_of(vector, "signer"))
    opened = remainder.unseal(read, header, OpeningKey(bytes_of(vector, "opening")))
    return {
        "header": shown(cbor.decode(read.header)),
        "tables": [
            {"blank": sorted(found.blank), "table": _table(found.table)}
            for found in opened.tables
        ],
        "notes": [[n.dataset, n.column, n.reason.value, n.count] for n in opened.notes],
    }


_JUDGES: Mapping[str, Callable[[Vector], object]] = {
    "cbor": _cbor,
    "message": _message,
    "header": _header,
    "envelope": _envelope,
    "frame": _frame,
    "body": _body,
    "signed": _signed,
    "root": _root,
    "bundle": _bundle,
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
    "keeper": _keeper,
    "matter": _matter,
    "decision": _decision,
    "certificate": _certificate,
    "extract": _extract,
    "law": _law,
    "journal": _journal,
    "remainder": _remainder,
    **first_evidence.JUDGES,
    **first_releases.JUDGES,
    **first_resolved.JUDGES,
    **first_orders.JUDGES,
}


def kinds() -> Sequence[str]:
    """Return the kinds of vectors that there are."""
    return tuple(_JUDGES)
