from accounts.services.addresses import unconfirmed_address
from accounts.services.blocks import block, blocked_with, unblock
from accounts.services.letters import forget_words, send_letter, take_back_letter, unsent_letters, write_letter
from accounts.services.profile import all_at_a_time, one_at_a_time, update_profile

__all__ = [
    "all_at_a_time",
    "block",
    "blocked_with",
    "forget_words",
    "one_at_a_time",
    "send_letter",
    "take_back_letter",
    "unblock",
    "unconfirmed_address",
    "unsent_letters",
    "update_profile",
    "write_letter",
]
