from chat.views.pictures import picture, send_picture
from chat.views.quick_replies import change, delete, index, move, starters
from chat.views.talking import room
from chat.views.talks import running, talks

__all__ = ["change", "delete", "index", "move", "picture", "room", "running", "send_picture", "starters", "talks"]
