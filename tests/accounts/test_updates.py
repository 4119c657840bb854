"""The guard of all tests sees a change made on the strength of a subquery of the same row, and nothing else."""

import pytest

from accounts.models import Block, Letter, User
from tests.updates import StaleUpdate

pytestmark = pytest.mark.django_db


def test_a_condition_on_a_related_row_is_refused():
    with pytest.raises(StaleUpdate):
        Letter.objects.filter(to__is_active=True, sent_at=None).update(attempts=1)


def test_in_a_subquery_of_its_own_it_is_not():
    readers = User.objects.filter(is_active=True)
    assert Letter.objects.filter(to__in=readers, sent_at=None).update(attempts=1) == 0
    assert Block.objects.filter(blocker__in=readers).delete()[0] == 0
