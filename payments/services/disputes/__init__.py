"""Payers' banks that ask for money back: what is booked, what is said to them, and who bears what is lost."""

from payments.services.disputes.accepting import ask_to_accept, can_be_accepted, send_acceptance
from payments.services.disputes.evidence import Evidence, ask_to_send, gathered, send_evidence, takes_answer
from payments.services.disputes.following import apply_dispute, asking_about, dispute_of, follow_dispute, sync_dispute
from payments.services.disputes.losing import Loss, book_loss, dispute_fee, loss_now, losses_to_book
from payments.services.disputes.reversing import send_reversal
from payments.services.disputes.winning import won_and_owed

__all__ = [
    "Evidence",
    "Loss",
    "apply_dispute",
    "ask_to_accept",
    "asking_about",
    "ask_to_send",
    "book_loss",
    "can_be_accepted",
    "dispute_fee",
    "dispute_of",
    "follow_dispute",
    "gathered",
    "loss_now",
    "losses_to_book",
    "send_acceptance",
    "send_evidence",
    "send_reversal",
    "sync_dispute",
    "takes_answer",
    "won_and_owed",
]
