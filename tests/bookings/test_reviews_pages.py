"""Reviews on the pages: what each person finds, and what bad input gets."""

import re

import pytest
from django.urls import reverse

from bookings import services
from bookings.models import REVIEW_WINDOW_MS, Booking, Review
from listings.models import Listing
from tests.bookings.test_reviews import both, write
from tests.cast import a_listing, a_user
from tests.orders import live, long_ago, requested, talked

pytestmark = pytest.mark.django_db


@pytest.fixture
def over(client_user, listing) -> Booking:
    return talked(client_user, listing)


def address(name: str, *args) -> str:
    return reverse(f"bookings:{name}", args=args)


def receipt(booking: Booking) -> str:
    return address("receipt", booking.pk)


def read(client, path: str, who=None) -> str:
    """The page as that person finds it, without what is new each time."""
    client.logout()
    if who:
        client.force_login(who)
    page = client.get(path, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    return re.sub(r'(csrfmiddlewaretoken|request_key)" value="[^"]+"|data-(server-now-ms|now-us)="\d+"', "", page)


def send(client, booking: Booking, who, **form):
    client.force_login(who)
    return client.post(address("review", booking.pk), {"stars": "4", "text": "听得很认真。", **form})


def several(listing: Listing, count: int, stars: int = 5) -> None:
    """Reviews of different clients, all answered."""
    for number in range(count):
        mine, _ = both(talked(a_user(f"guest{number}"), listing), client=stars)
        services.answer_review(review=mine, by=mine.about, text="谢谢你。")


class TestWriting:
    def test_by_form_and_then_it_waits_for_the_other(self, client, over, client_user):
        answer = send(client, over, client_user)
        assert answer["Location"] == receipt(over) + "#review"
        page = read(client, receipt(over), client_user)
        assert all(words in page for words in ("听得很认真。", "Not shown yet", "as soon as shanshan has written too"))
        assert 'name="stars"' not in page

    def test_nothing_on_any_page_tells_the_other_side(self, client, over, client_user, companion, stranger):
        paths = [
            receipt(over),
            f"/listings/{over.listing_id}/",
            address("workbench"),
            address("reviews"),
            address("list"),
        ]
        before = [read(client, path, companion) for path in paths]
        public = [read(client, f"/listings/{over.listing_id}/", who) for who in (None, stranger)]
        write(over, by=client_user, stars=1)
        assert [read(client, path, companion) for path in paths] == before
        assert [read(client, f"/listings/{over.listing_id}/", who) for who in (None, stranger)] == public

    def test_when_both_are_in_each_reads_the_other(self, client, over, client_user, companion):
        both(over)
        assert "很有礼貌。" in read(client, receipt(over), client_user)
        assert "听得很认真。" in read(client, receipt(over), companion)
        assert "很有礼貌。" not in read(client, f"/listings/{over.listing_id}/", companion)

    @pytest.mark.parametrize("stars", ["", "0", "6", "-1", "abc", "4.5", "1e309", "九"])
    def test_stars_are_one_to_five_and_what_was_typed_stays(self, client, over, client_user, stars):
        answer = send(client, over, client_user, stars=stars)
        assert answer.status_code == 200
        assert "听得很认真。" in answer.content.decode()
        assert not Review.objects.exists()

    def test_five_hundred_characters_with_line_ends_as_browsers_send_them(self, client, over, client_user):
        assert "maxlength" in send(client, over, client_user, text="好" * 501).content.decode()
        assert send(client, over, client_user, text="好\r\n" * 249 + "好").status_code == 302
        assert len(Review.objects.get().text) == 499

    def test_stars_alone_are_enough_and_what_nobody_sees_is_nothing(self, client, over, client_user):
        send(client, over, client_user, text="\u200b\u2060 \u200d\n")
        assert Review.objects.get().text == ""

    def test_no_column_but_its_own_is_believed(self, client, over, client_user, stranger):
        send(client, over, client_user, side="companion", author=stranger.pk, shown_at="2020-01-01", listing=1)
        review = Review.objects.get()
        assert (review.side, review.author, review.shown_at) == ("client", client_user, None)

    def test_twice_is_said_and_changes_nothing(self, client, over, client_user):
        send(client, over, client_user)
        answer = send(client, over, client_user, stars="1")
        assert (answer.status_code, Review.objects.get().stars) == (303, 4)

    def test_after_fourteen_days_the_form_is_gone(self, client, over, client_user):
        long_ago(over, REVIEW_WINDOW_MS)
        assert 'name="stars"' not in read(client, receipt(over), client_user)
        assert send(client, over, client_user).status_code == 303
        assert not Review.objects.exists()

    def test_while_it_is_being_settled_the_page_asks_again(self, client, client_user, listing):
        booking = live(client_user, listing)
        services.end(booking=booking, by=client_user)
        page = read(client, receipt(booking), client_user)
        assert f'hx-get="{address("review", booking.pk)}"' in page
        assert 'name="stars"' not in page

    def test_the_form_comes_as_a_part_of_the_page(self, client, over, client_user):
        client.force_login(client_user)
        part = client.get(address("review", over.pk), headers={"HX-Request": "true"}).content.decode()
        assert part.count('name="stars"') == 5
        assert "<html" not in part


class TestWhoseItIs:
    def test_anothers_order_cannot_be_reviewed(self, client, over, stranger):
        assert send(client, over, stranger).status_code == 404
        assert not Review.objects.exists()

    @pytest.mark.parametrize("name", ["answer_review", "report_review"])
    @pytest.mark.parametrize("who", ["stranger", "client_user", "companion", "moderator"])
    def test_what_is_not_shown_is_not_there(self, client, over, client_user, name, who, request):
        hidden = write(over, by=client_user)
        client.force_login(request.getfixturevalue(who))
        assert client.get(address(name, hidden.pk)).status_code == 404
        assert client.post(address(name, hidden.pk), {"text": "好", "category": "other"}).status_code == 404

    @pytest.mark.parametrize("who", ["stranger", "client_user", "moderator"])
    def test_only_the_reviewed_answers(self, client, over, who, request):
        mine, _ = both(over)
        client.force_login(request.getfixturevalue(who))
        assert client.post(address("answer_review", mine.pk), {"text": "好"}).status_code == 404

    def test_nobody_reports_his_own_nor_what_is_between_two_others(self, client, over, client_user, stranger):
        mine, hers = both(over)
        client.force_login(client_user)
        assert client.get(address("report_review", mine.pk)).status_code == 404
        client.force_login(stranger)
        assert client.get(address("report_review", hers.pk)).status_code == 404

    @pytest.mark.parametrize("name", ["answer_review", "report_review"])
    def test_nobody_signed_in_is_asked_who_he_is(self, client, over, name):
        answer = client.get(address(name, both(over)[0].pk))
        assert answer["Location"].startswith("/accounts/login/")

    def test_reviews_of_a_hidden_listing_are_not_there(self, client, over, listing):
        both(over)
        Listing.objects.update(status="hidden")
        assert client.get(address("listing_reviews", listing.pk)).status_code == 404


class TestOnTheListing:
    def test_stars_words_month_and_only_the_first_letter_of_the_name(self, client, over, listing, client_user):
        client_user.display_name = "林小满"
        client_user.save()
        mine, _ = both(over, client=4)
        page = read(client, f"/listings/{listing.pk}/")
        assert all(words in page for words in ("4 stars of 5", "听得很认真。", "林**", "1 review"))
        assert "林小满" not in page
        assert f"{mine.written_at:%Y-%m}" in page
        assert f"{mine.written_at:%Y-%m-%d}" not in page

    def test_the_spread_is_said_in_numbers(self, client, listing):
        several(listing, 2, stars=5)
        both(talked(a_user("sad"), listing), client=1)
        bars = re.findall(r'max="3"\s+value="(\d)"', read(client, f"/listings/{listing.pk}/"))
        assert bars == ["2", "0", "0", "0", "1"]

    def test_newest_first_and_more_on_asking(self, client, listing):
        several(listing, 7)
        newest = list(Review.objects.of_listing(listing).values_list("pk", flat=True))
        first = client.get(f"/listings/{listing.pk}/").content.decode()
        more = address("listing_reviews", listing.pk) + f"?before={newest[4]}"
        assert [int(pk) for pk in re.findall(r'id="review-(\d+)"', first)] == newest[:5]
        assert more in first
        rest = client.get(more, headers={"HX-Request": "true"}).content.decode()
        assert [int(pk) for pk in re.findall(r'id="review-(\d+)"', rest)] == newest[5:]
        assert "before=" not in rest

    @pytest.mark.parametrize("before", ["", "abc", "-1", "9" * 40, "1e9", "١", "0"])
    def test_a_place_that_makes_no_sense_is_no_error(self, client, over, listing, before):
        both(over)
        assert client.get(address("listing_reviews", listing.pk), {"before": before}).status_code == 200

    @pytest.mark.parametrize("words", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}"])
    def test_words_are_words(self, client, over, listing, client_user, companion, words):
        mine = write(over, by=client_user, text=words)
        write(over, by=companion, text=words)
        services.answer_review(review=mine, by=companion, text=words)
        for path, who in [
            (f"/listings/{listing.pk}/", None),
            (receipt(over), client_user),
            (address("reviews"), companion),
        ]:
            page = read(client, path, who)
            assert "<script>alert" not in page
            assert "<img src=x" not in page
            assert "49" not in re.findall(r'class="review-words">([^<]*)', page)

    def test_of_another_listing_nothing(self, client, over):
        both(over)
        assert "听得很认真。" not in read(client, f"/listings/{a_listing('liubing').pk}/")


class TestAnsweringAndReporting:
    def test_the_answer_stands_below(self, client, over, companion, listing):
        mine, _ = both(over)
        client.force_login(companion)
        client.post(address("answer_review", mine.pk), {"text": "谢谢你。"})
        assert "谢谢你。" in read(client, f"/listings/{listing.pk}/")
        assert 'name="text"' not in read(client, address("answer_review", mine.pk), companion)

    def test_an_empty_answer_is_asked_for_again(self, client, over, companion):
        mine, _ = both(over)
        client.force_login(companion)
        assert client.post(address("answer_review", mine.pk), {"text": " \u200b "}).status_code == 200
        assert Review.objects.get(pk=mine.pk).answer == ""

    def test_a_report_by_form(self, client, over, stranger, listing):
        mine, _ = both(over)
        client.force_login(stranger)
        answer = client.post(address("report_review", mine.pk), {"category": "insult", "words": "骂人"})
        assert answer["Location"] == f"/listings/{listing.pk}/"
        assert mine.reports.get().words == "骂人"

    def test_who_has_reported_reads_that_instead_of_the_form(self, client, over, stranger):
        mine, _ = both(over)
        assert 'name="category"' in read(client, address("report_review", mine.pk), stranger)
        services.report_review(review=mine, by=stranger, category="insult")
        page = read(client, address("report_review", mine.pk), stranger)
        assert 'name="category"' not in page
        assert "You reported this review" in page

    def test_a_client_reads_and_reports_what_is_said_of_him(self, client, over, client_user):
        _, hers = both(over)
        assert "很有礼貌。" in read(client, address("reviews"), client_user)
        answer = client.post(address("report_review", hers.pk), {"category": "other"})
        assert answer["Location"] == address("reviews")

    def test_removed_only_its_author_reads_why(self, client, over, client_user, companion, moderator, listing):
        mine, _ = both(over)
        services.reviews.apply_decision(review=mine, approved=False, reason="写了<电话>。", by=moderator)
        page = read(client, receipt(over), client_user)
        assert "写了&lt;电话&gt;。" in page
        for path, who in [
            (receipt(over), companion),
            (address("reviews"), companion),
            (f"/listings/{listing.pk}/", None),
        ]:
            page = read(client, path, who)
            assert "听得很认真。" not in page
            assert "电话" not in page


class TestReminders:
    def test_the_list_says_what_can_be_reviewed(self, client, over, client_user, companion):
        assert "You can review it" in read(client, address("list"), client_user)
        assert "You can review it" in read(client, address("workbench"), companion)
        write(over, by=client_user)
        assert "You can review it" not in read(client, address("list"), client_user)
        assert "You can review it" in read(client, address("list"), companion)

    def test_not_for_what_cost_nothing_or_is_too_old(self, client, over, client_user):
        long_ago(over, REVIEW_WINDOW_MS)
        assert "You can review it" not in read(client, address("list"), client_user)

    def test_an_order_says_what_companions_say_of_the_client(self, client, client_user, listing, companion):
        several_of_one(client_user, listing, [5, 4])
        write(talked(client_user, listing), by=companion, stars=1)
        waiting = requested(client_user, listing)
        for path in (address("workbench"), address("detail", waiting.pk)):
            page = re.sub(r"\s+", " ", read(client, path, companion))
            assert "4.5 from 2 reviews by companions" in page

    def test_of_a_client_nobody_knows_nothing_is_said(self, client, client_user, listing, companion):
        requested(client_user, listing)
        assert "by companions" not in read(client, address("workbench"), companion)


def several_of_one(user, listing, stars: list[int]) -> None:
    for number in stars:
        both(talked(user, listing), companion=number)


class TestTheNumberOfQuestions:
    @pytest.mark.parametrize("rows", [1, 3])
    def test_of_the_listing(self, client, listing, rows, django_assert_num_queries):
        several(listing, rows)
        client.get("/")
        with django_assert_num_queries(10):
            client.get(f"/listings/{listing.pk}/")

    @pytest.mark.parametrize("rows", [1, 3])
    def test_of_more_reviews(self, client, listing, rows, django_assert_num_queries):
        several(listing, rows)
        with django_assert_num_queries(3):
            client.get(address("listing_reviews", listing.pk))

    @pytest.mark.parametrize("rows", [1, 3])
    def test_of_those_about_me(self, client, listing, companion, rows, django_assert_num_queries):
        several(listing, rows)
        client.force_login(companion)
        with django_assert_num_queries(8):
            client.get(address("reviews"))

    @pytest.mark.parametrize("rows", [1, 3])
    def test_of_a_case(self, client, over, moderator, rows, django_assert_num_queries):
        mine, _ = both(over)
        for number in range(rows):
            services.report_review(review=mine, by=a_user(f"reader{number}"), category="other")
        client.force_login(moderator)
        from moderation.models import ReviewCase

        path = reverse("moderation:case", args=[ReviewCase.objects.get().pk])
        client.get(path)
        with django_assert_num_queries(12):
            client.get(path)
