"""Screening by example: what people write to get around it, and what only looks like it."""

import statistics
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.screening import ROLES, RULESET, STAGES, Action, Category, fingerprint, forms, screen
from moderation.screening.policy import POLICY
from tests.moderation import labelling
from tests.moderation.labelling import FOLDER, say

LIMIT_MS = 3.0


def said(text: str, *, role: str = "companion", before: tuple[str, ...] = ()):
    return screen(text, role=role, stage="chat", before=before)


def found(text: str, **how) -> set[str]:
    return {finding.category for finding in said(text, **how).findings}


def words(text: str, category: str, **how) -> set[str]:
    findings = said(text, **how).findings
    return {word for finding in findings if finding.category == category for word in finding.words}


@pytest.mark.parametrize(
    "text",
    [
        "加我微信 linxia0921",
        "➕V:xiaolu7788",
        "微❤同📱,17712340009",
        "幺三八零零一三八零零零，打过来",
        "w\u200b\u200bx\u200b:\u200bliuliu3321",
        "威芯号：wanwan520",
        "jia wei xin,linxia0921",
        "ＱＱ:２０３８４７５６１",
        "🆅🆇:lili8899",
        "1\ufe0f⃣3\ufe0f⃣8\ufe0f⃣0\ufe0f⃣0\ufe0f⃣1\ufe0f⃣3\ufe0f⃣8\ufe0f⃣0\ufe0f⃣0\ufe0f⃣0\ufe0f⃣",
        "我邮箱 anan.talk 艾特163点com",
    ],
)
def test_a_lure_in_disguise(text):
    assert "contact" in found(text) and said(text).action == Action.NUDGE


@pytest.mark.parametrize(
    "text",
    [
        "把他微信删了,心里反而轻松一点",
        "不加微信哈，平台规定，咱就在这里聊",
        "平台不让留电话",
        "不能私下转账",
        "不做心理治疗",
        "不代挂号",
        "手机号就不互换了，导航到门诊大厅咱就能碰上",
        "加微辣就行,胃不好",
        "笑死我了",
        "他在单位很有威信，回家就不讲理",
        "路口交警让我挪车",
        "订单号202406181530027",
        "炒股亏了很难过，不敢跟老婆讲",
        "那个人说带我赚钱,我信了,入金十五万全没了,是我太蠢",
        "想消失几天去海边待着，不带电脑那种",
        "我女儿初三，天天跟我吵",
    ],
)
@pytest.mark.parametrize("role", ROLES)
def test_what_only_looks_like_it(text, role):
    assert said(text, role=role).action == Action.ALLOW, said(text, role=role).findings


def test_asking_whether_is_not_refusing():
    assert "contact" in found("能不能加微信") and "contact" in found("要不加个微信吧")
    assert "contact" not in found("我不能加微信")


class TestWhereItStands:
    def test_with_nothing_in_between(self):
        assert "加我微信" in words("在吗，加我微信吧", "contact")

    def test_with_what_nobody_sees_in_between(self):
        assert "加我微\u200b信" in words("加我微\u200b信 linxia", "contact")

    def test_in_traditional_characters(self):
        assert "留個電話" in words("請留個電話給我", "contact")

    def test_with_pictures_that_stand_for_words(self):
        text = "可以➕个微❤\ufe0f吗"
        assert "➕个微❤\ufe0f" in words(text, "contact")

    def test_with_whole_keycaps(self):
        number = "".join(f"{digit}\ufe0f⃣" for digit in "13800138000")
        assert words(f"打{number}吧", "contact") == {number}

    def test_by_its_sound(self):
        assert "佳我微信" in words("佳我微信，通过一下", "contact")
        assert "jia wei xin" in words("jia wei xin,linxia", "contact")

    def test_in_the_last_of_several_messages_only(self):
        before = ("138", "0013")
        assert words("8000", "contact", before=before) == {"8000"}
        assert said("8000").findings == ()

    def test_where_a_picture_is_two_words_the_span_is_the_picture(self):
        assert any("🧧" in word for word in words("发个🧧就行", "transfer"))

    @given(st.text(max_size=80), st.lists(st.text(max_size=20), max_size=3))
    def test_it_is_within_the_text(self, text, before):
        for finding in screen(text, role="client", stage="chat", before=before).findings:
            for (start, end), word in zip(finding.spans, finding.words, strict=True):
                assert 0 <= start < end <= len(text) and text[start:end] == word

    @given(
        st.lists(st.sampled_from("加我微信薇❤vx13８零幺不活想死带你外汇 \u200b\ufe0f，。裸聊裏與號aw@."), max_size=60)
    )
    def test_it_is_within_a_text_of_such_characters(self, characters):
        self.test_it_is_within_the_text.hypothesis.inner_test(self, "".join(characters), ["加我", "微"])


class TestSplitOverMessages:
    def test_what_was_judged_before_is_not_judged_again(self):
        assert said("好的，一会儿见", before=("加我微信linxia0921",)).findings == ()

    def test_a_cry_for_help(self):
        assert said("活了", role="client", before=("我真的", "不想")).action == Action.CARD

    def test_only_so_far_back(self):
        before = ("138", "0013", *["嗯"] * 6)
        assert said("8000", before=before).findings == ()


class TestWhatIsDone:
    def test_actions_have_an_order(self):
        assert list(Action) == sorted(Action)
        assert Action.ALLOW < Action.NOTE < Action.NUDGE < Action.CARD < Action.HOLD < Action.BLOCK

    def test_every_category_has_its_rows(self):
        assert set(POLICY) == {(stage, role) for stage in STAGES for role in ROLES}
        assert all(set(row) == set(Category) for row in POLICY.values())

    @pytest.mark.parametrize("stage", ["chat", "review"])
    @pytest.mark.parametrize("role", ROLES)
    def test_a_cry_for_help_is_delivered_whatever_else_it_says(self, role, stage):
        done = screen("我不想活了，加我微信linxia0921，可以裸聊", role=role, stage=stage)
        assert done.action == Action.CARD
        assert {"crisis", "contact", "sexual"} <= {finding.category for finding in done.findings}

    def test_a_listing_is_not_let_through_for_it(self):
        done = screen("不想活了的时候找我，加我微信linxia0921", role="companion", stage="listing")
        assert done.action == Action.BLOCK

    def test_a_listing_may_name_the_need(self):
        done = screen("不想活了的时候，找我说说话", role="companion", stage="listing")
        assert done.action == Action.NOTE

    def test_plain_offers_are_refused_and_hints_looked_at(self):
        offer = screen("一日男友出租，按小时收费", role="companion", stage="listing")
        hint = screen("寻一位成熟稳重的先生长期照顾，诚意者来", role="companion", stage="listing")
        assert (offer.action, hint.action) == (Action.BLOCK, Action.HOLD)

    def test_one_cue_is_none(self):
        assert said("最近外汇好像很热门").action == Action.ALLOW
        assert said("跟着我做外汇，稳赚").action == Action.NUDGE

    def test_a_client_may_tell_of_a_diagnosis_or_a_loss(self):
        for text in ("医生说我是抑郁症，让我停药", "老师带单，说稳赚，我入金了五万"):
            assert said(text, role="client").action == Action.ALLOW

    def test_somebody_under_age_is_noted(self):
        assert said("我初三，明天还要上学", role="client").action == Action.NOTE


def test_the_version_is_raised_with_the_rules():
    """Who changes a term adds a line with a new version: findings are kept with the version that made them."""
    known = dict(line.split() for line in (FOLDER / "rulesets.txt").read_text(encoding="utf-8").splitlines())
    assert known.get(RULESET) == fingerprint(), f"raise RULESET and add to rulesets.txt: VERSION {fingerprint()}"


def test_heard_is_only_what_sounds_otherwise():
    assert forms("今天天气不错").heard is None
    assert forms("加个微芯").heard.text == "加个微信"


def test_a_message_takes_a_millisecond():
    rows = labelling.rows("open")
    rows[0].screened()
    times = sorted(_milliseconds(row) for row in rows)
    median = statistics.median(times)
    say(f"\nper message: median {median:.2f} ms, 99th percentile {times[len(times) * 99 // 100]:.2f} ms")
    assert median < LIMIT_MS


def test_a_long_text_does_not_take_for_ever():
    started = time.perf_counter()
    for text in ("加微信" * 700, "外汇带你稳赚" * 350, "1的" * 1000, "a1" * 1000):
        screen(text, role="companion", stage="chat")
    assert time.perf_counter() - started < 4


def _milliseconds(row: labelling.Row) -> float:
    started = time.perf_counter()
    row.screened()
    return (time.perf_counter() - started) * 1000
