"""One place under many names: how what people type is compared with what is known."""

import unicodedata

CITY_SUFFIX = "市"
SHORTEST_CITY = 2
# 北京医院 without its city is "hospital"; 儿童医院 is still one.
SHORTEST_NAME = 4


def plain_city(words: str) -> str:
    """The name alone, as all others write it: 北京市 and 北京 are one place."""
    return words.removesuffix(CITY_SUFFIX) if len(words) > SHORTEST_CITY else words


def folded(words: str) -> str:
    """Half width, lower case, letters and digits only: "华山 医院（总院）" → "华山医院总院"."""
    plain = unicodedata.normalize("NFKC", words).lower()
    return "".join(letter for letter in plain if letter.isalnum())


def without_city(name: str, city: str) -> str:
    """A folded name as it is said within its city: 北京协和医院 → 协和医院; empty where too little would be left."""
    rest = name.removeprefix(city).removeprefix(CITY_SUFFIX) if name.startswith(city) else ""
    return rest if len(rest) >= SHORTEST_NAME else ""
