"""Two whom a block keeps apart say nothing more to each other in reviews; stars they may give."""

from functools import partial

import pytest
from django.urls import reverse

from accounts import services as accounts
from accounts.models import Block
from bookings import services
from bookings.errors import NotAnswerable, StarsOnly
from bookings.models import Booking, Review
from bookings.services import reviews
from tests.bookings.test_reviews import both, write
from tests.bookings.test_reviews_pages import address, read, receipt, send
from tests.orders import talked
from tests.rivals import rival

pytestmark = pytest.mark.django_db


@pytest.fixture
def over(client_user, listing) -> Booking:
    return talked(client_user, listing)


@pytest.fixture(params=["the client blocks", "the companion blocks"])
def sides(request, client_user, companion):
    """Who blocks, and whom."""
    return (client_user, companion) if request.param == "the client blocks" else (companion, client_user)


def block(sides) -> None:
    accounts.block(by=sides[0], other=sides[1])


class TestInTheService:
    def test_stars_without_words(self, over, sides):
        block(sides)
        for who in sides:
            with pytest.raises(StarsOnly):
                write(over, by=who, text="你等着。")
            assert write(over, by=who, stars=2, text="").stars == 2
        assert [review.is_shown for review in Review.objects.all()] == [True, True]

    def test_no_answer(self, over, sides, client_user, companion):
        mine, hers = both(over)
        block(sides)
        for review, who in [(mine, companion), (hers, client_user)]:
            with pytest.raises(NotAnswerable):
                services.answer_review(review=review, by=who, text="你等着。")

    def test_when_the_block_is_taken_back_words_are_words_again(self, over, sides):
        block(sides)
        accounts.unblock(by=sides[0], other_id=sides[1].pk)
        for who in sides:
            assert write(over, by=who, text="还是谢谢你。").text

    def test_a_block_of_somebody_else_changes_nothing(self, over, client_user, companion, stranger):
        accounts.block(by=stranger, other=companion)
        accounts.block(by=client_user, other=stranger)
        mine, _ = both(over)
        assert services.answer_review(review=mine, by=companion, text="谢谢你。").answer


class TestOnThePages:
    def test_the_form_has_no_field_for_words_and_says_nothing_of_a_block(self, client, over, sides):
        block(sides)
        for who in sides:
            for path in (receipt(over), address("review", over.pk)):
                page = read(client, path, who)
                assert page.count('name="stars"') == 5
                assert 'name="text"' not in page
                assert "block" not in page.partition('id="review"')[2].partition("</form>")[0]

    def test_a_form_that_was_open_before_is_told_that_stars_are_enough(self, client, over, sides):
        block(sides)
        for who in sides:
            assert send(client, over, who).status_code == 303
            assert "可以打星，不能写文字" in read_after(client, over)
            assert not Review.objects.exists()

    def test_nothing_offers_an_answer(self, client, over, sides, client_user, companion, listing):
        mine, hers = both(over)
        block(sides)
        for review, who in [(mine, companion), (hers, client_user)]:
            way = address("answer_review", review.pk)
            for path in (receipt(over), address("reviews"), listing.get_absolute_url()):
                assert way not in read(client, path, who)
            assert client.get(way).status_code == 404
            assert client.post(way, {"text": "你等着。"}).status_code == 404
        assert not Review.objects.exclude(answer="").exists()

    def test_without_a_block_they_do(self, client, over, client_user, companion, listing):
        mine, _ = both(over)
        way = address("answer_review", mine.pk)
        for path in (receipt(over), address("reviews"), listing.get_absolute_url()):
            assert way in read(client, path, companion)


def read_after(client, booking: Booking) -> str:
    return client.get(reverse("bookings:receipt", args=[booking.pk])).content.decode()


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    """The block is made and not committed yet when the other writes."""

    def acts(self, over) -> list[tuple[partial, type[Exception]]]:
        mine = Review.objects.filter(author=over.client).first()
        if mine is None:
            return [(partial(write, over, by=over.companion), StarsOnly)]
        return [(partial(services.answer_review, review=mine, by=over.companion, text="你等着。"), NotAnswerable)]

    @pytest.mark.parametrize("answering", [False, True])
    def test_who_writes_waits_for_the_block_and_sees_it(self, over, client_user, companion, answering):
        if answering:
            both(over)
        ((act, error),) = self.acts(over)
        with rival(lambda: accounts.block(by=client_user, other=companion)) as meanwhile:
            later = meanwhile(act)
        with pytest.raises(error):
            later()

    @pytest.mark.parametrize("answering", [False, True])
    def test_control_without_the_lock_of_the_pair_it_would_not_see_it(
        self, over, client_user, companion, answering, monkeypatch
    ):
        if answering:
            both(over)
        monkeypatch.setattr(reviews, "lock_pair", lambda one, other: None)
        ((act, _error),) = self.acts(over)
        with rival(lambda: accounts.block(by=client_user, other=companion)) as meanwhile:
            meanwhile(act)()
        assert Block.objects.exists()

    def test_who_writes_first_is_read_and_the_block_waits(self, over, client_user, companion):
        with rival(partial(write, over, by=companion)) as meanwhile:
            later = meanwhile(lambda: accounts.block(by=client_user, other=companion))
            assert not Block.objects.exists()
        later()
        assert Block.objects.exists()
