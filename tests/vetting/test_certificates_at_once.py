"""Two hands on one photo of a certificate at the same moment, over real connections."""

from functools import partial
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection

from accounts.models import User
from moderation.models import ReviewCase
from tests.papers import a_certificate, a_photo, case_of
from tests.rivals import rival
from tests.rules import rule_dropped
from tests.threads import at_once, failures
from vetting import services
from vetting.errors import PhotoGone
from vetting.models import Certificate, PrivateDocument, Purpose
from vetting.services.documents import loose_documents

pytestmark = pytest.mark.django_db(transaction=True)
RULE = ("vetting_certificate", "certificate_photo_of_its_own")


@pytest.fixture
def photo(client_user) -> PrivateDocument:
    return keep(client_user)


def keep(user: User) -> PrivateDocument:
    return services.keep_loose_document(by=user, purpose=Purpose.CERTIFICATE, upload=a_photo())


def add(user: User, document: PrivateDocument) -> Certificate:
    paper = {"label": "nurse", "number_tail": "0042", "issued_by": "上海市卫健委", "expires_on": "2099-01-01"}
    return services.add_certificate(by=user, document=document, **paper)


def any_document(*, by: User, purpose: Purpose):
    return PrivateDocument.objects.filter(user=by, purpose=purpose)


def test_one_photo_is_on_one_certificate(client_user, photo):
    results = at_once(*[partial(add, client_user, photo)] * 2)
    assert [type(error) for error in failures(results)] == [PhotoGone]
    assert Certificate.objects.get().document == photo


def test_control_without_looking_again_it_is_on_both(client_user, photo, monkeypatch):
    monkeypatch.setattr("vetting.services.certificates.loose_documents", any_document)
    with rule_dropped(*RULE):
        assert not failures(at_once(*[partial(add, client_user, photo)] * 2))
        assert list(Certificate.objects.values_list("document", flat=True)) == [photo.pk] * 2
        Certificate.objects.all().delete()


def test_the_database_says_so_too(client_user, photo):
    other = a_certificate(client_user)
    add(client_user, photo)
    with pytest.raises(IntegrityError, match="certificate_photo_of_its_own"):
        Certificate.objects.filter(pk=other.pk).update(document=photo)


def test_a_photo_that_another_took_the_place_of_makes_no_certificate(client_user, photo):
    with rival(lambda: keep(client_user)) as meanwhile:
        second = meanwhile(lambda: add(client_user, photo))
    with pytest.raises(PhotoGone):
        second()
    assert not Certificate.objects.exists()


def test_control_without_looking_again_it_is_a_certificate_of_nothing(client_user, photo, monkeypatch):
    monkeypatch.setattr("vetting.services.certificates.loose_documents", any_document)
    with rival(lambda: keep(client_user)) as meanwhile:
        second = meanwhile(lambda: add(client_user, photo))
    assert second().document.erased_at is None
    assert Certificate.objects.get().document.erased_at


def test_who_posts_twice_reads_what_happened(client, client_user, photo, monkeypatch):
    client.force_login(client_user)
    typed = {"label": "nurse", "number_tail": "0042", "issued_by": "上海市卫健委", "expires_on": "2099-01-01"}
    # The other request is through between this one's reading of the form and its saving.
    monkeypatch.setattr("vetting.services.loose_document", lambda **_whose: photo)
    assert client.post("/certificates/", typed).status_code == 302
    answer = client.post("/certificates/", typed)
    assert answer.context["form"].non_field_errors() == [str(PhotoGone())]
    assert Certificate.objects.get().is_pending


def test_those_that_shared_one_get_one_each_under_its_own_case(client_user):
    first, second, decided = (a_certificate(client_user) for _number in range(3))
    for certificate in (first, second):
        services.renew(by=client_user, certificate_id=certificate.pk)
    shared = PrivateDocument.objects.defer(None).get(pk=second.document_id)
    migration = import_module("vetting.migrations.0003_photo_of_its_own")
    with rule_dropped(*RULE):
        Certificate.objects.update(document=shared)
        with connection.schema_editor() as editor:
            migration.give_each_its_own_photo(apps, editor)
    photos = {one.pk: one.document for one in Certificate.objects.select_related("document")}
    assert {pk: photo.case for pk, photo in photos.items()} == {
        first.pk: case_of(first),
        second.pk: case_of(second),
        decided.pk: case_of(second),
    }
    contents = [PrivateDocument.objects.defer(None).get(pk=photo.pk).content() for photo in photos.values()]
    assert contents == [shared.content()] * 3
    assert ReviewCase.objects.open().count() == 2


def test_loose_is_what_is_kept_and_on_no_certificate(client_user, photo):
    mine = partial(loose_documents, by=client_user, purpose=Purpose.CERTIFICATE)
    assert list(mine()) == [photo]
    add(client_user, photo)
    assert not mine().exists()
