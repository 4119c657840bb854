from moderation.models.audit import ACTIONS, AuditEvent
from moderation.models.case import (
    CASE_KINDS,
    DECIDE,
    SERVICE_TIMES,
    Priority,
    ReviewCase,
    ReviewCaseQuerySet,
    Status,
)
from moderation.models.words import words_for

__all__ = [
    "ACTIONS",
    "CASE_KINDS",
    "DECIDE",
    "SERVICE_TIMES",
    "AuditEvent",
    "Priority",
    "ReviewCase",
    "ReviewCaseQuerySet",
    "Status",
    "words_for",
]
