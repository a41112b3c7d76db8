# SPDX-License-Identifier: Apache-2.0
"""The command line of `discreet-open`.

Rules: whatever goes wrong is one sentence on standard error and a stable exit code,
never a traceback.
Not here: what is done (`keys.py`, `releases.py`, `questions.py`), a head in words
(`words.py`).
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from recipient import files, keys, questions, releases, words
from recipient.errors import TRUST, USAGE, RecipientError
from wire import limits
from wire.errors import WireError
from wire.papers.fetch import Said

_DIGEST_BYTES = 32
_PASSPHRASE_BYTES = 1_024
"""Of a passphrase's file: longer ones are another file."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code.

    Args:
        arguments: without the program's name; None for those of this process.
    """
    options = _parser().parse_args(arguments)
    try:
        return _key(options) if options.act == "key" else _with_release(options)
    except RecipientError as error:
        code, sentence = error.code, str(error)
    except WireError as error:
        code, sentence = TRUST, f"this does not verify or open: {error}"
    sys.stderr.write(f"discreet-open: {sentence}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "discreet-open", description="Open what a provider's collector released to you."
    )
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    key = acts.add_parser("key", help="make your keys")
    key.add_argument("file", type=Path, metavar="FILE", help="to be made")
    key.add_argument("--name", required=True, help="what you call yourselves")
    _add_passphrase(key)
    texts = {
        "verify": "tell what a release is and whether it is whole; opens nothing",
        "fetch": "write a signed request for the key of a release",
        "open": "write the files of a release",
        "receive": "write a signed receipt",
        "attest": "write a signed word that you deleted all of it",
        "resolve": "write a signed question what stand-ins in it mean",
        "meaning": "write what the answer to such a question says",
    }
    for name, text in texts.items():
        act = acts.add_parser(name, help=text)
        act.add_argument("release", type=Path, metavar="DIR", help="head and parts")
        act.add_argument(
            "--root", required=True, metavar="DIGEST", help="the provider's root digest"
        )
        if name == "verify":
            continue
        act.add_argument("--key", type=Path, required=True, metavar="FILE")
        _add_passphrase(act)
        out = "directory or file to be made"
        act.add_argument("--out", type=Path, required=True, metavar="PATH", help=out)
        if name == "resolve":
            _add_question(act)
        if name == "meaning":
            act.add_argument("--question", type=Path, required=True, metavar="FILE")
        if name in {"open", "meaning"}:
            act.add_argument("--answer", type=Path, required=True, metavar="FILE")
    return parser


def _add_question(act: argparse.ArgumentParser) -> None:
    act.add_argument(
        "--stand-in",
        action="append",
        required=True,
        metavar="TEXT",
        help=f"as a file of the release has it; up to {limits.RESOLVED_AT_ONCE} times",
    )
    act.add_argument(
        "--reason", required=True, metavar="TEXT", help="why you must know"
    )


def _add_passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="that locks your keys"
    )


def _passphrase(options: argparse.Namespace) -> bytes | None:
    path: Path | None = options.passphrase_file
    if path is None:
        return None
    return files.read(path, _PASSPHRASE_BYTES).strip()


def _key(options: argparse.Namespace) -> int:
    told = keys.make(options.file, options.name, _passphrase(options))
    sys.stdout.write(
        f"Your keys are in {options.file}: keep it. Send {options.file}.public to the "
        f"provider, and tell it this fingerprint by another way:\n{told}\n"
    )
    return 0


def _with_release(options: argparse.Namespace) -> int:
    head = releases.head_of(options.release, _digest(options.root))
    if options.act == "verify":
        releases.check_files(options.release, head)
        sys.stdout.write(words.of(head))
        return 0
    if head.archive is not None:
        msg = f"a password opens {head.archive.file}, and no key: see verify"
        raise RecipientError(USAGE, msg)
    own, now = keys.read(options.key, _passphrase(options)), int(time.time())
    if head.pushed and options.act in {"open", "fetch"}:
        msg = "this was pushed to your channel: there is nothing to open"
        raise RecipientError(USAGE, msg)
    if options.act == "open":
        answer = releases.read_answer(options.answer)
        releases.open_release(options.release, head, answer, own, options.out)
    elif options.act == "resolve":
        asked = questions.ask(head, options.stand_in, options.reason, own, now)
        files.write_new(options.out, asked)
    elif options.act == "meaning":
        root = _digest(options.root)
        told = questions.told(head, options.question, options.answer, own, root)
        files.write_new(options.out, told)
    elif options.act == "fetch":
        files.write_new(options.out, releases.request(head, own, now))
    else:
        said = Said.RECEIVED if options.act == "receive" else Said.DELETED
        files.write_new(options.out, releases.receipt(head, own, said, now))
    sys.stdout.write(f"{options.out} is written.\n")
    return 0


def _digest(text: str) -> bytes:
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(digest) != _DIGEST_BYTES:
        msg = "the root digest is 64 hexadecimal digits: ask the provider for it"
        raise RecipientError(USAGE, msg)
    return digest


if __name__ == "__main__":
    sys.exit(main())
