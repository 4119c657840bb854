from bookings.views.ordering import block, cancel, detail, end, index, pay, receipt, returned, start
from bookings.views.pausing import pause, resume
from bookings.views.reviewing import answer_review, report_review, reviews_about_me, reviews_of_listing, write_review
from bookings.views.working import accept, decline, duty, workbench

__all__ = [
    "accept",
    "answer_review",
    "block",
    "cancel",
    "decline",
    "detail",
    "duty",
    "end",
    "index",
    "pause",
    "pay",
    "receipt",
    "report_review",
    "resume",
    "returned",
    "reviews_about_me",
    "reviews_of_listing",
    "start",
    "workbench",
    "write_review",
]
