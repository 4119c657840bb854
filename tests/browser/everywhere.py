"""Every page of the product: who opens it, where it is, with something on it."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db.models import QuerySet
from django.urls import URLPattern, get_resolver, resolve

from accounts import services as accounts
from accounts.models import User
from bookings import services as bookings
from bookings.models import Booking
from chat.services import quick_replies
from extras import services as extras
from listings import services as listings
from listings.days import today
from listings.models import Listing
from moderation.models import ReviewCase
from parties import services as parties
from safety import services as safety
from tests.cast import a_listing, a_moderator, a_saved_card, a_text, a_user, a_week
from tests.extras.asking import asked, paid
from tests.moves import proposed
from tests.orders import appointed, live, on_the_half_hour, ordered, pay, requested, settle, talked
from tests.papers import a_complete_application, a_submitted_application
from tests.parties.tables import a_guest, a_table, seated
from tests.visiting import plans
from tests.visits import a_place, agreed, near, together

Visit = tuple[User | None, list[str]]

# Where there is nothing to look at: what is only posted to, what machines ask for, what leads elsewhere at once.
NO_PAGE = {
    *("account_confirm_login_code", "account_set_password", "javascript-catalog", "set_language"),
    *("start", "here", "healthz", "readyz", "payments:webhook", "vetting:document"),
    *("payments:connect_webhook", "payments:statement"),
    *(f"payments:{doing}" for doing in ("account", "begin_account", "go_on", "came_back", "dashboard")),
    *(f"vetting:{doing}" for doing in ("remove", "renew", "take_back")),
    *("bookings:arrive", "bookings:code", "accounts:unblock"),
    *(f"payments:{doing}" for doing in ("forget_card", "add_card", "card_added")),
    *(f"bookings:{doing}" for doing in ("extend", "extended", "ask_for_more", "drop_extension", "pause", "resume")),
    *(f"listings:{doing}" for doing in ("apply_again", "apply_submit", "apply_withdraw", "withdraw_profile")),
    *(f"listings:{doing}" for doing in ("withdraw", "hide", "show", "keep", "watch", "block", "drop_watch")),
    *(f"listings:{doing}" for doing in ("feed", "card", "notice_seen")),
    *(f"bookings:{doing}" for doing in ("start", "duty", "pay", "returned", "cancel", "accept", "decline", "end")),
    *("visits:withdraw", "visits:note_stage", "visits:take_back_stage"),
    *(f"extras:{doing}" for doing in ("photo", "pay", "paid", "decline", "take_back")),
    *("bookings:agree_to_move", "bookings:decline_move", "bookings:take_back_move"),
    *(f"safety:{doing}" for doing in ("meeting", "part", "late", "well", "all_clear")),
    *(f"safety:{doing}" for doing in ("revoke", "tell", "contact_remove")),
    *(f"parties:{doing}" for doing in ("join", "pay", "returned", "leave", "rest", "remove", "block")),
    *(f"parties:{doing}" for doing in ("agree_to_move", "decline_move")),
    *("notices:service_worker", "notices:device_add", "notices:device_remove"),
    *("bookings:block", "chat:quick_reply_starters", "chat:quick_reply_delete", "chat:quick_reply_move"),
    # Shown between the password and being signed in: test_second_step looks at it.
    *("mfa_authenticate", "mfa_download_recovery_codes"),
    *(f"moderation:{doing}" for doing in ("claim", "release", "claim_next")),
    *("chat:send_picture", "chat:picture", "chat:picture_preview", "chat:running"),
}


def page_names() -> set[str]:
    """The names of all addresses that show something, without the admin's."""
    return set(_names(get_resolver().url_patterns)) - NO_PAGE


def name_of(url: str) -> str:
    return resolve(urlsplit(url).path).view_name


def everywhere() -> list[Visit]:
    moderator = a_moderator("chen")
    listing = a_listing("shanshan")
    a_week(listing.companion)
    listings.set_special_day(by=listing.companion.user, day=today() + timedelta(days=3))
    # Settling lets a day go by, for every order that there is.
    reviewed, over, eaten = reviewing(a_listing("liubing")), a_talk_that_is_over(listing), a_meal_that_is_over()
    found = [
        *looking_around(listing),
        *with_an_account(),
        *applying(),
        *ordering(listing),
        (over.client, [f"/bookings/{over.pk}/", f"/bookings/{over.pk}/receipt/", f"/chat/{over.pk}/"]),
        *reviewed,
        *at_work(listing),
        *meeting(),
        *at_a_table(),
        (eaten.client, [f"/bookings/{eaten.pk}/receipt/"]),
        (moderator, ["/moderation/", "/moderation/decided/", *cases()]),
    ]
    assert {"awaiting_payment", "requested", "accepted", "live", "paused"} <= set(states())
    return found


def states() -> QuerySet:
    return Booking.objects.values_list("state", flat=True)


def a_talk_that_is_over(listing: Listing) -> Booking:
    booking = live(a_user("sun"), listing)
    bookings.end(booking=booking, by=booking.client)
    return settle(booking)


def a_meal_that_is_over() -> Booking:
    booking = together(a_user("jun"), a_place("he", kind="dining"))
    bookings.end(booking=booking, by=booking.client)
    return settle(booking)


def looking_around(listing: Listing) -> list[Visit]:
    clinic = a_listing("wenhua", kind="clinic")
    dining = a_week(a_listing("ruby", kind="dining").companion).listings.get()
    both = [f"/listings/{one.pk}/{page}" for one in (listing, clinic, dining) for page in ("", "times/")]
    found = [
        "/browse/",
        "/browse/?q=没有人",
        "/browse/?kind=clinic",
        "/browse/?kind=clinic&city=上海&sort=price",
        f"/listings/{listing.pk}/share/",
    ]
    return [(None, ["/", *found, *both, "/terms/", "/privacy/", "/safety/", "/nowhere/"])]


def with_an_account() -> list[Visit]:
    forgetful, fresh = a_user("wang"), a_user("hu")
    key = f"{user_pk_to_url_str(forgetful)}-{default_token_generator.make_token(forgetful)}"
    address = EmailAddress.objects.create(user=fresh, email=fresh.email, primary=True)
    entrance = ["login/", "signup/", "inactive/", "confirm-email/", "password/reset/", "password/reset/done/"]
    letters = [f"password/reset/key/{key}/", "password/reset/key/done/", "password/reset/key/1-gone/"]
    letters += [f"confirm-email/{EmailConfirmationHMAC(address).key}/", "confirm-email/gone/"]
    inside = ["email/", "password/change/", "reauthenticate/", "logout/"]
    nobody = [f"/accounts/{path}" for path in (*entrance, *letters)]
    empty = ["/me/", "/me/favourites/", "/me/watches/", "/me/blocks/", "/me/cards/", "/me/payouts/", "/bookings/"]
    empty += ["/bookings/reviews/", "/me/notices/", "/chat/", "/chat/?q=没有"]
    return [(None, nobody), (fresh, [f"/accounts/{path}" for path in inside] + empty), *second_steps()]


def second_steps() -> list[Visit]:
    """Of somebody who has none yet, and of a moderator."""
    without, fitted = a_user("lu"), a_moderator("shi")
    TOTP.activate(fitted, generate_totp_secret())
    RecoveryCodes.activate(fitted)
    pages = ["", "reauthenticate/", "totp/deactivate/", "recovery-codes/", "recovery-codes/generate/"]
    return [
        (without, ["/accounts/2fa/", "/accounts/2fa/totp/activate/"]),
        (fitted, [f"/accounts/2fa/{page}" for page in pages]),
    ]


def applying() -> list[Visit]:
    """People at each point of an application."""
    steps = [f"/apply/{step}/" for step in ("who", "offer", "identity", "certificates", "rules")]
    complete = a_complete_application("xue", kinds=("clinic",)).companion.user
    waiting = a_submitted_application("yun").companion.user
    return [
        (a_user("an"), ["/apply/", "/identity/"]),
        (complete, ["/apply/", *steps, "/certificates/"]),
        (waiting, ["/apply/", "/listings/", "/listings/new/", "/listings/new/?kind=listener"]),
    ]


def ordering(listing: Listing) -> list[Visit]:
    client, other = a_user("lin"), a_user("zhao")
    declined = requested(a_user("bai"), listing)
    bookings.decline(booking=declined, by=declined.companion)
    unpaid, waits, agreed = (
        ordered(a_user("gao"), listing),
        requested(other, listing),
        appointed(a_user("feng"), listing),
    )
    running, resting = live(client, listing), live(a_user("xie"), a_listing("momo"))
    bookings.pause(booking=resting, by=resting.client)
    listings.keep(by=other, listing=listing)
    listings.watch(by=other, companion=listing.companion)
    accounts.block(by=other, other=declined.client, known_as="bai")
    a_saved_card(other)
    kept = ["/me/favourites/", "/me/watches/", "/me/blocks/", "/me/cards/", "/browse/"]
    return [
        (client, ["/bookings/", f"/bookings/{running.pk}/", f"/chat/{running.pk}/", f"/listings/{listing.pk}/"]),
        (client, [f"/bookings/{running.pk}/more/"]),
        (other, [f"/bookings/{waits.pk}/", *kept]),
        (resting.client, [f"/bookings/{resting.pk}/", f"/chat/{resting.pk}/"]),
        *((one.client, [f"/bookings/{one.pk}/"]) for one in (agreed, unpaid, declined)),
    ]


def meeting() -> list[Visit]:
    """Two in person: before the identity check, agreed, about to meet, together."""
    clinic = a_place("yan")
    new = a_user("xin")
    step = f"/bookings/start/{clinic.pk}/identity/?minutes=240&starts_at={on_the_half_hour():%Y-%m-%dT%H:%M:%SZ}"
    later, soon = agreed(a_user("tao"), clinic), near(a_user("wei"), a_place("hua"))
    proposed(later, later.client)
    running = together(a_user("mei"), a_place("bo", kind="dining"))
    visit = plans.together(a_user("su"), a_place("fan"))
    plan = f"/visits/plan/{clinic.pk}/?minutes=240&starts_at={on_the_half_hour(72):%Y-%m-%dT%H:%M:%SZ}"
    of_visit = f"/visits/{visit.pk}"
    lay_out(visit)
    meal = f"/meals/plan/{running.listing_id}/?minutes=60&starts_at={on_the_half_hour(72):%Y-%m-%dT%H:%M:%SZ}"
    pages = [f"/bookings/{one.pk}/" for one in (soon, running)]
    return [
        (new, [step]),
        (visit.client, [f"/bookings/{visit.pk}/", plan, meal, f"{of_visit}/plan/"]),
        (visit.companion, [f"/bookings/{visit.pk}/", f"{of_visit}/hand-over/", f"/extras/{visit.pk}/"]),
        *((one, [f"/bookings/{visit.pk}/receipt/"]) for one in (visit.client, visit.companion)),
        *watched_over(soon, running),
        *((one.client, [f"/bookings/{one.pk}/", f"/chat/{one.pk}/"]) for one in (later, soon, running)),
        (later.client, [f"/bookings/{later.pk}/move/"]),
        (later.companion, [f"/bookings/{later.pk}/", "/bookings/workbench/"]),
        *((one.companion, [page, "/bookings/workbench/"]) for one, page in zip((soon, running), pages, strict=True)),
    ]


def at_a_table() -> list[Visit]:
    """Three share a meal: one has paid, one has joined, others are invited. Another joins where it was accepted."""
    host, guest, invited = a_user("zhen"), a_guest("lulu"), a_guest("nana")
    table = pay(seated(a_table(host, a_place("yue", kind="dining")), guest))
    agreed = pay(a_table(a_user("dong"), a_place("qing", kind="dining"), 2, shares=False))
    seated(bookings.accept(booking=agreed, by=agreed.companion), a_guest("keke"))
    invitation = urlsplit(parties.invitation(table)).path
    return [
        (host, [f"/bookings/{table.pk}/", f"/parties/{table.pk}/invite/"]),
        (guest, [f"/parties/{table.pk}/", "/bookings/"]),
        *((one, [invitation]) for one in (None, invited, a_user("ding"))),
        (None, [urlsplit(parties.invitation(agreed)).path]),
        (agreed.companion, [f"/bookings/{agreed.pk}/", "/bookings/workbench/"]),
    ]


def lay_out(visit: Booking) -> None:
    """She laid out three things: one waits, one is paid, with one he did not agree."""
    extras.decline(extra=asked(visit, what="打车"), by=visit.client, reply="打车说好各付各的。")
    paid(asked(visit, what="复印病历"))
    asked(visit)


def watched_over(soon: Booking, running: Booking) -> list[Visit]:
    """He shared where he is with two people, is late and says how he is found. At the other meeting both asked for
    help, and he says that he is well."""
    his, hers = soon.client, running.companion
    for name in ("妈妈", "阿勇"):
        contact = safety.add_contact(by=his, name=name, email=f"{name}@example.com", phone="13800000000")
    safety.share_with_contacts(booking=soon, by=his)
    safety.say_late(booking=soon, by=soon.companion, minutes=10, key=uuid4())
    for side in (his, soon.companion):
        safety.leave_directions(booking=soon, by=side, text="地铁 2 号线 7 口出来左手边")
    calls = [safety.raise_alarm(booking=running, by=one) for one in (hers, running.client)]
    safety.give_all_clear(alarm=calls[1], by=running.client)
    helped = [safety.address_of(safety.share(booking=running, by=call.user)) for call in calls]
    shared, dead = (safety.address_of(safety.share(booking=soon, by=side)) for side in (his, soon.companion))
    safety.revoke(booking=soon, by=soon.companion)
    own = [f"/safe/{soon.pk}/{page}/" for page in ("share", "directions", "sos")]
    return [
        (None, [urlsplit(one).path for one in (shared, dead, *helped)]),
        (running.client, [f"/safe/{running.pk}/sos/"]),
        (his, ["/safe/contacts/", f"/safe/contacts/{contact.pk}/", *own]),
        (hers, [f"/safe/{running.pk}/sos/", f"/safe/{running.pk}/share/"]),
    ]


def reviewing(listing: Listing) -> list[Visit]:
    """Six reviews are up; one is answered, one reported, one order not reviewed yet."""
    said = []
    for number in range(6):
        booking = talked(a_user(f"guest{number}"), listing)
        bookings.write_review(booking=booking, by=booking.companion, stars=5, text="很有礼貌。")
        said.append(bookings.write_review(booking=booking, by=booking.client, stars=4, text="听得很认真。"))
    stranger, client, companion = a_user("qian"), a_user("zhou"), listing.companion.user
    over = talked(client, listing)
    bookings.answer_review(review=said[0], by=companion, text="谢谢你。")
    bookings.report_review(review=said[1], by=stranger, category="insult", words="骂人")
    own = [f"/bookings/{over.pk}/receipt/", "/bookings/reviews/"]
    reported = [f"/bookings/{said[3].booking_id}/receipt/", f"/bookings/reviews/{said[2].pk}/report/"]
    return [
        (client, [*own, f"/bookings/{over.pk}/review/", "/bookings/"]),
        (companion, [*own, f"/bookings/reviews/{said[2].pk}/answer/"]),
        (stranger, [f"/listings/{listing.pk}/", f"/bookings/reviews/listing/{listing.pk}/"]),
        (said[3].author, reported),
    ]


def at_work(listing: Listing) -> list[Visit]:
    companion = listing.companion.user
    listings.submit_listing(by=companion, text=a_text(headline="换一句话说自己"), listing=listing)
    quick_replies.take_starters(by=companion)
    quick = quick_replies.quick_replies(user=companion)
    own = [f"/listings/{listing.pk}/{page}/" for page in ("edit", "preview")]
    desk = ["/bookings/workbench/", "/listings/", *own, "/listings/profile/", "/listings/new/", "/listings/calendar/"]
    desk += ["/listings/new/?kind=clinic", "/me/payouts/"]
    return [
        (companion, [*desk, "/chat/", "/chat/?q=我在", "/chat/quick-replies/", f"/chat/quick-replies/{quick[0].pk}/"])
    ]


def cases() -> list[str]:
    return [f"/moderation/{pk}/" for pk in ReviewCase.objects.values_list("pk", flat=True)]


def _names(patterns: list, space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}"
        elif pattern.namespace != "admin":
            yield from _names(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
