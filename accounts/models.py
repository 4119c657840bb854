from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Length, Lower, Now, Trim
from django.utils.translation import gettext_lazy as _

from accounts.ages import EARLIEST_BIRTH_DATE, AdultBirthDate, ShanghaiToday

models.CharField.register_lookup(Length)
models.CharField.register_lookup(Trim)
models.TextField.register_lookup(Length)
models.TextField.register_lookup(Trim)

LANGUAGE_CODES = ["zh-hans", "en"]
# What ends a line in some alphabet, in an expression that Python and PostgreSQL both read.
LINE_END = r"[\n\v\f\r\u0085\u2028\u2029]"
ONE_LINE = RegexValidator(LINE_END, _("Please write it in one line."), inverse_match=True)


def languages() -> list[tuple[str, str]]:
    """Asked when needed: how a language calls itself is no matter for a migration."""
    return settings.LANGUAGES


class Gender(models.TextChoices):
    """What a client says of himself, for those who meet only some in person."""

    FEMALE = "female", _("Woman")
    MALE = "male", _("Man")
    OTHER = "other", _("Other")
    UNSAID = "unsaid", _("Rather not say")


class Users(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        """A saved user; `birth_date` and `display_name` are required. The e-mail address is stored in lower case."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Anyone with an account can be a client; staff and companions are users too. Nobody is under 18."""

    email = models.EmailField(_("E-mail"), unique=True)
    phone = models.CharField(
        _("Phone"), max_length=16, null=True, blank=True, unique=True, validators=[RegexValidator(r"^\+[1-9]\d{6,14}$")]
    )
    display_name = models.CharField(_("Display name"), max_length=20, validators=[ONE_LINE])
    birth_date = models.DateField(_("Date of birth"))
    joined_on = models.DateField(_("Joined on"), db_default=ShanghaiToday(), editable=False)
    gender = models.CharField(
        _("Gender"), max_length=8, choices=Gender, default=Gender.UNSAID, db_default=Gender.UNSAID
    )
    language = models.CharField(_("Language"), max_length=10, choices=languages, default="zh-hans")
    # Letters are written in the language of the sign-up; a device is told only of one that was chosen.
    language_chosen = models.BooleanField(default=False, db_default=False, editable=False)
    is_staff = models.BooleanField(_("Staff"), default=False)
    is_active = models.BooleanField(_("Active"), default=True)

    objects: ClassVar[Users] = Users()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name", "birth_date"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(
                condition=Q(birth_date__gte=EARLIEST_BIRTH_DATE, birth_date__lte=AdultBirthDate(F("joined_on"))),
                name="user_is_adult",
                violation_error_message=_("Wozai is for people of 18 and over."),
            ),
            models.CheckConstraint(condition=Q(display_name__trim__length__gte=1), name="user_has_name"),
            models.CheckConstraint(condition=~Q(display_name__regex=LINE_END), name="user_name_one_line"),
            models.CheckConstraint(condition=Q(gender__in=Gender.values), name="user_gender_known"),
            models.CheckConstraint(condition=Q(language__in=LANGUAGE_CODES), name="user_language_known"),
        ]

    def __str__(self) -> str:
        return self.display_name

    def clean(self) -> None:
        self.email = self.email.strip().lower()
        self.phone = self.phone or None


class Letter(models.Model):
    """An e-mail to a person. The row is the queue; `key` keeps what is told once from being told twice."""

    to = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=120, unique=True)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    written_at = models.DateTimeField(db_default=Now(), editable=False)
    not_after = models.DateTimeField(null=True, blank=True, help_text="Later it would no longer be true.")
    tried_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [models.CheckConstraint(condition=~Q(subject__regex=LINE_END), name="letter_subject_one_line")]
        indexes = [models.Index(fields=["written_at"], condition=Q(sent_at=None) & ~Q(body=""), name="letter_unsent")]

    def __str__(self) -> str:
        return self.key


class BlockQuerySet(models.QuerySet["Block"]):
    def between(self, one: int | Combinable, other: int | Combinable) -> "BlockQuerySet":
        """Whoever of the two blocked whom; each is a user's id, or an expression for one (F, OuterRef)."""
        return self.filter(Q(blocker=one, blocked=other) | Q(blocker=other, blocked=one))


class Block(models.Model):
    """One user wants nothing to do with another: neither finds, books or writes to the other, whoever began."""

    blocker = models.ForeignKey(User, models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(User, models.CASCADE, related_name="+")
    known_as = models.CharField(
        max_length=20, blank=True, help_text="What the other is called where the two met: nobody learns another name."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[BlockQuerySet] = BlockQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="block_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"


class Consent(models.Model):
    """What somebody agreed to that may also be refused: for which purpose, by which wording, and when.

    Given anew for each occasion. The row stays when it is withdrawn, as the proof of what was allowed until then.
    """

    class Purpose(models.TextChoices):
        HEALTH = "health", _("Health data")

    user = models.ForeignKey(User, models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=16, choices=Purpose)
    version = models.CharField(max_length=16, help_text="Which wording was shown.")
    given_at = models.DateTimeField(db_default=Now(), editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=["health"]), name="consent_purpose_known"),
            models.CheckConstraint(condition=~Q(version=""), name="consent_has_version"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("given_at")), name="consent_given_first"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.purpose} {self.version}"
