from django.db.models import Func


class MsRange(Func):
    """[start, end) of two columns in epoch milliseconds."""

    function = "int8range"
