from datetime import date, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.ages import shanghai_today
from accounts.models import Letter, User
from listings import demo, services
from listings.kinds import CERTIFIED_KINDS, KINDS, LEAST_NOTICE_MINUTES
from listings.models import Companion, Listing, ListingRevision
from moderation import services as moderation
from moderation.groups import MODERATORS
from moderation.models import ReviewCase
from payments.groups import FINANCE
from vetting.models import IdentityCheck
from vetting.services import is_identified

PASSWORD = "wozai-demo"  # noqa: S105
# Of both who need a second step: `make code` prints what an authenticator would show.
SECRET = "WOZAIDEMOWOZAIDEMOWOZAIDEMO234AB"  # noqa: S105
BIRTH_DATE = date(1990, 5, 21)
CERTIFIED_FOR = timedelta(days=365)
CLIENTS = (("client@example.com", "小林"), ("friend@example.com", "小周"))
ACCEPTING = "companion@example.com"


class Command(BaseCommand):
    help = "Loads people, listings and the demo accounts, once; a second time nothing changes. Only with DEBUG."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo accounts have a known password: seed_demo runs only with DEBUG.")
        self._load()

    @transaction.atomic
    def _load(self) -> None:
        self.known = set(User.objects.values_list("email", flat=True))
        for address, name in CLIENTS:
            _identify(self._account(address, name))
        moderator = self._account("moderator@example.com", "审核员小陈", is_staff=True)
        moderator.groups.add(Group.objects.get(name=MODERATORS))
        _second_step(moderator)
        finance = self._account("finance@example.com", "财务小周", is_staff=True)
        finance.groups.add(Group.objects.get(name=FINANCE))
        _second_step(finance)
        published = [revision for person in self._new(demo.PUBLISHED) for revision in self._hand_in(person)]
        for revision in published:
            _approve(revision, by=moderator)
        # People who are made up get no mail about it.
        unreal = {demo.address(person) for person in demo.people(*demo.PUBLISHED)}
        Letter.objects.filter(to__in=User.objects.filter(email__in=unreal)).delete()
        waiting = [revision for person in self._new(demo.WAITING) for revision in self._hand_in(person)]
        self.stdout.write(f"{len(published)} listings loaded, {len(waiting)} wait for review.")

    def _new(self, files: tuple[str, ...]) -> list[dict[str, Any]]:
        return [person for person in demo.people(*files) if demo.address(person) not in self.known]

    def _hand_in(self, person: dict[str, Any]) -> list[ListingRevision]:
        """Of a new person her listings, of one who is there an edit of her listing."""
        user = self._account(demo.address(person), person["name"])
        companion = Companion.objects.filter(user=user).first() or _profile(user, person)
        listing = companion.listings.first()
        return [
            services.submit_listing(by=user, text=demo.text_of(text), listing=listing) for text in person["listings"]
        ]

    def _account(self, email: str, name: str, **fields: Any) -> User:
        if user := User.objects.filter(email=email).first():
            return user
        user = User.objects.create(
            email=email, display_name=name, birth_date=BIRTH_DATE, password=self._password_hash, **fields
        )
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return user

    @cached_property
    def _password_hash(self) -> str:
        """One for all: hashing is slow on purpose."""
        return make_password(PASSWORD)


def _profile(user: User, person: dict[str, Any]) -> Companion:
    shown = {name: person[name] for name in ("gender", "city", "languages", "about")}
    companion = services.save_profile(by=user, display_name=person["name"], **shown)
    companion.avatar_seed = person["email"][:16]
    companion.is_demo = person.get("demo", False)
    companion.approved_at, companion.approved_kinds = timezone.now(), sorted(KINDS)
    companion.accepting = companion.is_demo or user.email == ACCEPTING
    companion.save(update_fields=["avatar_seed", "is_demo", "accepting", "approved_at", "approved_kinds"])
    services.set_week(by=user, hours=demo.hours_of(person))
    if companion.accepting:
        services.set_notice(by=user, lead_minutes=LEAST_NOTICE_MINUTES, buffer_minutes=companion.buffer_minutes)
    return companion


def _identify(user: User) -> None:
    """He may order what is served in person; made-up people have no papers, so there is no photo and no name."""
    now = timezone.now()
    decided = {"state": "approved", "submitted_at": now, "decided_at": now}
    if not is_identified(user):
        IdentityCheck.objects.update_or_create(user=user, defaults=decided)


def _approve(revision: ListingRevision, by: User) -> None:
    # Made-up people have no papers that anybody could have looked at.
    asking = Listing.objects.filter(pk=revision.listing_id, kind__in=CERTIFIED_KINDS)
    asking.update(valid_until=shanghai_today() + CERTIFIED_FOR)
    case = ReviewCase.objects.get(kind=services.REVIEW, target_id=str(revision.pk))
    moderation.decide(case=case, by=by, approve=True)


def _second_step(user: User) -> None:
    if not is_mfa_enabled(user):
        TOTP.activate(user, SECRET)
