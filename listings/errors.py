from django.utils.translation import gettext_lazy as _

from common.errors import UserError


class NoProfile(UserError):
    code = "no_profile"
    message = _("Please tell us first who you are as a companion.")
    status = 409


class ListingNotFound(UserError):
    code = "listing_not_found"
    message = _("This listing is not there, or no longer.")
    status = 404


class TooManyListings(UserError):
    code = "too_many_listings"
    message = _("You have as many listings as one person can have. Please edit one of them instead.")
    status = 409


class SubmittedTwice(UserError):
    code = "submitted_twice"
    message = _("Another change of this listing was submitted at the same moment. Please look at it before you go on.")
    status = 409


class DecidedMeanwhile(UserError):
    code = "decided_meanwhile"
    message = _("The review was just decided. Please look at the result, then go on.")
    status = 409


class NothingToWithdraw(UserError):
    code = "nothing_to_withdraw"
    message = _("Nothing of this listing is under review.")
    status = 409


class NotPublished(UserError):
    code = "not_published"
    message = _("Only an approved listing can be shown or hidden.")
    status = 409


class NothingToOffer(UserError):
    code = "nothing_to_offer"
    message = _("You can go online once a listing of yours is published.")
    status = 409


class NotBookableYet(UserError):
    code = "not_bookable_yet"
    message = _("This kind of service cannot be booked at once yet. Nothing was charged.")
    status = 409


class OwnListing(UserError):
    code = "own_listing"
    message = _("This is your own listing.")
    status = 409


class CompanionAway(UserError):
    code = "companion_away"
    message = _("This person has just gone offline. Nothing was charged; please choose somebody who is online.")
    status = 409


class TimeTaken(UserError):
    code = "time_taken"
    message = _("Somebody else was a moment faster and has this time now. Nothing was charged; please choose another.")
    status = 409


class NotFreeThen(UserError):
    code = "not_free_then"
    message = _("This time cannot be booked, or no longer. Nothing was charged; please choose another.")
    status = 409


class HoursOverlap(UserError):
    code = "hours_overlap"
    message = _("Some of these hours overlap. Nothing was saved; please look at them once more.")
    status = 409


class TooManyFavourites(UserError):
    code = "too_many_favourites"
    message = _("You have as many favourites as one person can have. Please let go of one first.")
    status = 409


class TooManyWatches(UserError):
    code = "too_many_watches"
    message = _("You wait for as many people as one can. Please take one back first.")
    status = 409


class NotAppliedYet(UserError):
    code = "not_applied_yet"
    message = _("Please hand in your application first; right after that you can write your listing.")
    status = 409


class KindNotAppliedFor(UserError):
    code = "kind_not_applied_for"
    message = _("You have not applied for this kind of service yet. You can add it with a new application.")
    status = 409


class CompanionNotApproved(UserError):
    code = "companion_not_approved"
    message = _("This person is not approved for this kind of service yet. Please decide her application first.")
    status = 409


class CertificateLacking(UserError):
    code = "certificate_lacking"
    message = _("This person has no approved certificate for this kind of service. Please decide about one first.")
    status = 409


class ApplicationNotFound(UserError):
    code = "application_not_found"
    message = _("You have no application that could be changed.")
    status = 404


class ApplicationWaits(UserError):
    code = "application_waits"
    message = _("Your application is under review. Take it back if you would like to change something.")
    status = 409


class AddressUnconfirmed(UserError):
    code = "address_unconfirmed"
    message = _("Please confirm your e-mail address first: the decision is told there. Then hand it in.")
    status = 409


class ApplicationIncomplete(UserError):
    code = "application_incomplete"
    status = 409

    def __init__(self, missing: list[str]) -> None:
        self.message = _("Still missing: %(what)s.") % {"what": "、".join(missing)}
        super().__init__(missing)
