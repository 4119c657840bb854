"""What guests hear by mail of a meeting they have no talk about."""

import pytest

from accounts.models import Letter
from bookings import services as bookings
from payments.models import Payment
from tests.disputes import disputed
from tests.moves import later, proposed
from tests.orders import pay
from tests.parties.tables import a_guest, a_table, paid_by_all, seated
from tests.visits import a_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def table(client_user):
    """Two share it; all is paid."""
    return paid_by_all(seated(a_table(client_user, a_place("ruby", kind="dining"), 2), a_guest("guest-one")))


def subjects() -> list[str]:
    return list(Letter.objects.filter(key__startswith="parties:").order_by("pk").values_list("subject", flat=True))


def test_that_it_is_accepted_moved_and_cancelled(table):
    bookings.accept(booking=table, by=table.companion)
    move = proposed(table, table.client, later(table))
    for user in (table.companion, *(guest.user for guest in table.party.guests.all())):
        bookings.agree_to_move(move=move, by=user)
    bookings.cancel(booking=table, by=table.client)
    assert subjects() == ["ruby接单了", "想换个时间，等你同意", "时间改了", "这次见面取消了"]
    moved = Letter.objects.get(subject="时间改了")
    assert moved.to.display_name == "guest-one" and "外婆家" in moved.body and f"/parties/{table.pk}/" in moved.body


def test_that_nobody_had_time(table):
    bookings.decline(booking=table, by=table.companion)
    assert subjects() == ["这次见面取消了"]


def test_nothing_before_anything_is_decided(client_user):
    table = a_table(client_user, a_place("ruby", kind="dining"), 3)
    pay(seated(table, a_guest("guest-one")))
    assert subjects() == []


def test_of_a_payment_that_a_bank_stopped_once_whoever_pays_and_whoever_does_not(table):
    bookings.accept(booking=table, by=table.companion)
    guest = table.party.guests.get().user
    Letter.objects.all().delete()
    disputed(table)
    [letter] = Letter.objects.filter(to=guest)
    assert letter.subject == "这次见面取消了" and "付款被中止" in letter.body and "请不要出发" in letter.body


def test_the_guest_whose_bank_stopped_it_hears_as_well(table):
    bookings.accept(booking=table, by=table.companion)
    guest = table.party.guests.get().user
    Letter.objects.all().delete()
    disputed(table, Payment.objects.get(payer=guest).seq)
    assert Letter.objects.filter(to=guest).count() == 1 == Letter.objects.filter(to=table.client).count()
