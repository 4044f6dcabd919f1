"""Sentences reach a real webhook and a real mail server, or it is said why they did not."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.mailbox import FORM
from spark_jobs.alerts import deliver
from spark_jobs.settings import Settings
from tests.conftest import free_ports
from tests.listeners import NOBODY, mail_server, make_certificate, webhook
from tests.pipelines.test_mailbox import NO_MAILBOXES

SENTENCE = "Run 1 of nightly failed: silver.trades is not at the same batch — 3 rows"
QUERY = "from=me@example.org&to=you@example.org"


def settings(alert_webhook: str = "", alert_smtp: str = "") -> Settings:
    return replace(Settings(Path("/nowhere")), alert_webhook=alert_webhook, alert_smtp=alert_smtp)


def test_deliver_without_anybody_to_tell() -> None:
    assert deliver(settings(), SENTENCE) == []


def test_deliver_to_webhook_and_mailbox() -> None:
    with webhook() as hook, mail_server() as server:
        smtp = f"smtp://127.0.0.1:{server.server_address[1]}?{QUERY}&to=her@example.org"
        assert deliver(settings(f"http://127.0.0.1:{hook.server_port}/hook", smtp), SENTENCE) == []
    assert hook.heard == [{"text": SENTENCE}]
    ((receivers, text),) = server.heard
    assert receivers == ["you@example.org", "her@example.org"]
    assert "From: me@example.org\nTo: you@example.org, her@example.org" in text
    assert "Subject: Depthlake: Run 1 of nightly failed: silver.trades is not at the same\n batch" in text


def test_deliver_encrypts_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)
    with mail_server(certificate) as server:
        smtp = f"smtp://me:p%40ss@localhost:{server.server_address[1]}?{QUERY}"
        (lost,) = deliver(settings(alert_smtp=smtp), SENTENCE)
        assert "CERTIFICATE_VERIFY_FAILED" in lost
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert deliver(settings(alert_smtp=smtp), SENTENCE) == []
    assert server.logins == ["me:p@ss"]
    assert len(server.heard) == 1


def test_deliver_sends_no_password_unencrypted() -> None:
    with mail_server() as server:
        port = server.server_address[1]
        (lost,) = deliver(settings(alert_smtp=f"smtp://me:secret@127.0.0.1:{port}?{QUERY}"), SENTENCE)
    assert lost == (
        f"The mailbox could not be told (127.0.0.1:{port} offers no STARTTLS, and the password must not go "
        "unencrypted): check DEPTHLAKE_ALERT_SMTP and what listens there."
    )
    assert (server.logins, server.heard) == ([], [])


def test_deliver_says_who_refused() -> None:
    with mail_server() as server:
        smtp = f"smtp://127.0.0.1:{server.server_address[1]}?{QUERY}&to={NOBODY}"
        (lost,) = deliver(settings(alert_smtp=smtp), SENTENCE)
    assert lost.startswith(f"The mailbox could not be told ({NOBODY} refused)")
    assert [receivers for receivers, _ in server.heard] == [["you@example.org"]]


def test_deliver_says_one_sentence_for_each_that_does_not_answer() -> None:
    (port,) = free_ports(1)
    lost = deliver(settings(f"http://127.0.0.1:{port}/secret", f"smtp://127.0.0.1:{port}?{QUERY}"), SENTENCE)
    assert [words.split(" (")[0] for words in lost] == [f"The {x} could not be told" for x in ("webhook", "mailbox")]
    assert [words.split("): ")[1] for words in lost] == [
        f"check DEPTHLAKE_ALERT_{x} and what listens there." for x in ("WEBHOOK", "SMTP")
    ]
    assert not any("secret" in words or "\n" in words for words in lost)


@pytest.mark.parametrize("url", ["nowhere", "ftp://", "http://[/", "http://127.0.0.1:x/"])
def test_deliver_to_a_webhook_that_is_no_url(url: str) -> None:
    (lost,) = deliver(settings(url), SENTENCE)
    assert lost.endswith("check DEPTHLAKE_ALERT_WEBHOOK and what listens there.")


@pytest.mark.parametrize("url", NO_MAILBOXES)
def test_deliver_to_a_mailbox_that_is_none(url: str) -> None:
    assert deliver(settings(alert_smtp=url), SENTENCE) == [
        f"DEPTHLAKE_ALERT_SMTP is no address of a mailbox: set it like {FORM}, or unset it."
    ]
