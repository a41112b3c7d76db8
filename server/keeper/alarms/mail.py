# SPDX-License-Identifier: Apache-2.0
"""Sends a message by mail, over TLS.

Rules: nothing is said to a server, and no password shown to it, before it has proved
its name over TLS 1.3; the mail's id is that of the message over all tries.
Not here: what it says (`wording.py`), when (`sending.py`).
Source: RFC 8314 (TLS from the first octet), RFC 3207 (STARTTLS), RFC 3834.
"""

import datetime as dt
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from server.configuration_alerts import AlertMail
from server.errors import TrustError, UnreachableError, UsageError
from server.formats import sending
from server.formats.sending import Target
from server.keeper.alarms import wording
from server.key_files import read_private
from server.register.alert_messages import Waiting

_PORT, _STARTTLS_PORT = 465, 587
_SECONDS = 20.0
"""For each answer: the keeper has other rounds."""
_PASSWORD_BYTES = 1_024


def send(where: AlertMail, one: Waiting, link: str) -> None:
    """Send a message.

    Args:
        where: the mail server, and for whom.
        one: the message.
        link: to the console; empty for none.

    Raises:
        UnreachableError: it cannot be reached, or does not take it.
        TrustError: it does not prove its name.
        UsageError: the authority's file is none, or the password's has no such one.
        StateError: the password's file cannot be read, or others can read it.
    """
    port = _STARTTLS_PORT if where.starttls else _PORT
    target = sending.target(where.address, port, where.authority)
    password = "" if where.password is None else _password_of(where.password)
    try:
        server = _connected(target, starttls=where.starttls)
        try:
            if where.user:
                server.login(where.user, password)
            server.send_message(_mail(where, one, link))
            with suppress(OSError, smtplib.SMTPException):
                server.quit()  # it was taken, however rudely this ends
        finally:
            server.close()
    except ssl.SSLCertVerificationError as error:
        msg = (
            f"{target.host} shows a certificate that is not to be trusted "
            f"({error.verify_message}): name its authority under [alerts.mail]"
        )
        raise TrustError(msg) from None
    except smtplib.SMTPResponseException as error:
        msg = f"{target.host} does not take alerts: SMTP status {error.smtp_code}"
        raise UnreachableError(msg) from None
    except smtplib.SMTPRecipientsRefused:
        msg = f"{target.host} takes mail for none of the receivers of [alerts.mail]"
        raise UnreachableError(msg) from None
    except (OSError, smtplib.SMTPException):  # the server's own words may quote a name
        msg = f"cannot send alerts to {target.host} port {target.port} over TLS 1.3"
        raise UnreachableError(msg) from None


def _password_of(path: Path) -> str:
    """Return the password of a file.

    Raises:
        UsageError: SMTP has no word for it.
        StateError: it cannot be read, or others can read it.
    """
    try:
        return read_private(path, _PASSWORD_BYTES).decode("ascii").strip()
    except UnicodeDecodeError:  # its own words quote what stands there
        msg = f"{path} has letters that are not ASCII: give alerts another password"
        raise UsageError(msg) from None


def _connected(target: Target, *, starttls: bool) -> smtplib.SMTP:
    """Return a connection that is secured."""
    context = sending.tls_context(target)
    if not starttls:
        return smtplib.SMTP_SSL(
            target.host, target.port, timeout=_SECONDS, context=context
        )
    plain = smtplib.SMTP(target.host, target.port, timeout=_SECONDS)
    try:
        plain.starttls(context=context)
    except (OSError, smtplib.SMTPException):
        plain.close()
        raise
    return plain


def _mail(where: AlertMail, one: Waiting, link: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = where.sender
    mail["To"] = ", ".join(where.receivers)
    mail["Subject"] = wording.subject_of(one)
    mail["Date"] = format_datetime(dt.datetime.fromtimestamp(one.made, dt.UTC))
    mail["Message-ID"] = f"<{one.id.hex()}@{where.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(wording.text_of(one, link))
    return mail
