"""What the pages of safety show, as plain values for the templates."""

from safety.pages.helping import alarm_page
from safety.pages.meeting import meeting_page, people
from safety.pages.shared import shared_page

__all__ = ["alarm_page", "meeting_page", "people", "shared_page"]
