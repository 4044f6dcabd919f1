"""Addresses of mailboxes, and what is none."""

import pytest

from pipelines.mailbox import FORM, Mailbox, parse_mailbox
from schemas.errors import SettingsError

QUERY = "from=me@example.org&to=you@example.org"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (FORM, Mailbox("host", 587, False, "user", "password", "me@example.org", ("you@example.org",))),
        (f"smtps://h?{QUERY}", Mailbox("h", 465, True, "", "", "me@example.org", ("you@example.org",))),
        (f"smtp://h:25/?{QUERY}", Mailbox("h", 25, False, "", "", "me@example.org", ("you@example.org",))),
    ],
)
def test_parse_mailbox(url: str, expected: Mailbox) -> None:
    assert parse_mailbox(url) == expected


NO_MAILBOXES = (
    f"http://h?{QUERY}",
    f"smtp://me:secret@?{QUERY}",
    f"smtp://me:secret@h:port?{QUERY}",
    f"smtp://me:secret@h/path?{QUERY}",
    "smtp://me:secret@h",
    "smtp://me:secret@h?to=you@example.org",
    "smtp://me:secret@h?from=me@example.org",
    f"smtp://me:secret@h?{QUERY}&from=another@example.org",
    f"smtp://me:secret@h?{QUERY}&cc=her@example.org",
    "smtp://me:secret@h?from=me@example.org&to=a@b,c@d",
    "smtp://me:secret@h?from=me@example.org&to=a@b%0ABcc:+c@d",
)


@pytest.mark.parametrize("url", NO_MAILBOXES)
def test_parse_mailbox_refuses_in_a_sentence_without_the_password(url: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse_mailbox(url)
    assert str(error.value) == f"DEPTHLAKE_ALERT_SMTP is no address of a mailbox: set it like {FORM}, or unset it."
