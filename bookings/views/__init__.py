from bookings.views.extending import ask_for_more, drop_extension, extend, extended, more
from bookings.views.meeting import arrive, enter_code
from bookings.views.moving import agree_to_move, decline_move, move, take_back_move
from bookings.views.ordering import block, cancel, detail, end, identify, index, pay, receipt, returned, start
from bookings.views.pausing import pause, resume
from bookings.views.reviewing import answer_review, report_review, reviews_about_me, reviews_of_listing, write_review
from bookings.views.working import accept, decline, duty, workbench

__all__ = [
    "accept",
    "agree_to_move",
    "answer_review",
    "ask_for_more",
    "arrive",
    "block",
    "cancel",
    "decline",
    "decline_move",
    "detail",
    "drop_extension",
    "duty",
    "end",
    "extend",
    "extended",
    "enter_code",
    "identify",
    "index",
    "more",
    "move",
    "pause",
    "pay",
    "receipt",
    "report_review",
    "resume",
    "returned",
    "reviews_about_me",
    "reviews_of_listing",
    "start",
    "take_back_move",
    "workbench",
    "write_review",
]
