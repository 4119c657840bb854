"""Django's own lists and rows of what finance looks at: what matters first, in words, and the way to other pages."""

import re

import pytest
from django.conf import settings
from django.contrib.admin.utils import quote
from django.utils import timezone

from payments import services, words
from payments.models import BookEntry, Dispute, FinanceTask, Payment, StripeEvent
from payments.services.finance import close_task
from payments.templatetags.payments import labelled
from tests.payments.serving import prepaid
from tests.payments.test_disputes import disputed
from tests.payments.test_finance_pages import LISTS, at, desk, told

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["desk", "told"]
MARKED = [f"{name}_changelist" for name in ("financetask", "dispute", "refund", "payout", "byhand", "outside")]


@pytest.mark.django_db
class TestAWholeStory:
    @pytest.mark.parametrize("name", [*LISTS, "stripeevent"])
    def test_each_cell_knows_its_column_and_the_way_to_the_finance_pages_is_there(self, told, desk, name):
        StripeEvent.objects.create(id="evt_1", type="charge.succeeded", payload={})
        answer = desk.get(at(f"{name}_changelist"))
        page = answer.content.decode()
        assert at("unmatched") in page and at("find_story") in page
        rows = re.search(r"<tbody>(.*?)</tbody>", page, re.S)
        assert not rows or re.findall(r"<t[dh]", rows[1]) == re.findall(r"<t[dh](?= data-label=)", rows[1])
        row = answer.context["cl"].queryset.first()
        if row is not None:
            assert at("unmatched") in desk.get(at(f"{name}_change", row.pk)).content.decode()

    @pytest.mark.parametrize("name", [*LISTS, "stripeevent"])
    def test_a_moment_is_written_alike_everywhere_in_either_language(self, told, desk, name):
        StripeEvent.objects.create(id="evt_1", type="charge.succeeded", payload={})
        desk.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        answer = desk.get(at(f"{name}_changelist"))
        row = answer.context["cl"].queryset.first()
        pages = [answer, *([desk.get(at(f"{name}_change", row.pk))] if row else [])]
        for page in pages:
            read = re.sub(r"<[^>]*>", " ", page.content.decode())
            assert not re.search(r"[ap]\.m\.|20\d\d年|, 20\d\d", read), page.request["PATH_INFO"]
        if row is not None:
            assert at(f"{name}_change", quote(row.pk)) in answer.content.decode()

    @pytest.mark.parametrize("name", ["payment", "refund", "payout", "dispute", "transfer", "bookentry", "earning"])
    def test_the_order_and_the_sum_come_first(self, told, desk, name):
        page = desk.get(at(f"{name}_changelist")).content.decode()
        assert re.findall(r"<t[dh][^>]* class=\"(?:field-)?(\w+)", page.split("<tbody>")[1])[:2] == ["story", "amount"]


@pytest.mark.parametrize("name", [*LISTS, "stripeevent"])
def test_a_list_is_called_as_its_rows_are(desk, name):
    answer = desk.get(at(f"{name}_changelist"))
    page = answer.content.decode()
    assert f"<h1>{answer.context['cl'].opts.verbose_name_plural}</h1>" in page
    assert "查看" not in re.search(r"<title>(.*?)</title>", page, re.S)[1]


@pytest.mark.parametrize("name", ["health", "unmatched", "daily", *MARKED])
def test_the_way_between_the_pages_leads_to_all_and_marks_the_one_that_is_open(desk, name):
    page = desk.get(at(name)).content.decode()
    way = re.search(r'<nav class="fin-menu".*?</nav>', page, re.S)[0]
    assert re.findall(r'href="([^"]*)"\s+aria-current="page"', way) == [at(name)]
    assert all(f'href="{at(other)}"' in way for other in ("health", "unmatched", "daily", *MARKED))


def test_a_moment_is_that_of_shanghai_to_the_minute_and_leads_to_its_row(stand_in, desk, client_user):
    prepaid(stand_in, client_user, 3000)
    payment = Payment.objects.get()
    [cell] = re.findall(r"field-created_at[^>]*>(.*?)</t[dh]>", desk.get(at("payment_changelist")).content.decode())
    assert f">{timezone.localtime(payment.created_at):%Y-%m-%d %H:%M}</a>" in cell
    assert at("payment_change", payment.pk) in cell


def test_a_heading_may_not_end_the_cell():
    [[cell]] = labelled([['<td class="field-x">¥1</td>']], [{"text": '<b>a "sum" & more</b>'}])
    assert cell == '<td data-label="A &quot;sum&quot; &amp; more" class="field-x">¥1</td>'


def test_who_sees_no_finance_pages_is_not_shown_the_way_to_them(client, moderator):
    moderator.user_permissions.add(*_may_see("payment"))
    client.force_login(moderator)
    page = client.get(at("payment_changelist"))
    assert page.status_code == 200 and at("unmatched") not in page.content.decode()


def _may_see(model):
    from django.contrib.auth.models import Permission

    return Permission.objects.filter(codename=f"view_{model}")


class TestTasks:
    @pytest.fixture
    def tasks(self) -> list[FinanceTask]:
        """One that is done, and one that waits."""
        opened = [services.open_task(FinanceTask.Kind.DEBT, key=key, note="lost_or_stolen_card") for key in ("a", "b")]
        close_task(FinanceTask.Kind.DEBT, key="a")
        return opened

    def listed(self, desk, **asked) -> list[FinanceTask]:
        return list(desk.get(at("financetask_changelist"), asked).context["cl"].result_list)

    def test_what_is_to_be_done_is_listed_and_the_rest_when_it_is_asked_for(self, desk, tasks):
        done, waits = tasks
        assert self.listed(desk) == [waits]
        assert self.listed(desk, state="closed") == [done]
        assert self.listed(desk, state="all") == [waits, done]

    def test_a_closed_one_says_so(self, desk, tasks):
        page = desk.get(at("financetask_changelist"), {"state": "all"}).content.decode()
        assert page.count("<strong>待办</strong>") == 1 and page.count("已关闭 20") == 1

    def test_what_was_found_is_said_in_words(self, desk, tasks):
        for page in (at("financetask_changelist"), at("financetask_change", tasks[0].pk)):
            read = desk.get(page).content.decode()
            assert "卡已挂失或被盗。" in read and "lost_or_stolen_card" not in read
            assert ">键<" not in read and "键:" not in read


def test_codes_of_the_provider_are_said_in_words(stand_in, desk, client_user):
    dispute = disputed(stand_in, prepaid(stand_in, client_user, 3000))
    services.reconcile()
    StripeEvent.objects.create(id="evt_1", type="charge.dispute.created", payload={})
    story = at("story", dispute.ref)
    pages = [at(f"{name}_changelist") for name in ("dispute", "financetask", "bookentry", "stripeevent", "transfer")]
    for page in (*pages, at("dispute_change", dispute.pk), story):
        read = re.sub(
            r"<option.*?</option>|<a href=\"\?.*?</a>|<[^>]*>", "", desk.get(page).content.decode(), flags=re.S
        )
        found = re.findall(r"fraudulent|needs_response|adjustment|charge\.dispute|stripe_clearing|\bcharge\b", read)
        assert not found, page
    read = desk.get(at("dispute_changelist")).content.decode()
    assert "银行等待我们答复" in read and "持卡人告诉银行" in read


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ({"outcome": "lost", "status": "lost"}, "败诉"),
        ({"status": "needs_response"}, "银行等待我们答复"),
        ({"status": "needs_response", "accept_asked_at": 1}, "正在认下"),
        ({"status": "needs_response", "evidence_asked_at": 1}, "答复正在发往银行"),
        ({"status": "needs_response", "evidence_asked_at": 1, "evidence_sent_at": 1}, "已答复，银行裁定中"),
        ({"status": "of_tomorrow"}, "of_tomorrow"),
    ],
)
def test_where_a_dispute_stands_is_one_phrase(told, read):
    assert words.standing(Dispute(**told)) == read


def test_a_line_of_an_unknown_kind_keeps_the_word_of_the_provider(desk):
    BookEntry.objects.create(id="txn_1", kind="of_tomorrow", amount=7, fee=0, net=7, created_at="2026-01-01T00:00Z")
    assert "of_tomorrow" in desk.get(at("bookentry_changelist")).content.decode()
    assert not Payment.objects.exists()
