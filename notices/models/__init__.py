from notices.models.device import MOST_DEVICES, Device
from notices.models.notice import MOST_ATTEMPTS, Notice, Topic
from notices.models.preference import Mail, Preference

__all__ = ["MOST_ATTEMPTS", "MOST_DEVICES", "Device", "Mail", "Notice", "Preference", "Topic"]
