from listings.views.calendar import calendar, choose_time, drop_special_day, notice, rotate, special_day, week_hours
from listings.views.feed import feed
from listings.views.finding import browse, detail
from listings.views.keeping import block, drop_watch, favourites, keep, notice_seen, watch, watches
from listings.views.offering import create, edit, hide, mine, preview, profile, show, withdraw
from listings.views.sharing import card, share

__all__ = [
    "block",
    "browse",
    "calendar",
    "card",
    "choose_time",
    "create",
    "detail",
    "drop_special_day",
    "drop_watch",
    "edit",
    "favourites",
    "feed",
    "hide",
    "keep",
    "mine",
    "notice",
    "notice_seen",
    "preview",
    "profile",
    "rotate",
    "share",
    "show",
    "special_day",
    "watch",
    "watches",
    "week_hours",
    "withdraw",
]
