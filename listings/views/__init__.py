from listings.views.calendar import calendar, choose_time, drop_special_day, notice, rotate, special_day, week_hours
from listings.views.feed import feed
from listings.views.finding import browse, detail
from listings.views.offering import create, edit, hide, mine, preview, profile, show, withdraw

__all__ = [
    "browse",
    "calendar",
    "choose_time",
    "create",
    "detail",
    "drop_special_day",
    "edit",
    "feed",
    "hide",
    "mine",
    "notice",
    "preview",
    "profile",
    "rotate",
    "show",
    "special_day",
    "week_hours",
    "withdraw",
]
