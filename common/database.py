"""What PostgreSQL said, without reading its words."""

from django.db import IntegrityError


def broken_constraint(error: IntegrityError) -> str:
    """The name of the constraint that refused the write, or ""."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
