from listings.views.applying import (
    apply,
    apply_again,
    certificates,
    identity,
    offer,
    rules,
    submit,
    who,
    withdraw_application,
)
from listings.views.calendar import calendar, choose_time
from listings.views.feed import feed
from listings.views.finding import browse, detail
from listings.views.keeping import block, drop_watch, favourites, keep, notice_seen, watch, watches
from listings.views.offering import (
    create,
    edit,
    hide,
    mine,
    preview,
    profile,
    show,
    withdraw,
    withdraw_profile,
)
from listings.views.sharing import card, share

__all__ = [
    "apply",
    "apply_again",
    "block",
    "browse",
    "calendar",
    "card",
    "certificates",
    "choose_time",
    "create",
    "detail",
    "drop_watch",
    "edit",
    "favourites",
    "feed",
    "hide",
    "identity",
    "keep",
    "mine",
    "notice_seen",
    "offer",
    "preview",
    "profile",
    "rules",
    "share",
    "show",
    "submit",
    "watch",
    "watches",
    "who",
    "withdraw",
    "withdraw_application",
    "withdraw_profile",
]
