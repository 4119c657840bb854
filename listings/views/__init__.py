from listings.views.finding import browse, detail
from listings.views.keeping import block, drop_watch, favourites, keep, notice_seen, watch, watches
from listings.views.offering import create, edit, hide, mine, preview, profile, show, withdraw
from listings.views.sharing import card, share

__all__ = [
    "block",
    "browse",
    "card",
    "create",
    "detail",
    "drop_watch",
    "edit",
    "favourites",
    "hide",
    "keep",
    "mine",
    "notice_seen",
    "preview",
    "profile",
    "share",
    "show",
    "watch",
    "watches",
    "withdraw",
]
