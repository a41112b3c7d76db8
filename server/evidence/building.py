# SPDX-License-Identifier: Apache-2.0
"""Builds a package of evidence: files of the state, and one signed paper over them.

Rules: the same state gives the same files, so two packages differ by the time of their
signature alone; it changes nothing and writes no line into the ledger.
Not here: each file (the other modules of this folder), checking it (`verifying.py`).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from policies.clauses import Map
from server.errors import StateError
from server.evidence import archive, dpia, dpia_page, page, sections
from server.evidence.clause_map import Results, clauses
from server.evidence.data_map import data_map
from server.evidence.deletions import deletions
from server.evidence.findings import findings
from server.evidence.gathering import State
from server.evidence.incidents import incidents
from server.evidence.measured import results_of
from server.evidence.measured import told as told_figures
from server.evidence.parts import PRODUCT, parts
from server.evidence.processing import record
from server.evidence.risks import risks
from server.evidence.sharing import recipients, releases
from server.evidence.telling import notices
from server.formats.cyclonedx import own_parts
from server.ledger import SqliteLedger
from server.register.holds import Placed
from server.register.reviews import Use
from wire import limits, signed, trust
from wire.crypto.signing import SigningKey
from wire.papers.evidence import Evidence, TreeHead, files_of, sign_evidence
from wire.papers.keeper import PROOF, Proof
from wire.signed import SignedKind


def build(
    state: State,
    ledger: SqliteLedger,
    key: SigningKey,
    found: Map,
    results: Results | None,
    now: int,
) -> bytes:
    """Return a package.

    Args:
        state: what it is made of.
        ledger: the ledger that the state is of.
        key: the keeper's, which signs the paper.
        found: the map of the privacy statement.
        results: of the tests that were run; None for what the figures have of them.
        now: the time of the signature, in seconds since the epoch.

    Raises:
        StateError: the product is not installed as one, or there is too much for one.
        WireError: something in the register was not signed by this key.
    """
    files = files_of_state(state, ledger, key.public, found, results)
    if sum(map(len, files.values())) > limits.EVIDENCE_PACKAGE_BYTES:
        msg = "this is more than a package of evidence can hold: ask for help"
        raise StateError(msg)
    paper = sign_evidence(
        Evidence(
            state.settings.tenant,
            now,
            state.policy,
            TreeHead(state.tree.size, state.tree.root()),
            files_of(files),
        ),
        key,
    )
    proof = PROOF.encode(Proof(state.roots, state.keeper, paper))
    return archive.pack({archive.PAPER: proof, **files})


def files_of_state(
    state: State,
    ledger: SqliteLedger,
    public: bytes,
    found: Map,
    results: Results | None,
) -> dict[str, bytes]:
    """Return all files of a package but the paper that names them.

    Args:
        state: what they are made of.
        ledger: the ledger that the state is of.
        public: the keeper's key.
        found: the map of the privacy statement.
        results: of the tests that were run; None for what the figures have of them.

    Raises:
        StateError: the product is not installed as one.
        WireError: something in the register was not signed by this key.
    """
    if results is None:
        results = results_of(state.measured)
    listed, certificates = deletions(state, ledger, public)
    told = _told(state, public, found, results, listed)
    title = f"Evidence for {state.settings.title}"
    words = _words(state)
    parts_of_page = sections.sections(told)
    processing = parts_of_page[:3]
    assessed = dpia.annex(state.statement, state.catalogue, told)
    return {
        "about.md": page.markdown(title, words, parts_of_page),
        "index.html": page.html(title, words, sections.figures(told), parts_of_page),
        "clauses.json": _json(told["clauses"]),
        "data-map.json": _json(data_map(state.statement, state.catalogue)),
        "deletions.json": _json(listed),
        "dpia.html": dpia_page.html(state.settings.title, words, assessed),
        "dpia.json": _json(assessed),
        "figures.json": _json(told["figures"]),
        "findings.json": _json(told["findings"]),
        "holds.json": _json({"holds": told["holds"], "protect": told["protected"]}),
        "incidents.json": _json(told["incidents"]),
        "notices.json": _json(told["notices"]),
        "record-of-processing.json": _json(told["record"]),
        "record-of-processing.md": page.markdown(
            "Record of processing activities", words[:1], processing
        ),
        "recipients.json": _json(told["recipients"]),
        "releases.json": _json(told["releases"]),
        "risks.json": _json(told["risks"]),
        "sbom.cdx.json": _parts(state.as_of),
        **certificates,
    }


def _told(
    state: State,
    public: bytes,
    found: Map,
    results: Results | None,
    listed: Mapping[str, object],
) -> dict[str, Any]:
    """Return what the pages and files tell, by its subject."""
    registered = state.registered
    to_whom = recipients(registered.recipients, public, state.as_of)
    return {
        "clauses": clauses(found, results),
        "figures": told_figures(state.measured),
        "record": record(
            state.settings, state.statement, state.catalogue, to_whom, found
        ),
        "recipients": to_whom,
        "releases": releases(
            registered.releases, registered.resolutions, public, state.as_of
        ),
        "deletions": listed,
        "holds": _holds(registered.holds, state.as_of),
        "protected": _protected(registered.uses, state.as_of),
        "notices": notices(registered.notices, state.as_of),
        "findings": findings(registered.findings, results, state.as_of),
        "incidents": incidents(
            registered.incidents,
            registered.notices,
            state.as_of,
            processor=state.settings.controller.processor,
        ),
        "risks": risks(state.risks, results, state.as_of),
    }


def _words(state: State) -> Sequence[str]:
    root = trust.ROOT.decode(signed.read(state.roots[0], SignedKind.ROOT).payload)
    policy = state.statement
    digest = trust.root_digest(root).hex()
    made_of = (
        "Everything here was made by the collector from its signed policy, its "
        "register and its ledger; nothing was written by hand but the titles and "
        "owners of findings, and no record, device or person is in it."
    )
    how = (
        "Verify it anywhere, without a network: discreet-server evidence verify FILE "
        "--root DIGEST. The digest must come from elsewhere than this package; it "
        f"should be {digest}."
    )
    as_of = (
        f"As of {sections.day(state.as_of)}, by policy {policy.policy.name} version "
        f"{policy.version}, after {state.tree.size} entries of the ledger."
    )
    return (as_of, made_of, how)


def _holds(placed: Sequence[Placed], as_of: int) -> Mapping[str, int]:
    force = [one for one in placed if one.released is None]
    return {
        "in force": len(force),
        "review past": sum(one.review < as_of for one in force),
        "released": len(placed) - len(force),
    }


def _protected(uses: Sequence[Use], as_of: int) -> Mapping[str, int]:
    force = [one for one in uses if one.due is not None]
    return {
        "in force": len(force),
        "review past": sum(one.late(as_of) for one in force),
        "over": len(uses) - len(force),
    }


def _parts(as_of: int) -> bytes:
    found = parts()
    if PRODUCT not in found:
        msg = "the collector does not know its own parts: install it as a package"
        raise StateError(msg)
    return own_parts(PRODUCT, found, as_of)


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
