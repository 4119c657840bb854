from moderation.services.audit import history, record
from moderation.services.cases import open_case, settle_case, under_review, withdraw_case
from moderation.services.chain import Head, verify
from moderation.services.claiming import CLAIM_LASTS, claim, claim_next, release
from moderation.services.deciding import decide
from moderation.services.targets import Reviewable, attachments_of, is_first, key_of, parts_of

__all__ = [
    "CLAIM_LASTS",
    "Head",
    "Reviewable",
    "attachments_of",
    "claim",
    "claim_next",
    "decide",
    "history",
    "is_first",
    "key_of",
    "open_case",
    "parts_of",
    "record",
    "release",
    "settle_case",
    "under_review",
    "verify",
    "withdraw_case",
]
