"""Mail in development: on the terminal, to be read there."""

from email import message_from_bytes
from email.policy import default
from typing import Any

from django.core.mail.backends import console


class EmailBackend(console.EmailBackend):
    """As Django's own, but decoded: that one prints Chinese words as base64."""

    def write_message(self, message: Any) -> None:
        sent = message_from_bytes(message.message().as_bytes(), policy=default)
        heads = [f"{name}: {value}" for name, value in sent.items() if not name.startswith(("Content-", "MIME-"))]
        body = sent.get_body(("plain", "html"))
        self.stream.write("\n".join([*heads, "", body.get_content() if body else "", "-" * 79, ""]))
