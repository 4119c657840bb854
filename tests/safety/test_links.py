"""A link to a meeting: made once, read by anybody who has it, dead 24 hours after."""

from functools import partial
from io import StringIO
from uuid import uuid4

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, InternalError, transaction
from django.urls import reverse
from django.utils.translation import override

from accounts.models import Letter
from accounts.services import send_letter
from bookings import services as bookings
from safety import services
from safety.errors import AddressLost, NoContacts, NotShared, TooManyLetters
from safety.models import Alarm, Link, Notice
from safety.models.case import place_of
from safety.services.links import _fingerprint
from tests.clock import clock_in_hand, set_clock
from tests.orders import MINUTE, accepted
from tests.rules import empty, index_dropped
from tests.safety.moments import SECOND, ended, life_of
from tests.threads import at_once, failures
from tests.visits import agreed, code, enter
from visits.models import StageName
from visits.services import note_stage

pytestmark = pytest.mark.django_db
ANOTHER_KEY = "YW5vdGhlci1rZXktb2YtMzItYnl0ZXMtZXhhY3RseSE="
ENGLISH = {"accept-language": "en"}


def path_of(link: Link) -> str:
    return services.address_of(link).removeprefix("http://127.0.0.1:8000")


def read(client, link: Link):
    return client.get(path_of(link), headers=ENGLISH)


@pytest.fixture
def link(soon) -> Link:
    return services.share(booking=soon, by=soon.client)


def test_it_is_made_once_and_shown_again(soon, link):
    assert services.share(booking=soon, by=soon.client) == link
    assert services.address_of(Link.objects.get()) == services.address_of(link)


def test_the_token_is_nowhere_in_the_row(link):
    token = path_of(link).split("/")[-2]
    assert len(token) * 6 >= 128
    assert token.encode() not in bytes(link.sealed)
    assert token not in str(Link.objects.values().get())


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_are_one_link(soon):
    results = at_once(*[partial(services.share, booking=soon, by=soon.client)] * 4)
    assert failures(results) == []
    assert len(set(results)) == Link.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_rule_two_taps_are_several(soon, monkeypatch):
    from threading import Barrier

    from safety.services import links

    seen = Barrier(2)
    look = links.link_of

    def look_together(booking, user):
        found = look(booking, user)
        seen.wait()
        return found

    monkeypatch.setattr(links, "link_of", look_together)
    with index_dropped("safety_link_one_each"):
        results = at_once(*[partial(services.share, booking=soon, by=soon.client)] * 2)
        # Whoever looks after the other has written finds two where there may be one.
        assert failures(results) or Link.objects.count() == 2
        empty("safety_link")


def test_each_of_the_two_has_his_own(soon, link):
    hers = services.share(booking=soon, by=soon.companion)
    assert services.address_of(hers) != services.address_of(link)


def test_nobody_else_has_one(soon, stranger):
    with pytest.raises((IntegrityError, InternalError), match="one of two who meet"), transaction.atomic():
        services.share(booking=soon, by=stranger)


def test_a_chat_has_none(client_user, listing):
    with pytest.raises(NotShared):
        services.share(booking=accepted(client_user, listing), by=client_user)


def test_a_link_only_dies(link):
    with pytest.raises((IntegrityError, InternalError), match="only dies"), transaction.atomic():
        Link.objects.filter(pk=link.pk).update(fingerprint="0" * 64)
    Link.objects.filter(pk=link.pk).update(sealed=None)
    with pytest.raises((IntegrityError, InternalError), match="only dies"), transaction.atomic():
        Link.objects.filter(pk=link.pk).update(sealed=b"another")


def test_it_tells_who_where_and_when_and_no_more(client, link, soon):
    page = read(client, link)
    said = page.content.decode()
    assert page.status_code == 200
    assert all(words in said for words in ("lin", "shen", soon.terms.place, f"{soon.starts_at:%M}"))
    assert "¥" not in said.split("<main")[1].split("</main>")[0]
    assert soon.code not in said and soon.client.email not in said


def test_a_companions_friends_do_not_read_in_which_hospital_he_is(client, running):
    note_stage(booking=running, by=running.companion, name=StageName.EXAMINED, request_key=uuid4())
    his, hers = (services.share(booking=running, by=user) for user in (running.client, running.companion))
    with override("en"):
        facts = [running.terms.place, str(StageName.EXAMINED.label)]
        assert [fact in read(client, his).content.decode() for fact in facts] == [True, True]
        assert [fact in read(client, hers).content.decode() for fact in facts] == [False, False]
        services.raise_alarm(booking=running, by=running.companion)
        assert [fact in read(client, hers).content.decode() for fact in facts] == [True, False]


def test_and_her_own_page_says_so(client, running):
    client.force_login(running.companion)
    own = reverse("safety:share", args=[running.pk])
    assert "named only once you call for help" in client.get(own, headers=ENGLISH).content.decode()


def test_nobody_on_the_way_learns_its_address(client, link):
    for path in (path_of(link), "/safe/with/nothing/"):
        page = client.get(path)
        assert "noindex" in page["X-Robots-Tag"]
        # With "no-referrer" a browser sends "Origin: null", and the choice of language on the page is refused.
        assert page["Referrer-Policy"] == "strict-origin"
        assert "no-store" in page["Cache-Control"]


def test_it_follows_the_meeting(client, link, soon):
    assert "Agreed, and still to come" in read(client, link).content.decode()
    bookings.arrive(booking=soon, by=soon.companion)
    assert "shen is at the place" in read(client, link).content.decode()
    enter(soon, code(soon))
    assert "Together since" in read(client, link).content.decode()
    bookings.end(booking=soon, by=soon.client)
    assert "Ended at" in read(client, link).content.decode()


def test_it_lives_until_24_hours_after_the_end_to_the_second(client, link, soon):
    enter(soon, code(soon))
    dies = life_of(ended(soon))
    with clock_in_hand():
        set_clock(dies - SECOND)
        assert read(client, link).status_code == 200
        set_clock(dies)
        page = read(client, link)
    assert page.status_code == 410
    said = page.content.decode()
    assert "This link has expired" in said
    assert "shen" not in said


def test_and_of_a_meeting_that_closed_without_beginning(client, link, soon):
    bookings.cancel(booking=soon, by=soon.companion)
    closed_ms = soon.steps.order_by("-id").first().at_ms
    with clock_in_hand():
        set_clock(closed_ms + services.LINK_LIFE_MS - SECOND)
        assert "It did not take place" in read(client, link).content.decode()
        set_clock(closed_ms + services.LINK_LIFE_MS)
        assert read(client, link).status_code == 410


def test_none_is_made_of_what_is_long_over(running):
    over = ended(running)
    with pytest.raises(NotShared):
        services.share(booking=over, by=over.client, now_ms=life_of(over))
    assert services.share(booking=over, by=over.client, now_ms=life_of(over) - 1)


def test_before_it_is_agreed_there_is_none(client_user, clinic):
    from tests.orders import pay
    from tests.visits import ask_for

    with pytest.raises(NotShared):
        services.share(booking=pay(ask_for(client_user, clinic)), by=client_user)


def test_taken_back_it_is_dead_and_another_one_is_another_address(client, link, soon):
    path = path_of(link)
    services.revoke(booking=soon, by=soon.client)
    services.revoke(booking=soon, by=soon.client)
    page = client.get(path, headers={"HX-Request": "true"})
    assert (page.status_code, page["HX-Refresh"]) == (410, "true")
    fresh = services.share(booking=soon, by=soon.client)
    assert path_of(fresh) != path
    assert client.get(path).status_code == 410


def test_one_whose_key_is_gone_goes_on_until_its_owner_wants_another(link, soon, settings, client):
    path = path_of(link)
    settings.DOCUMENT_KEYS = [ANOTHER_KEY]
    assert services.share(booking=soon, by=soon.client) == link
    client.force_login(soon.client)
    own = reverse("safety:share", args=[soon.pk])
    assert "can no longer be shown" in client.get(own, headers=ENGLISH).content.decode()
    assert client.get(path).status_code == 200
    for _tap in range(2):
        client.post(own, {"anew": "1"})
    assert services.address_of(Link.objects.get(revoked_at=None))
    assert Link.objects.count() == 2
    assert client.get(path).status_code == 410


def test_no_letter_goes_out_without_an_address(link, soon, settings, family):
    settings.DOCUMENT_KEYS = [ANOTHER_KEY]
    with pytest.raises(AddressLost):
        services.share_with_contacts(booking=soon, by=family)
    services.raise_alarm(booking=soon, by=family)
    address = services.address_of(Link.objects.get(revoked_at=None))
    assert address and all(address in body for body in letters_of_help())


def letters_of_help() -> list[str]:
    return list(Letter.objects.filter(key__startswith="safety:alarm").values_list("body", flat=True))


def test_a_new_key_seals_links_and_positions_again(link, soon, settings):
    services.raise_alarm(booking=soon, by=soon.client, place=services.Place(31.2, 121.4, 3))
    path, old = path_of(link), settings.DOCUMENT_KEYS
    settings.DOCUMENT_KEYS = [ANOTHER_KEY, *old]
    call_command("reseal_meetings", stdout=StringIO())
    settings.DOCUMENT_KEYS = [ANOTHER_KEY]
    assert path_of(Link.objects.get()) == path
    assert place_of(Alarm.objects.get()).startswith("31.2")


@pytest.mark.parametrize("token", ["x", "0" * 64, "é" * 30, "%00", "a" * 900])
def test_what_was_never_a_link_is_not_there(client, token):
    assert client.get(f"/safe/with/{token}/").status_code == 404


def test_an_unknown_one_is_looked_for_like_a_known_one(django_assert_num_queries, link):
    for token in (path_of(link).split("/")[-2], "never was"):
        with django_assert_num_queries(1):
            services.found(token)


def test_reading_needs_no_session_and_starts_none(client, link):
    assert read(client, link).cookies.keys() <= {"csrftoken"}


# By mail


def test_one_tap_tells_all_of_them_once(soon, family):
    first = services.share_with_contacts(booking=soon, by=family)
    again = services.share_with_contacts(booking=soon, by=family)
    assert [notice.name for notice in first] == ["妈妈", "阿勇"]
    assert first == again
    assert Letter.objects.filter(key__startswith="safety:link").count() == 2


def test_the_letter_goes_to_the_contact_and_leads_to_the_link(soon, family, client):
    services.share_with_contacts(booking=soon, by=family)
    for letter in Letter.objects.filter(key__startswith="safety:link").order_by("pk"):
        send_letter(letter_id=letter.pk)
    assert [letter.to for letter in mail.outbox] == [["mum@example.com"], ["yong@example.com"]]
    address = services.address_of(Link.objects.get())
    assert address in mail.outbox[0].body
    assert "lin" in mail.outbox[0].subject


def test_whoever_was_told_before_is_not_told_again_when_one_more_is_added(soon, family):
    services.share_with_contacts(booking=soon, by=family)
    services.add_contact(by=family, name="三姐", email="jie@example.com")
    services.share_with_contacts(booking=soon, by=family)
    assert Notice.objects.count() == 3


def test_our_mail_is_not_for_strangers(soon, family):
    """Two letters with each of ten links; with one more there would be more than twenty."""
    for number in range(10):
        services.share_with_contacts(booking=soon, by=family)
        for letter in Letter.objects.filter(sent_at=None, key__startswith="safety:link"):
            send_letter(letter_id=letter.pk)
        services.revoke(booking=soon, by=family)
        assert Notice.objects.count() == 2 * (number + 1)
    with pytest.raises(TooManyLetters):
        services.share_with_contacts(booking=soon, by=family)


def test_without_anybody_to_tell_that_is_said(soon):
    with pytest.raises(NoContacts):
        services.share_with_contacts(booking=soon, by=soon.client)


def test_a_link_taken_back_is_not_sent_any_more(soon, family):
    services.share_with_contacts(booking=soon, by=family)
    services.revoke(booking=soon, by=family)
    assert not Letter.objects.filter(key__startswith="safety:link").exists()


# Its owner's page


def test_its_owner_makes_sends_and_takes_back_on_pages(client, soon, family):
    client.force_login(family)
    own = reverse("safety:share", args=[soon.pk])
    assert client.post(own)["Location"] == own
    assert services.address_of(Link.objects.get()) in client.get(own).content.decode()
    client.post(reverse("safety:tell", args=[soon.pk]))
    assert "妈妈" in client.get(own).content.decode()
    client.post(reverse("safety:revoke", args=[soon.pk]))
    assert Link.objects.get().revoked_at


@pytest.mark.parametrize("page", ["share", "revoke", "tell", "late", "directions", "sos", "well"])
def test_strangers_find_none_of_it(client, soon, stranger, page):
    client.force_login(stranger)
    assert client.post(reverse(f"safety:{page}", args=[soon.pk])).status_code == 404


def test_a_chat_has_none_of_these_pages(client, client_user, listing):
    booking = accepted(client_user, listing)
    client.force_login(client_user)
    assert client.get(reverse("safety:sos", args=[booking.pk])).status_code == 404


# What is kept


def test_with_the_link_its_token_is_erased(running):
    link = services.share(booking=running, by=running.client)
    dies = life_of(ended(running))
    assert services.forget(now_ms=dies - SECOND) == 0
    services.forget(now_ms=dies)
    link.refresh_from_db()
    assert link.sealed is None
    assert Link.objects.get(fingerprint=link.fingerprint)


def test_of_a_meeting_still_to_come_nothing_is_erased(client_user, clinic):
    booking = agreed(client_user, clinic)
    services.share(booking=booking, by=client_user)
    assert services.forget(now_ms=booking.starts_ms + 40 * 24 * 60 * MINUTE) == 0


def test_the_fingerprint_is_a_hash(link):
    token = path_of(link).split("/")[-2]
    assert Link.objects.get().fingerprint == _fingerprint(token) != token
