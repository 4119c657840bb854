"""The life of a connected account: made, told about itself, checked, asked for more, deauthorised."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from stripe_sandbox.auth import no_access
from stripe_sandbox.connect.banks import GOOD as GOOD_BANK
from stripe_sandbox.connect.banks import bank_of, change_bank, sent_back
from stripe_sandbox.connect.requirements import (
    BANK,
    GOOD,
    MISSING,
    MISSING_ERROR,
    MORE_WHEN_MISSING,
    NEEDED,
    REJECTED,
    Known,
    blocking,
    state,
)
from stripe_sandbox.events import emit, emit_update
from stripe_sandbox.refunding import SETTLE_SECONDS
from stripe_sandbox.store import Tx

KIND = "account"
APPLICATION = {"id": "ca_sandbox", "object": "application", "name": "Stripe sandbox platform"}


def connected(tx: Tx, account_id: str) -> dict[str, Any] | None:
    """The account, unless it does not exist or has taken the platform's access back."""
    platform = tx.within("")
    found = platform.maybe(KIND, account_id)
    return found if found and not known(tx, account_id).deauthorized else None


def accessible(tx: Tx, account_id: str) -> dict[str, Any]:
    """Raises Forbidden (403) for what is not connected; acting as an account, for every other."""
    found = connected(tx, account_id) if tx.origin.account in ("", account_id) else None
    if found is None:
        raise no_access(account_id)
    return found


def known(tx: Tx, account_id: str) -> Known:
    return Known(**tx.inner(account_id))


def comes_from(tx: Tx, account_id: str, url: str) -> None:
    """Its holder is sent to us by a page of the platform, and finds back to it."""
    tx.save_inner(account_id, asdict(known(tx, account_id)) | {"home": url})


def change(tx: Tx, account_id: str, what: Callable[[Known], None]) -> dict[str, Any]:
    """Changes what is known of the account, and with it what it may do."""
    now_known = known(tx, account_id)
    what(now_known)
    tx.save_inner(account_id, asdict(now_known))
    return reassess(tx, account_id)


def reassess(tx: Tx, account_id: str) -> dict[str, Any]:
    """The account as it follows from what is known and its bank account; `account.updated` when that is new."""
    old = tx.within("").get(KIND, account_id)
    return update(tx, old, {})


def update(tx: Tx, old: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The account with changed fields. Its event, if anything changed, is one of the account's own."""
    within = tx.within(old["id"])
    requested = list(changes.get("capabilities", old["capabilities"]))
    new = {**old, **changes, **state(known(tx, old["id"]), bank_of(within), requested, tx.now)}
    if new != old:
        tx.save(new)
        emit_update(within, "account.updated", old, new)
    return new


def tell(
    tx: Tx, account_id: str, fields: list[str], *, bank: str | None = None, holder: str | None = None, outcome: str
) -> dict[str, Any]:
    """What its holder told on the hosted page. Stripe checks it for a while, unless it was only a bank account."""
    if bank:
        place_bank(tx, account_id, bank, holder=holder)

    def told(about: Known) -> None:
        about.give([*fields, *([BANK] if bank else [])])
        about.submitted = True
        about.checking = about.checking or bool(blocking(fields))
        about.outcome = outcome
        about.reason, about.deadline = None, None

    changed = change(tx, account_id, told)
    if changed["requirements"]["pending_verification"]:
        tx.set_timer("check_account", account_id, tx.time + tx.setting("settle_seconds", SETTLE_SECONDS))
    return changed


def give_bank(tx: Tx, account_id: str, number: str) -> dict[str, Any]:
    """The account with a new bank account in the place of the old one."""
    place_bank(tx, account_id, number)
    return change(tx, account_id, lambda about: about.give([BANK]))


def place_bank(tx: Tx, account_id: str, number: str, *, holder: str | None = None) -> None:
    account = tx.within("").get(KIND, account_id)
    where = {"country": account["country"], "currency": account["default_currency"]}
    change_bank(tx.within(account_id), number, holder=holder, **where)


def checked(tx: Tx, account_id: str) -> None:
    """The check ends as its holder chose on the page."""
    if tx.within("").maybe(KIND, account_id):
        change(tx, account_id, OUTCOME[known(tx, account_id).outcome])


def found_good(about: Known) -> None:
    about.checking = False


def found_missing(about: Known) -> None:
    about.checking = False
    about.ask(list(MORE_WHEN_MISSING))
    about.errors = [MISSING_ERROR]


def found_rejected(about: Known) -> None:
    about.checking = False
    about.rejected = True


OUTCOME = {GOOD: found_good, MISSING: found_missing, REJECTED: found_rejected}


def ask_more(
    tx: Tx, account_id: str, fields: list[str], *, reason: str | None = None, deadline: int | None = None
) -> dict[str, Any]:
    """Stripe wants more: at once, or by the deadline (a timestamp), until when nothing else changes."""
    bank = bank_of(tx.within(account_id))
    if BANK in fields and bank:
        sent_back(tx.within(account_id), bank["id"])

    def more(about: Known) -> None:
        about.ask(fields)
        about.reason, about.deadline = reason, deadline

    if deadline:
        tx.set_timer("account_deadline", account_id, deadline)
    return change(tx, account_id, more)


def verify(tx: Tx, account_id: str, bank: str | None = None) -> dict[str, Any]:
    """All is well at once: whatever is asked is given, with a bank account if it has no good one."""
    standing = bank_of(tx.within(account_id))
    if bank or standing is None or standing["status"] == "errored":
        place_bank(tx, account_id, bank or GOOD_BANK)

    def all_given(about: Known) -> None:
        about.give([*NEEDED, *about.asked])
        about.submitted, about.checking, about.rejected = True, False, False
        about.reason, about.deadline, about.errors = None, None, []

    return change(tx, account_id, all_given)


def deauthorize(tx: Tx, account_id: str) -> None:
    """Its holder takes the platform's access back; from now on it is as if it did not exist."""
    tx.within("").get(KIND, account_id)

    def gone(about: Known) -> None:
        about.deauthorized = True

    emit(tx.within(account_id), "account.application.deauthorized", APPLICATION)
    change(tx, account_id, gone)


def deadline_passed(tx: Tx, account_id: str) -> None:
    if tx.within("").maybe(KIND, account_id):
        reassess(tx, account_id)


TIMERS = {"check_account": checked, "account_deadline": deadline_passed}
