"""What a row of the table may be, whoever writes it."""

import pytest
from django.db import IntegrityError, transaction

from places.models import Hospital

pytestmark = pytest.mark.django_db


def a_row(**fields) -> Hospital:
    known = {"city": "上海", "district": "长宁区", "name": "南岸医院", "departments": ["cardiology"]}
    return Hospital(**{**known, **fields})


def test_one_is_taken():
    a_row(aliases=["南岸", "South Bank"], level="三级甲等", address="长宁路 1号").save()
    a_row(city="拉萨").save()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"name": "复旦大学附属华山医院"}, "hospital_once_in_its_city"),
        ({"name": ""}, "hospital_words_tidy"),
        ({"name": " 南岸医院"}, "hospital_words_tidy"),
        ({"name": "南岸医院\n"}, "hospital_words_tidy"),
        ({"name": "南岸  医院"}, "hospital_words_tidy"),
        ({"city": ""}, "hospital_words_tidy"),
        ({"city": "上海 "}, "hospital_words_tidy"),
        ({"district": ""}, "hospital_words_tidy"),
        ({"address": " "}, "hospital_address_tidy"),
        ({"level": "最好"}, "hospital_level_known"),
        ({"departments": []}, "hospital_departments_known"),
        ({"departments": ["cardiology", "magic"]}, "hospital_departments_known"),
        ({"aliases": [""]}, "hospital_aliases_tidy"),
        ({"aliases": ["南岸", ""]}, "hospital_aliases_tidy"),
        ({"aliases": ["南岸", " 南"]}, "hospital_aliases_tidy"),
        ({"aliases": ["南岸\n"]}, "hospital_aliases_tidy"),
    ],
)
def test_what_is_not_tidy_or_not_known_is_refused(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        a_row(**fields).save()
