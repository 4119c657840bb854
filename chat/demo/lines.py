"""What a demonstration companion says, in the language of the one who writes. It says openly that it is one; it never
pretends to be a person."""

import random
import re
from collections.abc import Sequence

CHINESE = re.compile(r"[\u3400-\u9fff]")
LETTER = re.compile(r"[^\W\d_]")
HELLO = (
    "我在。我是演示账号，会像真的陪伴者一样接单、回复，让你一个人也能走完整个流程。想说什么都可以。",
    "来啦。先说一声：我是演示账号，回复是写好的。从我这句话开始计时，随时可以结束，没用完的分钟会退回。",
)
HELLO_EN = (
    "I'm here. I am a demonstration account: I accept and answer like a real companion, so that you can see the whole"
    " of it on your own. Say whatever you like.",
    "Here I am. To be open about it: I am a demonstration account and my answers are written beforehand. The clock runs"
    " from these words on; end whenever you like, and the minutes you did not use come back.",
)
BY_TOPIC: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ("退款", "退回", "多少钱", "计费", "收费", "费用"),
        (
            "结束以后，没聊满的分钟会自动退回原来的付款方式，不用申请。账单会写清楚每一段。",
            "上面那个圈就是剩下的时间。满一分钟才收一分钟的钱，不足一分钟不收费。",
        ),
    ),
    (
        ("累", "困", "睡不着", "失眠", "熬夜"),
        (
            "辛苦了。是身体累，还是有件事一直压着？",
            "累的时候不用急着把话说清楚，想到哪儿说到哪儿。",
        ),
    ),
    (
        ("领导", "老板", "同事", "加班", "工作", "面试"),
        (
            "照着要求做了，还要一个人担着，换谁都会堵得慌。最让你委屈的是哪一句？",
            "听起来你已经扛了挺久。这件事里，有谁站在你这边吗？",
        ),
    ),
    (
        ("分手", "前任", "喜欢", "失恋", "他不", "她不"),
        ("舍不得是真的，难过也是真的，两样都不用急着放下。", "嗯，我听着。你最想让那个人听到的一句话是什么？"),
    ),
    (
        ("妈", "爸", "家里", "父母", "孩子"),
        (
            "家里的事最难开口，因为每个人都有道理。你自己呢，你想要的是什么？",
            "夹在中间的人最辛苦。先不管谁对，说说你。",
        ),
    ),
    (
        ("谢谢", "好多了", "晚安", "再见"),
        ("不客气。能说出来就很不容易了。", "早点休息。想结束的话，点右上角就可以，剩下的会退回去。"),
    ),
)
OTHERWISE = (
    "嗯，我在听。",
    "然后呢？慢慢说，不着急。",
    "我明白你的意思，换作是我大概也会这样想。",
    "这句话后面好像还有点什么，愿意的话可以多说一点。",
    "听到这里，我觉得你已经做得很好了。",
    "你希望我只是听着，还是一起想想办法？",
)
OTHERWISE_EN = (
    "I am listening.",
    "Go on, there is no hurry.",
    "That sounds heavy. What part of it weighs the most?",
    "Would you rather have me listen, or think along with you?",
)
PICTURE = (
    "收到一张图。我是演示账号，看不见图里的内容，愿意用几句话说说它吗？",
    "图收到了，只是演示账号看不见里面是什么。这是什么时候的？",
)


PICTURE_EN = (
    "A picture has come. I am a demonstration account and cannot see what is in it; would you tell me in a few words?",
    "The picture is here, only a demonstration account cannot see it. When was that?",
)


def hello(choose: random.Random, *, english: bool = False) -> str:
    return choose.choice(HELLO_EN if english else HELLO)


def is_english(text: str | None, before: bool) -> bool:
    """Whether he who writes this writes English. A picture (None), or what has no letters, leaves it at `before`."""
    return before if not text or not LETTER.search(text) else not CHINESE.search(text)


def answer(text: str | None, before: Sequence[str], choose: random.Random, *, english: bool = False) -> str:
    """An answer to `text` that is not one of those `before`, if there is another; None was a picture."""
    lines = _lines_for(text, english)
    fresh = [line for line in lines if line not in before]
    return choose.choice(fresh or list(lines))


def _lines_for(text: str | None, english: bool) -> Sequence[str]:
    if text is None:
        return PICTURE_EN if english else PICTURE
    for words, lines in () if english else BY_TOPIC:
        if any(word in text for word in words):
            return lines
    return OTHERWISE_EN if english else OTHERWISE
