"""What the pages say of time and money is what happens: until when it is paid, what comes back, and where to."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from bookings import services
from bookings.models import Booking, Extension
from common.clock import moment
from listings.days import ZONE
from payments import services as payments
from payments.models import Refund, SavedCard
from tests.bookings.absence import age as began_earlier
from tests.bookings.test_cancelling import moved_to
from tests.bookings.test_lifecycle import age
from tests.cast import a_week
from tests.orders import MINUTE, appointed, live, note_absence, on_the_half_hour, pay_on_top, settle
from tests.papers import identify
from tests.visits import a_place, ask_for, together

pytestmark = pytest.mark.django_db


def words_of(client, user: User, address: str, language: str = "en", **asked) -> str:
    client.force_login(user)
    page = client.get(address, asked, headers={"accept-language": language}).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def url(name: str, booking: Booking) -> str:
    return reverse(f"bookings:{name}", args=[booking.pk])


def longer(booking: Booking, minutes: int, method: str = "visa •••• 4242") -> Extension:
    wanted = services.extend(booking=booking, by=booking.client, minutes=minutes, request_key=uuid4())
    pay_on_top(wanted, method)
    booking.refresh_from_db()
    return wanted


def aged(booking: Booking, ms: int) -> Booking:
    age(booking, ms)
    booking.refresh_from_db()
    return booking


def hour(ms: int) -> str:
    return f"{moment(ms).astimezone(ZONE):%H:%M}"


@pytest.fixture
def visit(db, client_user) -> Booking:
    return together(client_user, a_place("shen"))


class TestOvertimeThatIsPaid:
    def test_moves_the_end_for_both_and_on_each_page(self, client, visit):
        before = hour(visit.deadline_ms)
        longer(visit, 60)
        until = hour(visit.deadline_ms)
        assert until != before
        for user in (visit.client, visit.companion):
            assert f"paid until {until}" in words_of(client, user, url("detail", visit))
            for address in (reverse("chat:room", args=[visit.pk]), reverse("bookings:list")):
                assert f"{hour(visit.live_since_ms)} – {until}" in words_of(client, user, address)

    def test_and_is_not_begun_comes_back_as_ending_says_first(self, client, visit):
        longer(visit, 60)
        words = words_of(client, visit.client, url("detail", visit))
        assert "Does not come back ¥300 Comes back to you ¥80" in words
        assert "不退 ¥300 退回给你 ¥80" in words_of(client, visit.client, url("detail", visit), "zh-hans")
        settle(services.end(booking=visit, by=visit.client))
        assert [refund.amount for refund in Refund.objects.all()] == [8000]

    def test_of_a_meal_it_is_by_the_minute(self, client, client_user):
        meal = aged(together(client_user, a_place("ruby", kind="dining")), 30 * MINUTE + 500)
        assert "Does not come back ¥30 Comes back to you ¥30" in words_of(client, client_user, url("detail", meal))

    def test_what_is_folded_out_stays_open_while_the_sum_is_the_same(self, client, visit):
        """A part of the page is replaced when its version changes."""

        def version() -> str:
            return re.search(r'data-version="([^"]*)"', client.get(url("detail", visit)).content.decode())[1]

        client.force_login(visit.client)
        before = version()
        age(visit, 90 * MINUTE)
        assert version() == before


class TestWhereItGoesBack:
    @pytest.fixture
    def ended(self, client_user, listing) -> Booking:
        booking = live(client_user, listing)
        longer(booking, 15)
        longer(booking, 60, "alipay")
        age(booking, MINUTE + 500)
        return services.end(booking=booking, by=client_user)

    def said(self, client, booking: Booking) -> list[tuple[str, str]]:
        words = words_of(client, booking.client, url("receipt", booking))
        return re.findall(r"To (Alipay|Visa ending in 4242) ¥([\d.]+)", words)

    def test_is_said_from_the_first_second_as_it_will_be(self, client, ended):
        said = self.said(client, ended)
        assert said == [("Alipay", "20"), ("Visa ending in 4242", "5"), ("Visa ending in 4242", "9.67")]
        planned = payments.planned_refunds(ref=ended.pk, payer_id=ended.client_id, amount=3467)
        settle(ended)
        sent = payments.money_of(ref=ended.pk).refunds
        assert [(part.payment, part.amount) for part in planned] == [(row.payment, row.amount) for row in sent]

    def test_the_total_stands_there_before_and_after(self, client, ended):
        assert "Comes back ¥34.67" in words_of(client, ended.client, url("receipt", ended))
        settle(ended)
        assert "Comes back in all ¥34.67" in words_of(client, ended.client, url("receipt", ended))

    def test_and_so_does_each_payment_of_what_was_prepaid(self, client, ended):
        words = words_of(client, ended.client, url("receipt", ended))
        assert "¥35 Paid with Visa ending in 4242 ¥10 Paid with Visa ending in 4242 ¥5 Paid with Alipay ¥20" in words

    def test_what_came_too_late_is_no_part_of_it(self, client, client_user, listing):
        booking = live(client_user, listing)
        late = services.extend(booking=booking, by=client_user, minutes=15, request_key=uuid4())
        services.drop_extension(extension=late, by=client_user)
        pay_on_top(late, "alipay")
        services.end(booking=booking, by=client_user)
        assert self.said(client, booking) == [("Visa ending in 4242", "10")]
        assert "Paid with" not in words_of(client, client_user, url("receipt", booking))


@pytest.mark.parametrize("side", ["client", "companion"])
def test_an_absence_of_the_client_says_that_its_first_minutes_are_charged(client, client_user, listing, side):
    booking = live(client_user, listing)
    began_earlier(booking, 10 * MINUTE)
    note_absence(booking.client_id, booking.live_since_ms + MINUTE)
    booking.refresh_from_db()
    assert booking.pause_reason == "client_away"
    reader = getattr(booking, side)
    assert "been away for 3 min, which are charged" in words_of(client, reader, url("receipt", booking))
    if side == "client":
        client.force_login(reader)
        room = client.get(reverse("chat:room", args=[booking.pk]), headers={"accept-language": "zh-hans"})
        assert "你离开满 3 分钟，停表了；那 3 分钟计费，之后不计" in room.content.decode()
        assert "those minutes are charged" in words_of(client, reader, url("detail", booking))


class TestAStartWithinADay:
    """Once accepted, it is never cancelled for nothing."""

    OF_SOME = "Of these 80% comes back if you cancel once it is accepted: ¥240."
    OF_ALL = "It begins in less than 24 hours. If you cancel once it is accepted, 80% comes back: ¥240."

    @pytest.fixture
    def clinic(self, db):
        return a_place("shen")

    def test_is_named_where_a_time_is_chosen(self, client, client_user, clinic):
        identify(client_user)
        address = reverse("listings:choose_time", args=[clinic.pk])
        tomorrow = (timezone.now() + timedelta(days=1)).astimezone(ZONE).date()
        later = tomorrow + timedelta(days=2)
        words = words_of(client, client_user, address, day=tomorrow)
        # Just before midnight the last start of tomorrow is less than a day away too.
        assert self.OF_SOME in words or self.OF_ALL in words
        assert "comes back if you cancel once" not in words_of(client, client_user, address, day=later)

    def test_and_before_it_is_paid(self, client, client_user, clinic):
        booking = moved_to(ask_for(client_user, clinic), 60 * 12 * MINUTE)
        assert self.OF_ALL in words_of(client, client_user, url("detail", booking))
        far = ask_for(client_user, a_place("wen"), starts_at=on_the_half_hour(24 * 7))
        assert "If you cancel once" not in words_of(client, client_user, url("detail", far))

    def test_its_dialog_names_no_day_that_is_over(self, client, client_user, listing):
        a_week(listing.companion)
        booking = moved_to(appointed(client_user, listing), 60 * MINUTE)
        words = words_of(client, client_user, url("detail", booking), "zh-hans")
        assert "距开始已不足 24 小时" in words and "之前取消" not in words

    def test_the_button_to_the_payment_says_how_much(self, client, client_user, clinic):
        identify(client_user)
        chosen = {"minutes": 240, "starts_at": on_the_half_hour().isoformat()}
        step = reverse("visits:plan", args=[clinic.pk])
        assert "Go to payment ¥300" in words_of(client, client_user, step, **chosen)


def test_each_offer_of_more_tells_the_button_its_sum(client, client_user, listing):
    booking = live(client_user, listing)
    SavedCard.objects.create(user=client_user, stripe_id="pm_1", brand="visa", last4="4242", exp_month=1, exp_year=2040)
    client.force_login(client_user)
    page = client.get(url("more", booking), headers={"accept-language": "zh-hans"}).content.decode()
    assert 'data-sum="¥10"' in page and 'data-choice="用 Visa •••• 4242 付 {sum}"' in page
    assert 'data-choice="再聊 {minutes} 分钟 · {sum}"' in page


def test_more_time_is_in_all_that_she_reads(client, client_user, listing):
    booking = live(client_user, listing)
    longer(booking, 60)
    for end in (False, True):
        if end:
            services.end(booking=booking, by=client_user)
        assert "Prepaid, 90 min · ¥30" in words_of(client, booking.companion, reverse("chat:room", args=[booking.pk]))
        if not end:
            assert "90 min · ¥30" in words_of(client, booking.companion, reverse("bookings:workbench"))
            assert "· ¥30" in words_of(client, client_user, reverse("bookings:list"))


class TestOvertimeSheAsksFor:
    @pytest.fixture
    def asked(self, visit) -> Extension:
        return services.ask_for_more(booking=visit, by=visit.companion, minutes=30, request_key=uuid4())

    @pytest.mark.parametrize("name", ["bookings:detail", "chat:room"])
    def test_has_both_answers_where_it_is_shown(self, client, visit, asked, name):
        words = words_of(client, visit.client, reverse(name, args=[visit.pk]))
        assert "No, thanks Add it, ¥40" in words
        assert (
            reverse("bookings:drop_extension", args=[visit.pk, asked.pk])
            in client.get(reverse(name, args=[visit.pk])).content.decode()
        )

    def test_comes_into_an_open_chat_and_leaves_it(self, client, visit, asked):
        client.force_login(visit.client)
        part = {"HX-Request": "true", "HX-Target": "asked-here"}
        assert f"/{asked.pk}/drop/" in client.get(url("more", visit), headers=part).content.decode()
        services.drop_extension(extension=asked, by=visit.client)
        assert not client.get(url("more", visit), headers=part).content.strip()

    def test_once_declined_her_page_no_longer_waits_for_him(self, client, visit):
        client.force_login(visit.companion)
        form = {"minutes": "30", "request_key": str(uuid4())}
        client.post(url("ask_for_more", visit), form)
        waits = "Nothing more runs before the client has approved"
        assert waits in words_of(client, visit.companion, url("detail", visit))
        services.drop_extension(extension=services.asked_of(visit), by=visit.client)
        words = words_of(client, visit.companion, url("detail", visit))
        assert waits not in words and "Ask for half an hour more" in words
