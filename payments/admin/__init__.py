"""What finance sees: the rows as they are, and pages that put them together."""

from payments.admin import dispute, finance, records, works

__all__ = ["dispute", "finance", "records", "works"]
