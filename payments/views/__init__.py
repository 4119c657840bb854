from payments.views.cards import cards, forget_card
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
    "begin_account",
    "came_back",
    "cards",
    "dashboard",
    "forget_card",
    "go_on",
    "payouts",
    "statement",
]
