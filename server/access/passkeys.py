# SPDX-License-Identifier: Apache-2.0
"""Passkeys: what an authenticator is asked, and whether its answer proves a person.

Rules: the person must be verified by the authenticator; RP ID and origin are those of
config.toml and of no request; a count that does not go on is a copy, and is found after
the signature, so that nobody else can accuse a key; a passkey never changes whether it
may be copied; nothing here is written anew that the library does.
Not here: challenges (`challenges.py`), rows (`passkey_rows.py`), who comes in
(`entering.py`).
Source: Web Authentication Level 3, 7.1 and 7.2.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cbor2 import CBORDecodeError
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier as Algorithm
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from server.access.bounds import CHALLENGE_SECONDS, CREDENTIAL_BYTES, PUBLIC_BYTES
from server.access.passkey_rows import Passkey
from server.access.people import Entry
from server.access.refusals import RefusedError, Why

T = TypeVar("T")
ALGORITHMS = [
    Algorithm.EDDSA,
    Algorithm.ECDSA_SHA_256,
    Algorithm.RSASSA_PKCS1_v1_5_SHA_256,
]
"""RSA is what older Windows machines' own authenticator has."""
_ATTESTATIONS = {AttestationFormat.NONE, AttestationFormat.PACKED}
"""No maker's word is asked for, so a format that needs one is not even read."""
_BROKEN = (WebAuthnException, CBORDecodeError, ValueError, TypeError, LookupError)
"""What the library and those below it raise at octets of strangers."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where people sign in.

    Attributes:
        rp_id: to which passkeys are bound: a domain, from config.toml.
        origin: the one origin whose pages may ask, from config.toml.
    """

    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What a verified answer told.

    Attributes:
        count: of the passkey's uses; 0 where it does not count.
        backed_up: whether it was copied to another machine.
    """

    count: int
    backed_up: bool


def to_make(
    place: Place, entry: Entry, kept: Sequence[Passkey], challenge: bytes
) -> str:
    """Return what a browser needs to make a passkey, as JSON.

    Args:
        place: where.
        entry: for whom.
        kept: the person's passkeys; an authenticator that has one makes no other.
        challenge: to be signed.
    """
    options = generate_registration_options(
        rp_id=place.rp_id,
        rp_name="Discreet",
        user_id=entry.handle,
        user_name=entry.shown,
        user_display_name=entry.shown,
        challenge=challenge,
        timeout=CHALLENGE_SECONDS * 1_000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(item.id) for item in kept],
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json(options)


def to_use(place: Place, challenge: bytes) -> str:
    """Return what a browser needs to ask for any passkey of this place, as JSON."""
    options = generate_authentication_options(
        rp_id=place.rp_id,
        challenge=challenge,
        timeout=CHALLENGE_SECONDS * 1_000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def challenge_of(answer: str) -> bytes:
    """Return the challenge that an answer names; nothing of it is verified.

    Raises:
        RefusedError: it is no answer.
    """

    def read() -> bytes:
        encoded = json.loads(answer)["response"]["clientDataJSON"]
        return parse_client_data_json(base64url_to_bytes(encoded)).challenge

    return _safe(read)


def passkey_of(answer: str) -> bytes:
    """Return the id of the passkey that an answer names; nothing of it is verified.

    Raises:
        RefusedError: it is no answer.
    """
    found = _safe(lambda: parse_authentication_credential_json(answer).raw_id)
    if len(found) > CREDENTIAL_BYTES:
        raise RefusedError(Why.MALFORMED)
    return found


def made(place: Place, answer: str, challenge: bytes, person: str, now: int) -> Passkey:
    """Return the passkey that an authenticator made.

    Args:
        place: where.
        answer: of the browser, as JSON.
        challenge: that was given to it.
        person: id of whose it is.
        now: seconds since the epoch.

    Raises:
        RefusedError: it does not count.
    """

    def verify() -> Passkey:
        credential = parse_registration_credential_json(answer)
        _of_this_page(credential.response.client_data_json)
        attested = parse_attestation_object(credential.response.attestation_object)
        if attested.fmt not in _ATTESTATIONS:
            raise RefusedError(Why.ATTESTATION)
        found = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        return Passkey(
            found.credential_id,
            person,
            found.credential_public_key,
            found.sign_count,
            found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
            found.credential_backed_up,
            now,
            now,
        )

    passkey = _safe(verify)
    if len(passkey.id) > CREDENTIAL_BYTES or len(passkey.public) > PUBLIC_BYTES:
        raise RefusedError(Why.MALFORMED)
    return passkey


def proved(
    place: Place, answer: str, challenge: bytes, passkey: Passkey, handle: bytes
) -> Proof:
    """Return what an authenticator proves about the person before it.

    Args:
        place: where.
        answer: of the browser, as JSON.
        challenge: that was given to it.
        passkey: the one that the answer names.
        handle: of whose it is.

    Raises:
        RefusedError: it does not count.
    """

    def verify() -> Proof:
        credential = parse_authentication_credential_json(answer)
        _of_this_page(credential.response.client_data_json)
        if credential.response.user_handle != handle:
            raise RefusedError(Why.OTHER_PERSON)
        found = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            credential_public_key=passkey.public,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        if (found.new_sign_count or passkey.count) and (
            found.new_sign_count <= passkey.count
        ):
            raise RefusedError(Why.COPIED)
        synced = found.credential_device_type is CredentialDeviceType.MULTI_DEVICE
        if synced is not passkey.synced:
            raise RefusedError(Why.OTHER_KIND)
        return Proof(found.new_sign_count, found.credential_backed_up)

    return _safe(verify)


def _of_this_page(client_data: bytes) -> None:
    """Refuse what was asked for inside a frame of another site."""
    if parse_client_data_json(client_data).cross_origin:
        raise RefusedError(Why.CROSS_ORIGIN)


def _safe(read: Callable[[], T]) -> T:
    try:
        return read()
    except _BROKEN:
        raise RefusedError(Why.NO_PROOF) from None
