"""Contact details by their shape: phone numbers, addresses, links into other apps."""

import re
from collections.abc import Iterator

from moderation.screening.findings import Category
from moderation.screening.grammar import Rule
from moderation.screening.matching import Match
from moderation.screening.normalise import Form

# Words between the digits of a number that is given in pieces.
PIECES = (
    r"(?:前面|后面|中间|最后|然后|接着|再|接|是|就是|和|的|杠|横|空格|点|跟着|跟"
    r"|四位|三位|后四位|前三位|尾号|连|加|e|嗯|呃|那个|哈){0,3}"
)
MOBILE = re.compile(rf"(?<![0-9])(?:00)?(?:86)?(1{PIECES}[3-9o](?:{PIECES}[0-9ol]){{9}})(?![0-9])")
# A number of something else: of an order, a card of the hospital, a ticket.
OTHER_NUMBER = re.compile(
    r"(?:单号?|编号|卡号|病历号?|住院号?|门诊号?|就诊号?|流水号?|快递|运单|序列号|发票号?|条码|票号|工号|学号|尾号|医保号?|身份证号?|合同号?|案号)"
    r"[^0-9]{0,6}$"
)
MAIL = re.compile(
    r"[a-z0-9][\w.+-]*\s*(?:@|艾特|\(at\)|\[at\]|#|圈a)\s*[a-z0-9-]+\s*(?:\.|点|dot|。)\s*(?:com|cn|net|org|me|io)(?![a-z])"
)
LINK = re.compile(
    r"(?:https?://)?(?:t\.me|wa\.me|line\.me|u\.wechat\.com|qm\.qq\.com|weixin\.qq\.com|discord\.gg|m\.me|ig\.me"
    r"|v\.douyin\.com|xhslink\.com|telegram\.(?:me|org)|instagram\.com|facebook\.com|weibo\.com)(?:/[\w@+?=&./-]*)?"
    r"|(?:weixin|wechat|mqq|tg|alipays?)://\S+"
)
HANDLE = re.compile(r"(?<![\w.])@\s?[a-z](?:[\w]|\s?[._]\s?(?=[a-z0-9])){4,30}")

_ON_THE_SKELETON = {"phone number": MOBILE}
_ON_THE_NORMAL_FORM = {"e-mail address": MAIL, "link": LINK, "handle": HANDLE}
SOURCES = "\n".join(pattern.pattern for pattern in (MOBILE, OTHER_NUMBER, MAIL, LINK, HANDLE))


def details(normal: Form, skeleton: Form) -> Iterator[tuple[Category, Match]]:
    for form, patterns in ((skeleton, _ON_THE_SKELETON), (normal, _ON_THE_NORMAL_FORM)):
        for name, pattern in patterns.items():
            for found in pattern.finditer(form.text):
                start, end = found.span(1) if pattern is MOBILE else found.span()
                if pattern is MOBILE and _is_other(form, start, found[1]):
                    continue
                yield Category.CONTACT, Match(Rule(name, (), ()), (form.span(start, end),))


def _is_other(form: Form, start: int, found: str) -> bool:
    digits = sum(char.isdigit() for char in found)
    return digits < 7 or bool(OTHER_NUMBER.search(form.text[max(0, start - 12) : start]))
