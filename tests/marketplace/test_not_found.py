"""What is not there, whoever asks."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/nowhere/", "/listings/0/"])
@pytest.mark.parametrize("debug", [True, False])
def test_looks_the_same_while_developing(client, settings, path, debug):
    settings.DEBUG = debug
    answer = client.get(path)
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "site-bar" in page and "urlpatterns" not in page and "URLconf" not in page
