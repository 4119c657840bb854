from listings.views.finding import browse, detail
from listings.views.offering import create, edit, hide, mine, preview, profile, show, withdraw

__all__ = ["browse", "create", "detail", "edit", "hide", "mine", "preview", "profile", "show", "withdraw"]
