"""What a target calls what is decided about it."""


def words_for(target: object) -> dict[str, str]:
    """A target's own words for its cases, from its `review_choices() -> dict`; where it has none, those of here stand.

    Keys: "approve" and "reject" (the buttons), "hint" (under the reason), "missing" (where there is none), a status, an
    action such as "case.opened".
    """
    choices = getattr(target, "review_choices", None)
    return choices() if choices else {}
