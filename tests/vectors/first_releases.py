# SPDX-License-Identifier: Apache-2.0
"""What `wire` reads of recipients, grants and releases.

Rules: as in `first_opener.py`, which judges all else.
Not here: what the vectors are (`families_releases.py`).
"""

from collections.abc import Callable, Mapping

from tests.vectors.forms import bytes_of, input_of, shown
from wire.crypto.opening import OpeningKey
from wire.papers import fetch, grant, recipient, release

Vector = Mapping[str, object]


def _recipient_keys(vector: Vector) -> object:
    found = recipient.read_keys(input_of(vector))
    keys = shown(recipient.RECIPIENT_KEYS.plain(found))
    return {"keys": keys, "fingerprint": recipient.fingerprint(found)}


def _recipient(vector: Vector) -> object:
    found = recipient.read_recipient(input_of(vector), bytes_of(vector, "public"))
    return shown(recipient.RECIPIENT.plain(found))


def _grant(vector: Vector) -> object:
    found = grant.read_grant(input_of(vector), bytes_of(vector, "public"))
    return shown(grant.GRANT.plain(found))


def _release(vector: Vector) -> object:
    found = release.verify_release(input_of(vector), bytes_of(vector, "digest"))
    return shown(release.RELEASE.plain(found))


def _head(vector: Vector) -> release.Release:
    return release.verify_release(bytes_of(vector, "head"), bytes_of(vector, "digest"))


def _part(vector: Vector) -> object:
    key, number = bytes_of(vector, "key"), int(str(vector["number"]))
    return release.open_part(key, _head(vector), number, input_of(vector)).hex()


def _release_key(vector: Vector) -> object:
    found = fetch.RELEASE_KEY.decode(input_of(vector))
    key = OpeningKey(bytes_of(vector, "opening"))
    return release.open_data_key(found.sealed, _head(vector), found.nonce, key).hex()


def _fetch(vector: Vector) -> object:
    found = fetch.read_fetch(input_of(vector), bytes_of(vector, "public"))
    return shown(fetch.FETCH.plain(found))


def _received(vector: Vector) -> object:
    found = fetch.read_received(input_of(vector), bytes_of(vector, "public"))
    return shown(fetch.RECEIVED.plain(found))


JUDGES: Mapping[str, Callable[[Vector], object]] = {
    "recipient-keys": _recipient_keys,
    "recipient": _recipient,
    "grant": _grant,
    "release": _release,
    "part": _part,
    "release-key": _release_key,
    "fetch": _fetch,
    "received": _received,
}
