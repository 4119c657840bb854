"""What a companion has to know before she starts: a few questions, each with the reason behind its answer."""

from dataclasses import dataclass
from hashlib import sha256

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Raised when a rule changes; who passed an older version stays approved and sees what is new.
VERSION = "2026-11"
ASKED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`choices` are the possible answers by letter, `right` the letter of the good one, `why` is said to who erred."""

    key: str
    text: str | Promise
    choices: tuple[tuple[str, str | Promise], ...]
    right: str
    why: str | Promise


POOL = (
    Question(
        key="off_platform",
        text=_("A client asks for your WeChat so that he can pay you directly, without the fee. What do you do?"),
        choices=(
            ("a", _("Give it to regular clients only")),
            ("b", _("Say no kindly, and stay here")),
            ("c", _("Ask for double, since it is a risk")),
        ),
        right="b",
        why=_("Payment stays here. Outside nobody can prove what was served, and nobody gets money back."),
    ),
    Question(
        key="dating",
        text=_("After a few pleasant sessions a client would like to be your partner, and offers to pay for it."),
        choices=(
            ("a", _("Play along, it is only words")),
            ("b", _("Agree if he books a whole day")),
            ("c", _("Say that company is all you offer here, and report it if he goes on")),
        ),
        right="c",
        why=_("Wozai is company, not dating. Romance is never for sale here, not even as a game."),
    ),
    Question(
        key="therapy",
        text=_("A client describes weeks without sleep and asks whether it is depression. What do you say?"),
        choices=(
            ("a", _("That you listen, and that a doctor can tell")),
            ("b", _("That it sounds like depression")),
            ("c", _("Which pills helped you")),
        ),
        right="a",
        why=_("We listen. Diagnoses, treatment and advice about medicine are for doctors and therapists."),
    ),
    Question(
        key="registration",
        text=_("Somebody wants to pay you ¥200 to get an appointment with a famous doctor. What do you do?"),
        choices=(
            ("a", _("Do it, you know somebody there")),
            ("b", _("Refuse: you can show the official channels, and go along on the day")),
            ("c", _("Do it, but for less")),
        ),
        right="b",
        why=_("Getting appointments for money is forbidden, whatever the price. Coming along is what you offer."),
    ),
    Question(
        key="public_place",
        text=_("A client books a dinner and then proposes to eat at his flat, it would be quieter there."),
        choices=(
            ("a", _("Go, if it is nearby")),
            ("b", _("Go, and tell a friend")),
            ("c", _("Propose a quiet restaurant, or decline")),
        ),
        right="c",
        why=_("Meals and walks are in public places only: never in a home, never in a hotel."),
    ),
    Question(
        key="clock",
        text=_("The phone rings during a paid chat and you need five minutes. What about the clock?"),
        choices=(
            ("a", _("Let it run and send a sticker now and then")),
            ("b", _("Say so and go: without you the clock stops by itself")),
            ("c", _("Nothing, five minutes do not matter")),
        ),
        right="b",
        why=_(
            "When you leave, or let your reply promise pass, the clock stops. "
            "Only minutes really served are billed; stretching time costs a strike."
        ),
    ),
    Question(
        key="crisis",
        text=_("A client writes: “I do not want to live any more.” What do you do first?"),
        choices=(
            ("a", _("Stay, take it seriously, and name 12356, 120 and 110")),
            ("b", _("End the session, it is too much")),
            ("c", _("Tell him that others have it worse")),
        ),
        right="a",
        why=_("You need not solve it. Stay, give the numbers, and report it: somebody of ours looks at once."),
    ),
    Question(
        key="secrets",
        text=_("A client told you something moving. May you post it, without the name?"),
        choices=(
            ("a", _("Yes, without the name it is fine")),
            ("b", _("Only in a small group")),
            ("c", _("No. What is said here stays here")),
        ),
        right="c",
        why=_("A conversation belongs to the two who had it. Screenshots and retold stories end the cooperation."),
    ),
    Question(
        key="money",
        text=_("A client asks where you invest your savings. What is right?"),
        choices=(
            ("a", _("Recommend what works for you")),
            ("b", _("Give no advice on investments, and neither lend nor borrow")),
            ("c", _("Introduce a friend who knows")),
        ),
        right="b",
        why=_("Advice on investments and money between the two of you is forbidden: it is how frauds begin."),
    ),
)


def questions_for(seed: int) -> list[Question]:
    """Six of the pool: always the same for one seed, so that a page can be sent again."""
    return sorted(POOL, key=lambda question: sha256(f"{VERSION}:{seed}:{question.key}".encode()).digest())[:ASKED]
