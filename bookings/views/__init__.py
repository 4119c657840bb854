from bookings.views.meeting import arrive, enter_code
from bookings.views.ordering import block, cancel, detail, end, identify, index, pay, receipt, returned, start
from bookings.views.reviewing import answer_review, report_review, reviews_about_me, reviews_of_listing, write_review
from bookings.views.working import accept, decline, duty, workbench

__all__ = [
    "accept",
    "answer_review",
    "arrive",
    "block",
    "cancel",
    "decline",
    "detail",
    "duty",
    "end",
    "enter_code",
    "identify",
    "index",
    "pay",
    "receipt",
    "report_review",
    "returned",
    "reviews_about_me",
    "reviews_of_listing",
    "start",
    "workbench",
    "write_review",
]
