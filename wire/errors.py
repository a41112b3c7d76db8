# SPDX-License-Identifier: Apache-2.0
"""The error tree of the wire package, sorted by who must act.

Rules: `code` is a stable kebab-case slug (vectors and problem documents name it);
a message never carries a value taken from data.
Not here: HTTP problem documents (`server/problems.py`), exit codes (`agent/errors.py`).
"""


class WireError(Exception):
    """Base of every refusal made by `wire`.

    Attributes:
        code: stable slug of the failure class, as named by the test vectors.
    """

    code = "wire"


class DecodeError(WireError):
    """The bytes are not well-formed for the message they claim to be."""

    code = "malformed"


class NotCanonicalError(DecodeError):
    """Well-formed CBOR, but not the one deterministic encoding."""

    code = "not-canonical"


class SchemaError(DecodeError):
    """A field is missing, unknown, of the wrong type or out of its range."""

    code = "schema"


class LimitError(WireError):
    """A size, count or ratio is over its bound in `wire/limits.py`."""

    code = "limit"


class VersionError(WireError):
    """A version, kind or suite that this release does not know."""

    code = "unknown-version"


class SignatureError(WireError):
    """A signature is absent, by the wrong key, or does not verify."""

    code = "bad-signature"


class IdentityError(WireError):
    """A message names another device, tenant or incarnation than its key."""

    code = "wrong-identity"


class OpenError(WireError):
    """The sealed bytes do not open with this key and this header."""

    code = "cannot-open"


class PaddingError(WireError):
    """The frame's padding is not zero or not of its size class."""

    code = "bad-padding"


class CompressionError(WireError):
    """The compressed frame is damaged, truncated or has trailing bytes."""

    code = "bad-compression"


class BodyError(WireError):
    """The columnar body breaks a rule of its layout."""

    code = "bad-body"


class ChainError(WireError):
    """A chain (envelopes or ledger) has a gap, a fork or a false digest."""

    code = "broken-chain"


class ExpiredError(WireError):
    """A signed message is past its not-after time."""

    code = "expired"


class NotYetValidError(WireError):
    """A signed message was issued later than now: the clock is wrong."""

    code = "not-yet-valid"


class RollbackError(WireError):
    """A signed message is older than the one already trusted."""

    code = "rollback"


class TokenError(WireError):
    """An enrolment token is mistyped, damaged or of another product."""

    code = "bad-token"


class PolicyError(WireError):
    """A policy does not compile or may not be applied."""

    code = "bad-policy"


class CatalogueError(WireError):
    """A dataset or column declaration breaks a rule of the catalogue."""

    code = "bad-catalogue"


class TransformError(WireError):
    """A transform is unknown, has wrong parameters or does not fit its column."""

    code = "bad-transform"


class ParameterError(WireError):
    """A parameter of a request is unknown, missing or not as declared."""

    code = "bad-parameter"
