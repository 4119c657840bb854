"""Orders for now in plain Python, from the form to the money back, as a person would write them down. Their clocks
never stand still here: for that see meter_model.py.

Milliseconds and fen. It knows nothing of ticks or rows: each thing that happens first lets the time that has passed
happen.
"""

from dataclasses import dataclass, field

MINUTE = 60_000
BUSY = ("accepted", "live")


@dataclass(eq=False)
class Order:
    client: str
    companion: str
    due: int
    granted: int
    prepaid: int
    state: str = "awaiting_payment"
    since: int = 0
    ended: int | None = None
    lived: int = 0
    paid: int = 0


@dataclass
class Orders:
    """Of a few clients with a few companions, with the times that hold for all; `fen_per_hour` is everybody's price."""

    to_pay: int
    to_answer: int
    to_speak: int
    lag: int
    fen_per_hour: int
    all: list[Order] = field(default_factory=list)

    def advance(self, now: int) -> None:
        for order in self.all:
            if order.state == "live" and order.due <= now:
                self._end(order, order.due, "exhausted")
            late = {"awaiting_payment": "expired", "requested": "expired", "accepted": "no_show"}
            late |= {"ended": "settled", "exhausted": "settled"}
            if order.state in late and order.due <= now:
                order.state = late[order.state]

    def cost(self, minutes: int) -> int:
        return self.fen_per_hour * minutes // 60

    def back(self, order: Order) -> int:
        """Fen that went back."""
        if order.state == "settled":
            return order.paid - self.cost(order.lived // MINUTE)
        return order.paid if order.state in ("expired", "declined", "cancelled", "no_show") else 0

    def why_not(self, client: str, companion: str, now: int) -> str | None:
        self.advance(now)
        if any(order.client == client and order.state in ("requested", *BUSY) for order in self.all):
            return "AlreadyTogether"
        return "WithSomebody" if self.is_busy(companion=companion) else None

    def is_busy(self, **side: str) -> bool:
        ((name, who),) = side.items()
        return any(getattr(order, name) == who and order.state in BUSY for order in self.all)

    def order(self, client: str, companion: str, minutes: int, now: int) -> Order:
        order = Order(client, companion, now + self.to_pay, minutes * MINUTE, self.cost(minutes))
        self.all.append(order)
        return order

    def pay(self, order: Order, now: int) -> None:
        self.advance(now)
        order.paid = order.prepaid
        if order.state == "awaiting_payment":
            order.state, order.due = "requested", now + self.to_answer

    def accept(self, order: Order, now: int, _by_client: bool) -> str | None:
        self.advance(now)
        if order.state != "requested":
            return "NotPossibleNow"
        if self.is_busy(client=order.client):
            return "ClientBusy"
        if self.is_busy(companion=order.companion):
            return "CompanionBusy"
        order.state, order.due = "accepted", now + self.to_speak
        return None

    def decline(self, order: Order, now: int, _by_client: bool) -> str | None:
        self.advance(now)
        if order.state != "requested":
            return "NotPossibleNow"
        order.state = "declined"
        return None

    def cancel(self, order: Order, now: int, by_client: bool) -> str | None:
        """Before the companion has accepted there is nothing for her to cancel. Twice is once."""
        self.advance(now)
        may = ("awaiting_payment", "requested", "accepted") if by_client else ("accepted",)
        if order.state not in (*may, "cancelled"):
            return "NotPossibleNow"
        order.state = "cancelled"
        return None

    def speaks(self, order: Order, now: int) -> None:
        """The companion's words."""
        self.advance(now)
        if order.state == "accepted":
            order.state, order.since, order.due = "live", now, now + order.granted

    def end(self, order: Order, now: int, _by_client: bool) -> str | None:
        self.advance(now)
        if order.state == "live":
            self._end(order, now, "ended")
        return None if order.ended is not None else "NotPossibleNow"

    def _end(self, order: Order, at: int, state: str) -> None:
        order.state, order.ended, order.lived, order.due = state, at, at - order.since, at + self.lag
