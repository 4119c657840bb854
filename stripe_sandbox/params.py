"""A schema for each endpoint's parameters: what is not declared is refused, and wrong types are refused Stripe's way.

`read(raw, name)` takes what `forms.decode` made and returns Python values. In the result a key is present only when it
was sent; a cleared one (an empty string, where Stripe allows that) is present with None.
"""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from stripe_sandbox.currencies import CURRENCIES
from stripe_sandbox.errors import StripeError


def child(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


class Param:
    def __init__(self, *, required: bool = False, clearable: bool = False):
        self.required = required
        self.clearable = clearable

    def read(self, raw: Any, name: str) -> Any:
        if raw != "":
            return self.parse(raw, name)
        if self.clearable:
            return None
        raise StripeError(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty "
            "value.",
            code="parameter_invalid_empty",
            param=name,
        )

    def parse(self, raw: Any, name: str) -> Any:
        raise NotImplementedError


class Text(Param):
    def __init__(self, longest: int = 5000, **more: bool):
        super().__init__(**more)
        self.longest = longest

    def parse(self, raw: Any, name: str) -> str:
        if not isinstance(raw, str):
            raise StripeError(f"Invalid string: {raw}", param=name)
        if not raw.strip():
            raise StripeError(f"Invalid string: '{name}' is blank", code="parameter_invalid_string_blank", param=name)
        if len(raw) > self.longest:
            raise StripeError(f"Invalid string: {raw[:20]}…; must be at most {self.longest} characters", param=name)
        return raw


class Integer(Param):
    def __init__(self, smallest: int | None = None, largest: int = 2**53, **more: bool):
        super().__init__(**more)
        self.smallest = smallest
        self.largest = largest

    def parse(self, raw: Any, name: str) -> int:
        if not isinstance(raw, str) or not re.fullmatch(r"-?[0-9]{1,19}", raw):
            raise self.refusal(f"Invalid integer: {raw}", name)
        value = int(raw)
        if self.smallest is not None and value < self.smallest:
            raise self.refusal(f"This value must be greater than or equal to {self.smallest}.", name)
        if value > self.largest:
            raise self.refusal(f"This value must be less than or equal to {self.largest}.", name)
        return value

    def refusal(self, message: str, name: str) -> StripeError:
        return StripeError(message, code="parameter_invalid_integer", param=name)


class Flag(Param):
    def parse(self, raw: Any, name: str) -> bool:
        if raw not in ("true", "false"):
            raise StripeError(f"Invalid boolean: {raw}", param=name)
        return raw == "true"


class Choice(Param):
    def __init__(self, *names: str, **more: bool):
        super().__init__(**more)
        self.names = names

    def parse(self, raw: Any, name: str) -> Any:
        if raw not in self.names:
            raise StripeError(f"Invalid {name}: must be one of {self.allowed()}", param=name)
        return raw

    def allowed(self) -> str:
        *others, last = self.names
        return f"{', '.join(others)} or {last}" if others else last


class FlagOr(Choice):
    """A boolean, or one of some words (PaymentIntent's `off_session`)."""

    def parse(self, raw: Any, name: str) -> Any:
        return raw == "true" if raw in ("true", "false") else super().parse(raw, name)


class CurrencyCode(Param):
    def parse(self, raw: Any, name: str) -> str:
        code = raw.lower() if isinstance(raw, str) else raw
        if code not in CURRENCIES:
            supported = ", ".join(CURRENCIES)
            raise StripeError(
                f"Invalid currency: {raw}. This stand-in supports these currencies: {supported}", param=name
            )
        return code


class Url(Text):
    def parse(self, raw: Any, name: str) -> str:
        url = super().parse(raw, name)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise StripeError("Not a valid URL", code="url_invalid", param=name)
        return url


class Email(Text):
    def parse(self, raw: Any, name: str) -> str:
        email = super().parse(raw, name)
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
            raise StripeError(f"Invalid email address: {email}", code="email_invalid", param=name)
        return email


class Amount(Param):
    """`unit_amount_decimal`: a decimal that must come to whole minor units here."""

    def parse(self, raw: Any, name: str) -> int:
        if not isinstance(raw, str) or not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", raw):
            raise StripeError(f"Invalid decimal: {raw}", param=name)
        value = Decimal(raw)
        if value != int(value):
            raise StripeError(f"Invalid decimal: {raw}; whole minor units only", param=name)
        return int(value)


class ListOf(Param):
    def __init__(self, item: Param, longest: int = 100, **more: bool):
        super().__init__(**more)
        self.item = item
        self.longest = longest

    def parse(self, raw: Any, name: str) -> list[Any]:
        if not isinstance(raw, dict) or not all(re.fullmatch(r"[0-9]{1,6}", key) for key in raw):
            raise StripeError("Invalid array", param=name)
        if len(raw) > self.longest:
            raise StripeError(f"Array must have at most {self.longest} elements", param=name)
        return [self.item.read(raw[key], child(name, key)) for key in sorted(raw, key=int)]


class Hash(Param):
    def __init__(self, fields: dict[str, Param], **more: bool):
        super().__init__(**more)
        self.fields = fields

    def parse(self, raw: Any, name: str) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise StripeError("Invalid object", param=name)
        self.refuse_unknown([child(name, key) for key in raw if key not in self.fields])
        for key, field in self.fields.items():
            if field.required and key not in raw:
                missing = child(name, key)
                raise StripeError(f"Missing required param: {missing}.", code="parameter_missing", param=missing)
        return {key: field.read(raw[key], child(name, key)) for key, field in self.fields.items() if key in raw}

    def refuse_unknown(self, names: list[str]) -> None:
        if names:
            word = "parameter" if len(names) == 1 else "parameters"
            raise StripeError(f"Received unknown {word}: {', '.join(names)}", code="parameter_unknown", param=names[0])


class Metadata(Param):
    """Up to 50 keys of 40 characters, values of 500. An empty value takes its key away."""

    def parse(self, raw: Any, name: str) -> dict[str, str]:
        if not isinstance(raw, dict):
            raise StripeError("Invalid object", param=name)
        if len(raw) > 50:
            raise StripeError("You can have up to 50 metadata keys", param=name)
        return {key: self.value(key, value, child(name, key)) for key, value in raw.items()}

    def value(self, key: str, value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise StripeError(
                f"Metadata values must be strings, but for key '{key}' you passed in a value of type hash", param=name
            )
        if len(key) > 40 or len(value) > 500:
            raise StripeError("Metadata keys can be up to 40 characters long, values up to 500 characters", param=name)
        return value


class Range(Param):
    """`created=1700000000` or `created[gte]=…&created[lt]=…`: always read as a dict of bounds."""

    bounds = Hash({bound: Integer(0) for bound in ("gt", "gte", "lt", "lte")})

    def parse(self, raw: Any, name: str) -> dict[str, int]:
        if isinstance(raw, dict):
            return self.bounds.parse(raw, name)
        exactly = Integer(0).parse(raw, name)
        return {"gte": exactly, "lte": exactly}


EXPAND = ListOf(Text(), longest=20)


def fields(**params: Param) -> Hash:
    """The parameters of an endpoint; each endpoint of Stripe also takes `expand`."""
    return Hash({**params, "expand": EXPAND})


def list_fields(**params: Param) -> Hash:
    return fields(limit=Integer(1, 100), starting_after=Text(), ending_before=Text(), **params)


def merged_metadata(old: dict[str, str], new: dict[str, str] | None) -> dict[str, str]:
    """Stripe's rule: named keys change, empty values remove, everything is removed by an empty string."""
    if new is None:
        return {}
    kept = {**old, **new}
    return {key: value for key, value in kept.items() if value != ""}
