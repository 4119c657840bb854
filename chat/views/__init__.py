from chat.views.quick_replies import change, delete, index, move, starters
from chat.views.talking import room

__all__ = ["change", "delete", "index", "move", "room", "starters"]
