from payments.views.cards import add_card, card_added, cards, forget_card
from payments.views.payouts import (
    account,
    begin_account,
    came_back,
    dashboard,
    go_on,
    payouts,
    statement,
)

__all__ = [
    "account",
    "add_card",
    "begin_account",
    "came_back",
    "card_added",
    "cards",
    "dashboard",
    "forget_card",
    "go_on",
    "payouts",
    "statement",
]
