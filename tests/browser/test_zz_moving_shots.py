from tests.axe import violations
from tests.cast import a_user, a_week
from tests.moves import proposed, later
from tests.orders import appointed, on_the_half_hour
from tests.visits import a_place, agreed


def test_shots(phone, client_user, listing):
    a_week(listing.companion)
    clinic = a_place("shen")
    booking = agreed(client_user, clinic, starts_at=on_the_half_hour(20))
    proposed(booking, client_user, on_the_half_hour(70))
    other = agreed(a_user("wei"), clinic, starts_at=on_the_half_hour(30))
    proposed(other, clinic.companion.user, on_the_half_hour(77))
    found = []
    for scheme in ("light", "dark"):
        his, hers = phone(client_user, color_scheme=scheme), phone(booking.companion, color_scheme=scheme)
        weis = phone(other.client, color_scheme=scheme)
        for page, name, address in (
            (his, "his", f"/bookings/{booking.pk}/"),
            (his, "move", f"/bookings/{booking.pk}/move/"),
            (weis, "weis", f"/bookings/{other.pk}/"),
            (hers, "hers", f"/bookings/{booking.pk}/"),
            (hers, "desk", "/bookings/workbench/"),
            (hers, "week", "/listings/calendar/"),
            (his, "chat", f"/chat/{booking.pk}/"),
        ):
            page.goto(address)
            page.wait_for_timeout(400)
            page.screenshot(path=f"/tmp/moving_{name}_{scheme}.png", full_page=name != "chat")
            found += [f"{name} {one}" for one in violations(page)]
            if page.evaluate("document.documentElement.scrollWidth") > 390:
                found.append(f"{name} sideways")
    print(found)
    assert not found
