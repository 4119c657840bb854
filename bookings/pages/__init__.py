"""What the pages of bookings show, as plain values for the templates."""

from bookings.pages.booking import booking_page, poll_s, receipt_page
from bookings.pages.identify import identify_page
from bookings.pages.moving import move_page
from bookings.pages.workbench import orders_part, workbench_page

__all__ = ["booking_page", "identify_page", "move_page", "orders_part", "poll_s", "receipt_page", "workbench_page"]
