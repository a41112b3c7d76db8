# SPDX-License-Identifier: Apache-2.0
"""What may be asked of a diagnostic: parameters, caps, consent, who has to sign.

Rules: a parameter is typed and bounded, and its text is the one that was signed: what
is not exactly as declared is refused, never mended; one check for who drafts, who signs
and the machine that is asked; no message carries a value.
Not here: what comes back (`wire/catalogue.py`), the order itself, reading
(`agent/diagnostics`).
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from wire import limits
from wire.errors import CatalogueError, ParameterError

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_INTEGER = re.compile(r"(?:0|-?[1-9][0-9]{0,17})\Z")
_NUMBER = re.compile(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)\Z")
"""What the C library takes for a part of an address, not of a name."""
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")


class ParameterType(StrEnum):
    """What a parameter's text must be."""

    WORD = "word"
    """Fits its pattern, which is anchored at both ends."""
    HOST = "host"
    """A name of the DNS in its ASCII form, or an address of IPv4 or IPv6."""
    INTEGER = "integer"
    """Decimal, within its bounds, without a leading zero."""
    CHOICE = "choice"
    """One of a list."""
    MOMENT = "moment"
    """A second since 1970, written as an integer is; 0 for when it runs."""


AT_ONCE = "0"
"""Of a moment: when the diagnostic runs."""
_WHOLE = frozenset((ParameterType.INTEGER, ParameterType.MOMENT))
"""Types whose text is a whole number."""


class Consent(StrEnum):
    """What the person at the machine has to say to a run."""

    ALLOW = "allow"
    """Nothing: the ledger tells."""
    NOTIFY = "notify"
    """Nothing, but is told before it runs."""
    ASK = "ask"
    """Yes; no answer is a no."""
    NEVER = "never"
    """It does not run here."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that a request says beside the diagnostic's name.

    Attributes:
        name: lower-case words joined by _.
        type: what its text must be.
        reason: what it chooses, one line that a client understands.
        pattern: of a word: a regular expression for the whole of it.
        longest: of a word: most characters.
        minimum: of an integer or a moment.
        maximum: of an integer or a moment.
        choices: of a choice.
        default: the text it has where a request is silent; None where it must speak.
        identity: class of identity that it names (host, user ...); empty for none.
    """

    name: str
    type: ParameterType
    reason: str
    pattern: str = ""
    longest: int = limits.NAME_CHARS
    minimum: int = 0
    maximum: int = 0
    choices: tuple[str, ...] = ()
    default: str | None = None
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that one run may take; a request may ask for less.

    Attributes:
        seconds: wall time.
        processor: seconds of processor time.
        rows: rows that come back.
        octets: bytes taken of files, programs, logs and the network.
    """

    seconds: int
    processor: int
    rows: int
    octets: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """How a dataset is asked for that is read on request only.

    Attributes:
        parameters: sorted by name.
        caps: the most that one run may take.
        consent: what the person at the machine has to say, unless the machine's own
            settings say otherwise.
        sensitive: whether a second technician, who approves, must sign.
    """

    parameters: tuple[Parameter, ...]
    caps: Caps
    consent: Consent = Consent.NOTIFY
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """Parameters that were found to be as declared, and the defaults of the others."""

    texts: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return a parameter's text."""
        return self.texts[name]

    def number(self, name: str) -> int:
        """Return an integer parameter."""
        return int(self.texts[name])

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return all of them, sorted by name: what is signed."""
        return tuple(sorted(self.texts.items()))


def check_parameters(
    declared: Iterable[Parameter], given: Iterable[tuple[str, str]]
) -> Checked:
    """Return the parameters of a request, with the defaults of those it leaves out.

    Args:
        declared: what the diagnostic takes.
        given: names and texts, from anyone.

    Raises:
        ParameterError: one is unknown, twice, missing or not as declared.
    """
    known = {item.name: item for item in declared}
    texts: dict[str, str] = {}
    for name, text in given:
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            msg = f"no such parameter; this diagnostic takes: {names}"
            raise ParameterError(msg)
        if name in texts:
            msg = f"parameter {name}: given twice"
            raise ParameterError(msg)
        if not fits(known[name], text):
            msg = f"parameter {name}: {wanted(known[name])}"
            raise ParameterError(msg)
        texts[name] = text
    for item in known.values():
        if item.name not in texts:
            if item.default is None:
                msg = f"parameter {item.name} is missing: {wanted(item)}"
                raise ParameterError(msg)
            texts[item.name] = item.default
    return Checked(texts)


def wanted(item: Parameter) -> str:
    """Return in words what a person has to write for a parameter."""
    if item.type is ParameterType.MOMENT:
        return 'write a time with its offset, like "2026-11-29T08:30:00Z", or now'
    if item.type is ParameterType.INTEGER:
        return f"write a whole number from {item.minimum} to {item.maximum}"
    if item.type is ParameterType.CHOICE:
        return f"write one of {', '.join(item.choices)}"
    if item.type is ParameterType.HOST:
        return "write a DNS name in ASCII, or an address of IPv4 or IPv6"
    return f"write at most {item.longest} characters that fit {item.pattern}"


def fits(item: Parameter, text: str) -> bool:
    """Tell whether a text is what a parameter must be."""
    if item.type in _WHOLE:
        known = _INTEGER.match(text)
        return known is not None and item.minimum <= int(text) <= item.maximum
    if item.type is ParameterType.CHOICE:
        return text in item.choices
    if not 0 < len(text) <= item.longest or not text.isascii():
        return False
    if not text.isprintable() or text.startswith("-"):
        return False  # never an option, wherever it ends up
    if item.type is ParameterType.HOST:
        return is_host(text)
    return re.fullmatch(item.pattern, text) is not None


def is_host(text: str) -> bool:
    """Tell whether a text is a DNS name in ASCII, or an address in its usual form."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        labels = text.removesuffix(".").split(".")
        named = all(_LABEL.match(label) for label in labels)
        usual = not _NUMBER.match(labels[-1])  # no address in a form of its own
        return named and usual and len(text) <= limits.HOST_CHARS
    plain = address.version == 4 or address.ipv4_mapped is None  # noqa: PLR2004 - IPv4
    return plain and "%" not in text and str(address) == text.lower()


def check_diagnostic(where: str, diagnostic: Diagnostic) -> None:
    """Refuse a declaration that breaks a rule.

    Args:
        where: whose it is, for the message.
        diagnostic: the declaration.

    Raises:
        CatalogueError: with what to change.
    """
    names = [item.name for item in diagnostic.parameters]
    if len(names) > limits.PARAMETERS or names != sorted(set(names)):
        msg = f"{where}: at most {limits.PARAMETERS} parameters, sorted, each once"
        raise CatalogueError(msg)
    for item in diagnostic.parameters:
        _check_parameter(f"{where}, parameter {item.name}", item)
    caps = diagnostic.caps
    for cap, most in (
        (caps.seconds, limits.DIAGNOSTIC_SECONDS),
        (caps.processor, limits.DIAGNOSTIC_SECONDS),
        (caps.rows, limits.DIAGNOSTIC_ROWS),
        (caps.octets, limits.DIAGNOSTIC_OCTETS),
    ):
        if not 0 < cap <= most:
            msg = f"{where}: each cap is above 0 and within wire/limits.py"
            raise CatalogueError(msg)
    if diagnostic.sensitive and diagnostic.consent is not Consent.ASK:
        msg = f"{where}: a sensitive one asks the person at the machine"
        raise CatalogueError(msg)
    if diagnostic.consent is Consent.NEVER:
        msg = f"{where}: one that nobody may run is not declared"
        raise CatalogueError(msg)


def _check_parameter(where: str, item: Parameter) -> None:
    if not _NAME.match(item.name) or len(item.name) > limits.NAME_CHARS:
        msg = f"{where}: use lower-case words joined by _"
        raise CatalogueError(msg)
    if not item.reason:
        msg = f"{where}: say in one line what it chooses"
        raise CatalogueError(msg)
    bound = {
        ParameterType.WORD: bool(item.pattern) and _compiles(item.pattern),
        ParameterType.HOST: item.identity == "host",
        ParameterType.INTEGER: item.minimum <= item.maximum,
        ParameterType.MOMENT: item.minimum == int(AT_ONCE) < item.maximum,
        ParameterType.CHOICE: len(set(item.choices)) == len(item.choices) > 0,
    }
    if not bound[item.type] or not 0 < item.longest <= limits.PARAMETER_CHARS:
        msg = f"{where}: bound it as its type asks"
        raise CatalogueError(msg)
    if item.default is not None and not fits(item, item.default):
        msg = f"{where}: its default is not as declared"
        raise CatalogueError(msg)


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
