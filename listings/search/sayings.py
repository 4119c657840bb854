"""Everyday words for the same thing, and what is said by somebody in need.

A question with one of these words finds whoever is found by another of its row. Nothing here names an illness as
anybody's: 抑郁 finds those who offer an ear for low spirits, and promises no more.
"""

import re

ROWS = (
    ("失眠", "睡不着", "睡不好", "insomnia", "sleepless"),
    ("抑郁", "心情不好", "情绪低落", "心情低落", "难过"),
    ("焦虑", "紧张", "anxiety"),
    ("失恋", "分手", "heartbreak", "breakup"),
    ("孤独", "寂寞", "lonely"),
    ("职场", "上班", "work"),
    ("考试", "备考", "exam", "exams"),
    ("聊天", "陪聊", "倾诉", "chat", "talk", "listen", "listener"),
    ("陪诊", "看病", "就医", "医院", "hospital", "doctor", "clinic"),
    ("吃饭", "约饭", "饭搭子", "dinner", "lunch", "meal"),
    ("火锅", "hotpot"),
    ("咖啡", "coffee"),
    ("散步", "walk"),
    ("老人", "长辈", "elderly"),
    ("英语", "英文", "english"),
    ("普通话", "国语", "mandarin"),
    ("粤语", "广东话", "cantonese"),
    ("四川话", "川话", "sichuanese"),
    ("上海话", "吴语", "沪语", "shanghainese"),
    ("闽南语", "闽南话", "hokkien"),
    ("东北话", "northeastern"),
)
SAME = {word: row for row in ROWS for word in row}
# Of the words a saying is cut into.
LONGEST_SAYING = 3

IN_NEED = re.compile(
    r"不想活|想死|想自杀|自杀|轻生|活不下去|活着没意思|活够了|不如死|结束(我的)?生命|自残|自伤|割腕|跳楼|寻死"
    r"|suicid|kill(ing)? ?myself|wan(t|na) ?(to)? ?die|endmylife|self-?harm|hurtmyself"
)
BLANKS = re.compile(r"\s+")


def is_in_need(text: str) -> bool:
    """Whether a question sounds like somebody who thinks of ending his life."""
    return bool(IN_NEED.search(BLANKS.sub("", text.lower())))
