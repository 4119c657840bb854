from parties.models.party import SMALLEST, Guest, Party

__all__ = ["SMALLEST", "Guest", "Party"]
