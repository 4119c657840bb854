from parties.models.party import MOST_JOINS, SMALLEST, Guest, Invitee, Party

__all__ = ["MOST_JOINS", "SMALLEST", "Guest", "Invitee", "Party"]
