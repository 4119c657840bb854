"""Letters: written with what they tell of, sent after it is durable, each once."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts import services, tasks
from accounts.models import Letter, User
from accounts.services.letters import MOST_ATTEMPTS, SOONER, WAITS, WORDS_KEPT
from tests.rivals import rival

# PostgreSQL waits for a rival's change, but does not look at a subquery again.
BY_ITS_FORMER_SELF = """
UPDATE accounts_letter SET tried_at = now()
 WHERE id IN (SELECT id FROM accounts_letter WHERE id = %s AND tried_at IS NULL)
"""

pytestmark = pytest.mark.django_db


def write(user, key: str = "one") -> Letter:
    services.write_letter(to=user, key=key, subject="Hello %(name)s", body="Dear %(name)s", path="/me/", name="小林")
    return Letter.objects.get(key=key)


def test_a_letter_is_sent_once_whoever_rings(client_user):
    letter = write(client_user)
    tasks.send_letter(letter.pk)
    tasks.send_letter(letter.pk)
    tasks.send_letters()
    assert [(sent.subject, sent.to) for sent in mail.outbox] == [("Hello 小林", [client_user.email])]
    assert mail.outbox[0].body.endswith("/me/")


def test_the_same_key_is_written_once(client_user):
    assert write(client_user) == write(client_user)
    assert Letter.objects.count() == 1


def test_a_mail_server_that_refuses_is_only_logged_and_asked_again_later(client_user, settings, caplog):
    letter = write(client_user)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    tasks.send_letters()
    assert "letter not sent" in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    tasks.send_letters()
    assert mail.outbox == []
    Letter.objects.update(tried_at=timezone.now() - timedelta(minutes=11))
    tasks.send_letters()
    letter.refresh_from_db()
    assert (len(mail.outbox), letter.attempts) == (1, 2)
    assert letter.sent_at


def test_a_letter_that_cannot_be_made_holds_up_none_behind_it_and_is_given_up(client_user, stranger, caplog):
    # The label of a domain has at most 63 letters.
    User.objects.filter(pk=stranger.pk).update(email=f"lin@{'林' * 64}.cn")
    broken, behind = write(stranger, "broken"), write(client_user, "behind")
    tasks.send_letters()
    assert [sent.to for sent in mail.outbox] == [[client_user.email]]
    assert "ERROR" in caplog.text and "letter not sent: broken" in caplog.text
    Letter.objects.filter(pk=broken.pk).update(tried_at=None, attempts=MOST_ATTEMPTS - 1)
    tasks.send_letter(broken.pk)
    assert "letter given up: broken" in caplog.text
    Letter.objects.update(tried_at=None)
    assert not services.unsent_letters().exists()
    behind.refresh_from_db()
    assert behind.sent_at


def test_the_waits_grow_and_outlast_a_mail_server_that_is_away_for_days(client_user):
    letter, days = write(client_user), timedelta()
    for tried, wait in enumerate(WAITS, start=1):
        for waited, due in ((wait - timedelta(seconds=5), False), (wait + timedelta(seconds=5), True)):
            Letter.objects.update(attempts=tried, tried_at=timezone.now() - waited)
            assert services.unsent_letters().filter(pk=letter.pk).exists() is due
        days += wait
    assert (len(WAITS), days > timedelta(days=3)) == (MOST_ATTEMPTS - 1, True)


def test_what_is_true_for_a_day_at_most_is_tried_sooner(client_user):
    services.write_letter(to=client_user, key="today", subject="a", body="b", good_for=timedelta(days=1))
    services.write_letter(to=client_user, key="this week", subject="a", body="b", good_for=timedelta(days=7))
    Letter.objects.update(attempts=1, tried_at=timezone.now() - timedelta(seconds=61))
    assert [letter.key for letter in services.unsent_letters()] == ["today"]
    assert sum(WAITS[:10], timedelta()) / SOONER < timedelta(days=1)


def test_the_log_names_no_address_that_a_server_refused(client_user, monkeypatch, caplog):
    def refuse(self):
        raise smtplib.SMTPRecipientsRefused({self.to[0]: (550, b"unknown <" + self.to[0].encode() + b">")})

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    tasks.send_letter(write(client_user).pk)
    assert "letter not sent: one (SMTPRecipientsRefused 550)" in caplog.text
    assert client_user.email not in caplog.text


def test_what_a_letter_said_is_erased_after_a_month_and_it_is_not_told_again(client_user):
    young, sent, unsent = (write(client_user, key) for key in ("young", "sent", "unsent"))
    long_ago = timezone.now() - WORDS_KEPT - timedelta(minutes=1)
    Letter.objects.filter(pk=sent.pk).update(sent_at=long_ago)
    Letter.objects.filter(pk=unsent.pk).update(written_at=long_ago)
    tasks.forget_words()
    assert dict(Letter.objects.values_list("key", "body"))["young"] == young.body
    assert set(Letter.objects.exclude(pk=young.pk).values_list("subject", "body")) == {("", "")}
    assert list(services.unsent_letters()) == [young]
    assert write(client_user, "sent") == sent


def test_a_name_of_several_lines_makes_one_line_of_a_subject(client_user):
    services.write_letter(to=client_user, key="k", subject="%(name)s!", body="%(name)s\n", name=" 小\r\n林\u2028 ")
    tasks.send_letters()
    assert [sent.subject for sent in mail.outbox] == ["小 林 !"]


def test_the_database_keeps_no_subject_of_several_lines(client_user):
    write(client_user)
    with pytest.raises(IntegrityError, match="letter_subject_one_line"):
        Letter.objects.update(subject="Hello\nBcc: all@example.com")


def test_it_speaks_the_readers_language(client_user):
    client_user.language = "en"
    services.write_letter(to=client_user, key="k", subject="Saved.", body="")
    assert Letter.objects.get().subject == "Saved."


@pytest.mark.django_db(transaction=True)
def test_rung_for_by_two_at_the_same_moment_it_is_sent_once(client_user):
    letter = write(client_user)
    with rival(lambda: tasks.send_letter(letter.pk)) as meanwhile:
        other = meanwhile(lambda: tasks.send_letter(letter.pk))
    other()
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_claimed_by_what_it_was_before_it_would_be_sent_twice(client_user):
    letter = write(client_user)

    def claim() -> int:
        with connection.cursor() as cursor:
            cursor.execute(BY_ITS_FORMER_SELF, [letter.pk])
            return cursor.rowcount

    with rival(claim) as meanwhile:
        other = meanwhile(claim)
    assert other() == 1
