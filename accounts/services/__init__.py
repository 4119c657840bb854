from accounts.services.addresses import unconfirmed_address
from accounts.services.blocks import block, blocked_with, unblock
from accounts.services.letters import forget_words, send_letter, take_back_letter, unsent_letters, write_letter
from accounts.services.profile import all_at_a_time, one_at_a_time, update_profile
from accounts.services.second_step import reseal_second_steps, tell_of_second_step

__all__ = [
    "all_at_a_time",
    "block",
    "blocked_with",
    "forget_words",
    "one_at_a_time",
    "reseal_second_steps",
    "send_letter",
    "take_back_letter",
    "tell_of_second_step",
    "unblock",
    "unconfirmed_address",
    "unsent_letters",
    "update_profile",
    "write_letter",
]
