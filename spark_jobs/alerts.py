"""Sentences to whoever listens: a webhook, a mailbox."""

import json
import smtplib
import ssl
import urllib.request
from email.message import EmailMessage
from http.client import HTTPException

from pipelines.mailbox import Mailbox, parse_mailbox
from schemas.errors import SettingsError
from spark_jobs.settings import Settings

TIMEOUT_S = 5  # five messages that nobody takes must not last as long as a sensor may
SUBJECT = 78  # characters at most


def deliver(settings: Settings, text: str) -> list[str]:
    """Tell the webhook and the mailbox that are set; return a sentence for each that could not be told.

    Of several lines, the first is the subject of the mail.
    """
    ways = (
        ("webhook", settings.alert_webhook, post, "DEPTHLAKE_ALERT_WEBHOOK"),
        ("mailbox", settings.alert_smtp, mail, "DEPTHLAKE_ALERT_SMTP"),
    )
    lost = []
    for name, url, send, variable in ways:
        try:
            if url:
                send(url, text)
        except SettingsError as error:
            lost.append(str(error))
        except (OSError, HTTPException, ValueError) as error:  # smtplib's own are OSErrors
            words = " ".join(str(error).split()) or type(error).__name__
            lost.append(f"The {name} could not be told ({words}): check {variable} and what listens there.")
    return lost


def post(url: str, text: str) -> None:
    """POST {"text": text} as JSON, what chat systems take. Raises OSError, HTTPException or ValueError."""
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT_S):
        pass


def mail(url: str, text: str) -> None:
    """Send a text as mail. Raises SettingsError on a URL of another form, OSError when it is not taken."""
    box = parse_mailbox(url)
    message = EmailMessage()
    message["Subject"] = f"Depthlake: {text.splitlines()[0]}"[:SUBJECT]
    message["From"], message["To"] = box.sender, ", ".join(box.receivers)
    message.set_content(text)
    with _connect(box) as server:
        if box.user:
            server.login(box.user, box.password)
        if refused := server.send_message(message):  # some of several; where all are, it raises
            raise OSError(f"{', '.join(refused)} refused")


def _connect(box: Mailbox) -> smtplib.SMTP:
    """A connection on which a password may be sent: encrypted, or there is none."""
    if box.is_tls:
        return smtplib.SMTP_SSL(box.host, box.port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    server = smtplib.SMTP(box.host, box.port, timeout=TIMEOUT_S)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
    elif box.user:
        server.close()
        raise OSError(f"{box.host}:{box.port} offers no STARTTLS, and the password must not go unencrypted")
    return server
