"""Money that came when it was no longer asked for: where it is on its way back stands on the client's pages."""

import re

import pytest

from bookings.models import Booking
from extras import services
from extras.models import Extra
from payments.gateway.values import RefundState
from payments.models import Refund
from payments.services.refunds import apply_refund, request_refund_again
from tests.extras.asking import FEN, asked, ended, money_comes, opened, paid
from tests.extras.pages import as_, page_of
from tests.orders import settle

pytestmark = pytest.mark.django_db
LATE = "You paid when this was no longer asked for"


def came_late(booking: Booking) -> Extra:
    extra = asked(booking)
    payment = opened(extra)
    services.take_back(extra=extra, by=booking.companion)
    money_comes(payment)
    return extra


def now_stands(extra: Extra, status: str) -> None:
    refund = Refund.objects.filter(ref=extra.pk).latest("seq")
    apply_refund(refund_id=refund.pk, state=RefundState(f"re_{refund.pk}", status, FEN, ""))


def part(text: str) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", text[text.index('id="extras-title"') :].split("</section>")[0])


WORDS = [
    ("pending", "On its way back to Visa ending in 4242"),
    ("succeeded", "Sent back to Visa ending in 4242 at"),
    ("failed", "We sent ¥23.50 to Visa ending in 4242, and it came back to us. It is kept for you"),
]


@pytest.mark.parametrize(("status", "words"), WORDS)
@pytest.mark.parametrize("name", ["detail", "receipt"])
def test_the_client_reads_how_far_it_is(client, visit, name, status, words):
    extra = came_late(visit)
    now_stands(extra, status)
    settle(ended(visit))
    his, hers = (
        part(page_of(as_(client, visit.client), visit, name)),
        page_of(as_(client, visit.companion), visit, name),
    )
    assert LATE in his and words in his and "¥23.50" in his
    assert LATE not in hers and "Visa" not in hers


def test_a_failed_one_that_is_sent_again_is_on_its_way(client, visit):
    extra = came_late(visit)
    now_stands(extra, "failed")
    request_refund_again(ref=extra.pk)
    his = part(page_of(as_(client, visit.client), visit))
    assert "Goes back to Visa ending in 4242 now" in his


def test_beside_what_was_paid_it_is_no_part_of_the_sum(client, visit):
    came_late(visit)
    paid(asked(visit, amount_fen=4000))
    his = part(page_of(as_(client, visit.client), settle(ended(visit)), "receipt"))
    assert re.search(r"Paid besides +¥40 ", his) and LATE in his


def test_each_step_is_news_on_open_pages(client, visit, touched):
    extra = came_late(visit)
    touched.clear()
    seen: dict[str, list[str]] = {"detail": [], "receipt": []}
    for status in ("pending", "succeeded", "failed"):
        now_stands(extra, status)
        for name, versions in seen.items():
            versions.append(re.search(r'data-version="([^"]*)"', page_of(as_(client, visit.client), visit, name))[1])
    assert touched == [visit.pk] * 3
    assert [len(set(versions)) for versions in seen.values()] == [3, 3]


def test_that_it_came_is_news(visit, touched):
    extra = asked(visit)
    payment = opened(extra)
    services.take_back(extra=extra, by=visit.companion)
    touched.clear()
    money_comes(payment)
    assert touched == [visit.pk]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [("detail", 30), ("receipt", 16)])
def test_more_of_it_is_not_more_questions(client, visit, rows, name, queries, django_assert_num_queries):
    for _ in range(rows):
        came_late(visit)
    as_(client, visit.client)
    page_of(client, visit, name)
    with django_assert_num_queries(queries):
        page_of(client, visit, name)
