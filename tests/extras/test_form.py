"""What becomes of a form that is refused: the photo is kept for its next try, and why nothing can be asked is said."""

import re
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet

from bookings.models import Booking
from common.clock import database_now_ms
from extras import services
from extras.models import MOST_ASKED, MOST_EXTRAS, MOST_FEN, MOST_IN_ALL_FEN, Extra, KeptReceipt
from extras.services.keeping import MOST_KEPT
from extras.tasks import erase_due
from tests.extras.asking import HOUR, a_receipt, asked
from tests.extras.pages import as_, look_at_form, page_of, send
from tests.orders import past_the_triggers
from tests.papers import a_photo, an_upload
from tests.visiting.traces import traces

pytestmark = pytest.mark.django_db
MINUTE = HOUR // 60


@pytest.fixture
def key() -> str:
    return str(uuid4())


@pytest.fixture
def refused(client, visit, key):
    """A form with its photo, of which the sum is missing; what came back."""
    return send(as_(client, visit.companion), visit, request_key=key, amount_fen="").content.decode()


def photo_field(text: str) -> str:
    return re.search(r'<input[^>]*name="photo"[^>]*>', text)[0]


def later(ms: int) -> None:
    kept = KeptReceipt.objects.get()
    KeptReceipt.objects.update(kept_ms=kept.kept_ms - ms)


class TestTheKeptPhoto:
    def test_is_not_asked_for_again_and_the_next_try_has_it(self, client, visit, key, refused):
        assert "A photo is kept, sealed" in refused and "required" not in photo_field(refused)
        assert send(client, visit, request_key=key, photo="").status_code == 302
        assert services.photo_for(Extra.objects.get(), visit.client) == a_receipt().content
        assert not KeptReceipt.objects.exists()

    def test_stays_through_several_tries_and_gives_way_to_another(self, client, visit, key, refused):
        assert "A photo is kept" in send(client, visit, request_key=key, photo="", what="").content.decode()
        send(client, visit, request_key=key, photo=a_photo((400, 300)))
        assert services.photo_for(Extra.objects.get(), visit.client) != a_receipt().content

    def test_outlives_another_form_of_the_same_visit(self, client, visit, key, refused):
        other = str(uuid4())
        send(client, visit, request_key=other, amount_fen="", photo=a_photo((400, 300)))
        assert send(client, visit, request_key=other, photo="").status_code == 302
        assert send(client, visit, request_key=key, photo="").status_code == 302
        photos = {services.photo_for(extra, visit.client) for extra in Extra.objects.all()}
        assert len(photos) == 2 and not KeptReceipt.objects.exists()

    def test_gives_way_to_the_third_after_it(self, client, visit, key, refused):
        others = [str(uuid4()) for _ in range(MOST_KEPT)]
        for other in others:
            assert services.kept_photo(booking=visit, request_key=UUID(key))
            send(client, visit, request_key=other, amount_fen="")
        assert {str(kept.request_key) for kept in KeptReceipt.objects.all()} == set(others)

    def test_goes_when_the_form_turns_out_to_have_been_sent_before(self, client, visit, key):
        send(as_(client, visit.companion), visit, request_key=key)
        send(client, visit, request_key=key, amount_fen="")
        assert KeptReceipt.objects.count() == 1
        assert send(client, visit, request_key=key).status_code == 302
        assert Extra.objects.count() == 1 and not KeptReceipt.objects.exists()

    def test_is_sealed(self, refused):
        assert not traces(a_receipt().content[200:260].decode("latin-1"))
        assert not traces(a_receipt().content[:60].hex())

    def test_is_of_that_form_alone(self, client, visit, refused):
        text = send(client, visit, request_key=str(uuid4()), photo="").content.decode()
        assert 'id="id_photo_error"' in text and not Extra.objects.exists()

    @pytest.mark.parametrize("wrong", [an_upload(b"<svg/>"), ""])
    def test_what_is_no_photo_is_not_kept(self, client, visit, wrong):
        text = send(as_(client, visit.companion), visit, photo=wrong).content.decode()
        assert "A photo is kept" not in text and not KeptReceipt.objects.exists()

    @pytest.mark.parametrize(("minutes", "kept"), [(29, True), (30, False)])
    def test_is_there_for_half_an_hour_whether_a_round_comes_by_or_not(
        self, client, visit, key, refused, minutes, kept
    ):
        later(minutes * MINUTE)
        assert send(client, visit, request_key=key, photo="").status_code == (302 if kept else 200)

    @pytest.mark.parametrize(("minutes", "kept"), [(29, True), (30, False)])
    def test_and_then_a_round_erases_it(self, refused, minutes, kept):
        later(minutes * MINUTE)
        erase_due()
        assert KeptReceipt.objects.exists() == kept

    def test_a_lost_key_costs_it_and_nothing_else(self, client, visit, key, refused, settings):
        settings.DOCUMENT_KEYS = [Fernet.generate_key().decode()]
        text = send(client, visit, request_key=key, photo="").content.decode()
        assert 'id="id_photo_error"' in text and 'value="23.5"' in text

    def test_a_key_that_is_none_is_refused(self, client, visit):
        assert send(as_(client, visit.companion), visit, request_key="x", photo="").status_code == 200
        assert not Extra.objects.exists()


class TestTheSameFormOnceItIsOver:
    def test_says_so_and_asks_anew_when_it_is_sent_again(self, client, visit, key):
        send(as_(client, visit.companion), visit, request_key=key)
        services.take_back(extra=Extra.objects.get(), by=visit.companion)
        text = send(client, visit, request_key=key).content.decode()
        assert "answered or taken back meanwhile" in text and "A photo is kept" in text
        assert "Asked." not in page_of(client, visit) and Extra.objects.count() == 1
        anew = re.search(r'name="request_key" value="([^"]+)"', text)[1]
        assert anew != key and send(client, visit, request_key=anew, photo="").status_code == 302
        assert [extra.state for extra in Extra.objects.order_by("asked_ms")] == ["withdrawn", "asked"]

    def test_another_photo_is_another_one(self, client, visit, key):
        for photo in (a_photo(), a_photo((400, 300))):
            send(as_(client, visit.companion), visit, request_key=key, photo=photo)
        assert Extra.objects.count() == 2


def ten(visit: Booking) -> None:
    for _ in range(MOST_EXTRAS):
        asked(visit)


def twenty(visit: Booking) -> None:
    for _ in range(MOST_ASKED):
        services.take_back(extra=asked(visit), by=visit.companion)


def five_thousand(visit: Booking) -> None:
    for fen in (MOST_FEN, MOST_FEN, MOST_IN_ALL_FEN - 2 * MOST_FEN):
        asked(visit, amount_fen=fen)


ROOMS = [(ten, "Ten for one visit"), (twenty, "Twenty were asked for"), (five_thousand, "For one visit ¥5,000 in all")]


@pytest.mark.parametrize(("fill", "words"), ROOMS, ids=["ten", "twenty", "sum"])
class TestWithNoRoom:
    def test_the_page_says_why_instead_of_a_button(self, client, visit, fill, words):
        fill(visit)
        hers, his = page_of(as_(client, visit.companion), visit), page_of(as_(client, visit.client), visit)
        assert words in hers and "Ask for something you paid" not in hers and words not in his

    def test_the_form_says_it_on_the_page(self, client, visit, fill, words):
        fill(visit)
        assert look_at_form(as_(client, visit.companion), visit).status_code == 302
        assert page_of(client, visit).count(words) == 2

    def test_what_was_typed_meanwhile_is_kept(self, client, visit, fill, words, key):
        fill(visit)
        text = send(as_(client, visit.companion), visit, request_key=key).content.decode()
        assert words in text and 'value="挂号费"' in text and "A photo is kept" in text


def test_one_that_is_taken_back_makes_room_for_the_same_form(client, visit, key):
    ten(visit)
    send(as_(client, visit.companion), visit, request_key=key)
    services.take_back(extra=Extra.objects.first(), by=visit.companion)
    assert send(client, visit, request_key=key, photo="").status_code == 302


def test_the_database_keeps_no_empty_photo(visit):
    with pytest.raises(Exception, match="kept_receipt_not_empty"), past_the_triggers():
        KeptReceipt.objects.create(booking=visit, request_key=uuid4(), photo=b"", kept_ms=database_now_ms())
