"""Form-encoded bodies with brackets: `line_items[0][price_data][currency]=cny` to nested dicts of strings."""

import re
from typing import Any
from urllib.parse import parse_qsl

from stripe_sandbox.errors import StripeError

MOST_FIELDS = 2000
DEEPEST = 10
KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
BRACKET = re.compile(r"\[([^\[\]]*)\]")


def decode(text: str | bytes) -> dict[str, Any]:
    """Nested dicts; an array comes out as a dict keyed "0", "1", … (also for `a[]=x`), to be read by the schema.

    Raises StripeError for bad encoding, unbalanced brackets, and a key that is both a value and a hash.
    """
    tree: dict[str, Any] = {}
    for key, value in pairs(text):
        matched = KEY.match(key)
        if matched is None:
            raise StripeError(f"Received unknown parameter: {key}", code="parameter_unknown", param=key)
        put(tree, [matched[1], *BRACKET.findall(matched[2])], value, key)
    return tree


def pairs(text: str | bytes) -> list[tuple[str, str]]:
    try:
        text = text.decode("utf-8") if isinstance(text, bytes) else text
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except (UnicodeDecodeError, ValueError) as error:
        raise StripeError(f"Invalid request body: {error}") from error


def put(tree: dict[str, Any], path: list[str], value: str, key: str) -> None:
    if len(path) > DEEPEST:
        raise StripeError(f"Parameters are nested too deeply: {key}", param=key)
    for part in path[:-1]:
        tree = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise StripeError(f"Invalid object: {key} was also given as a plain value", param=key)
    last = path[-1] or str(len(tree))
    if isinstance(tree.get(last), dict):
        raise StripeError(f"Invalid string: {key} was also given as a hash", param=key)
    tree[last] = value
