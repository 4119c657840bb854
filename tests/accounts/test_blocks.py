"""Who blocked whom: the page of it, and that nobody learns or changes what is another's."""

import pytest
from django.db import IntegrityError
from django.urls import reverse

from accounts import services
from accounts.models import Block
from tests.cast import a_user

pytestmark = pytest.mark.django_db

BLOCKS = "/me/blocks/"
BLOCKS_QUERIES = 8


def test_the_page_names_those_one_blocked_as_one_knows_them(client, client_user, companion):
    services.block(by=client_user, other=companion, known_as="珊珊")
    client.force_login(client_user)
    page = client.get(BLOCKS).content.decode()
    assert "珊珊" in page
    assert companion.display_name not in page


def test_nobody_sees_that_he_was_blocked(client, client_user, companion):
    services.block(by=client_user, other=companion, known_as="珊珊")
    client.force_login(companion)
    assert "/unblock/" not in client.get(BLOCKS).content.decode()


def test_taking_it_back_takes_back_only_ones_own(client, client_user, companion):
    services.block(by=client_user, other=companion)
    services.block(by=companion, other=client_user)
    client.force_login(client_user)
    client.post(reverse("accounts:unblock", args=[companion.pk]))
    assert [block.blocker for block in Block.objects.all()] == [companion]


def test_anothers_block_is_not_there(client, client_user, companion, stranger):
    services.block(by=client_user, other=companion)
    client.force_login(stranger)
    assert client.post(reverse("accounts:unblock", args=[companion.pk])).status_code == 404
    assert Block.objects.exists()


def test_only_by_post_and_only_signed_in(client, client_user, companion):
    services.block(by=client_user, other=companion)
    unblock = reverse("accounts:unblock", args=[companion.pk])
    assert client.post(unblock)["Location"].startswith("/accounts/login/")
    client.force_login(client_user)
    assert client.get(unblock).status_code == 405
    assert Block.objects.exists()


def test_twice_is_once_and_nobody_blocks_himself(client_user, companion):
    for _ in range(2):
        services.block(by=client_user, other=companion)
    assert Block.objects.count() == 1
    with pytest.raises(IntegrityError, match="block_somebody_else"):
        services.block(by=client_user, other=client_user)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_however_many(client, client_user, rows, django_assert_num_queries):
    for number in range(rows):
        services.block(by=client_user, other=a_user(f"far{number}"), known_as=f"far{number}")
    client.force_login(client_user)
    with django_assert_num_queries(BLOCKS_QUERIES):
        page = client.get(BLOCKS).content.decode()
    assert page.count("/unblock/") == rows
