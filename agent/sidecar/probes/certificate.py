# SPDX-License-Identifier: Apache-2.0
"""What a service of TLS shows of itself: its certificate, and whether it is trusted.

Rules: a handshake and nothing after it; the machine's own authorities decide; where
they refuse, the certificate is asked for once more, to say what is wrong with it.
Not here: certificates of this machine (`agent/collectors/certificates.py`).
"""

import ssl
import time

from agent.sidecar.probe_question import Probe
from agent.sidecar.probes.connect import opened, seconds_since
from agent.sidecar.probes.target import Target, outcome_of, targets
from agent.sidecar.question import Answer
from wire.crypto.x509_facts import parse_certificate

_VERDICTS = {
    9: "not-yet-valid",
    10: "expired",
    18: "self-signed",
    19: "self-signed",
    20: "unknown-issuer",
    21: "unknown-issuer",
    62: "wrong-name",
    64: "wrong-name",
}
"""X509_V_ERR_... of OpenSSL's x509_vfy.h."""
_PRINTABLE = 200


def answer(probe: Probe) -> Answer:
    """Return one row for each address."""
    found, reason = targets(probe.host, probe.family)
    if not found:
        return Answer(({"outcome": reason},))
    return Answer(tuple(_look(target, probe) for target in found))


def _look(target: Target, probe: Probe) -> dict[str, str]:
    began = time.monotonic()
    try:
        verdict, shown = _shake(target, probe, ssl.create_default_context())
    except OSError as error:
        return {**target.row(outcome_of(error)), "duration": seconds_since(began)}
    if not shown:
        blind = ssl.create_default_context()
        blind.check_hostname = False
        blind.verify_mode = ssl.CERT_NONE  # only looked at: nothing is said or believed
        try:
            told, shown = _shake(target, probe, blind)
        except OSError as error:
            told, shown = outcome_of(error), {}
        verdict = verdict if shown else told
    return {**target.row(verdict), "duration": seconds_since(began), **shown}


def _shake(
    target: Target, probe: Probe, context: ssl.SSLContext
) -> tuple[str, dict[str, str]]:
    """Return what is thought of a service, and what it shows; nothing if refused."""
    name = probe.host.removesuffix(".")  # no certificate is for a name with its root
    try:
        with (
            opened(target, probe.port) as plain,
            context.wrap_socket(plain, server_hostname=name) as tls,
        ):
            der = tls.getpeercert(binary_form=True) or b""
            cipher = tls.cipher()
            told = {
                "tls.protocol.version": tls.version() or "",
                "tls.cipher": cipher[0] if cipher else "",
                **describe(der),
            }
            return "trusted", {name: text for name, text in told.items() if text}
    except ssl.SSLCertVerificationError as error:
        return _VERDICTS.get(error.verify_code, "not-trusted"), {}
    except ssl.SSLError:
        return "no-tls", {}


def describe(der: bytes) -> dict[str, str]:
    """Return what a certificate says of itself; nothing for what is none."""
    facts = parse_certificate(der)
    if facts is None:
        return {}
    return {
        "subject": _plain(facts.subject),
        "issuer": _plain(facts.issuer),
        "not_before": str(facts.not_before),
        "not_after": str(facts.not_after),
        "key_algorithm": facts.algorithm or "",
        "key_size": str(facts.bits or ""),
        "self_signed": str(facts.self_issued),
        "fingerprint.sha256": facts.fingerprint,
    }


def _plain(name: str | None) -> str:
    """Return a name without what cannot be shown."""
    return "".join(c if c.isprintable() else "?" for c in (name or "")[:_PRINTABLE])
