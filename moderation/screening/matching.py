"""Where the rules of a category apply to a form of a text: one pass of an automaton finds the words of all rules, and
only rules that have all their words are looked at."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import ahocorasick

from moderation.screening.findings import Category, Span
from moderation.screening.grammar import Rule, Slot, read
from moderation.screening.normalise import Form


class Hits(dict[int, list[Span]]):
    """Where each slot is found in a form, looked for when a rule asks: `slots` are those that may be found."""

    def __init__(self, form: Form, patterns: Sequence[re.Pattern[str]], slots: set[int]) -> None:
        super().__init__()
        self.slots = slots
        self._form = form
        self._patterns = patterns

    def __missing__(self, number: int) -> list[Span]:
        spans = (found.span() for found in self._patterns[number].finditer(self._form.text))
        self[number] = [span for span in spans if not self._by_chance(*span)]
        return self[number]

    def _by_chance(self, start: int, end: int) -> bool:
        """In the middle of a Latin word, or half of it in one clause and half in the next; who puts commas between
        letters puts more than one."""
        if start == end:
            return True
        crossed = self._form.clauses[end - 1] - self._form.clauses[start]
        return crossed == 1 or _inside_a_word(self._form, start, end)


# What is denied stands right behind it, but for words like "can" and "want": "不能加微信", not "不方便就加微信".
DENIED = re.compile(
    r"(?:(?<!要)不|别|没|勿|莫|甭|拒|拒绝|禁止|严禁|谢绝|切勿|从未|从没有?|没有|无法|无需|不是|休想|哪能)"
    r"(?:能|会|要|好|让|得|可以|可|准|许|想|用|必|再|敢|肯|愿意?|接受|支持|允许|建议|提供|做|收|接|是|私下|互|随便|主动|轻易|给|跟|和|与"
    r"|替|为|帮|向|把|你|您|我|他|她|人|客人|别人|任何|什么|谁|需要?|应该?|当|过|有|来|去|在|从|急着|直接|谈|推荐|搞|代)*$"
)
# "能不能", "要不要" and "可不可以" ask.
ASKED = re.compile(r"(.)[不没]\1")
DENIED_BEHIND = re.compile(
    r"(?:的|号|信|就|这|那|种|我|都|是|真|们|也|咱|她|他|小哥|人家|还|可|对方|这事|这个|啥|的话|之类|什么|码|和|或|电话|微信|私下|转账|后来|账号)*"
    r"(?:不行|不可以|不能|不让|不许|不互换|不换了?|不给|不加|不留|不收|不接|不做|没加|没给|没留|没收|没理|没答应|没同意|死活不|做不了"
    r"|违规|违反|是违规|被封|会被|是骗|都是骗|举报|删了|拉黑|拒绝|算了吧|免了|心领|不想|不用了|不要)(?!吗|么|嘛|的)"
)
# Somebody tells what others wanted.
TOLD = re.compile(
    r"(?:有人|有个|骗子|上一?个|上次那个|对方|那人|那个人|他|她|人家|前任|对面|某些|有些|那种|别人|陪诊的|陪伴者|客服|老板|同事|朋友)"
    r"[^你]{0,8}(?:让|叫|要|问|劝|求|逼|催|约|骗|哄|老想|非|跟我说|说要|说)(?:我|咱)?.{0,4}$"
)
BEHIND = 24
BEFORE = 24
ANYWHERE = 8


@dataclass(frozen=True, slots=True)
class Match:
    """A rule and where its words stand in the original, in order."""

    rule: Rule
    spans: tuple[Span, ...]


class Matcher:
    """The rules of one category."""

    def __init__(self, category: Category) -> None:
        terms = read(category)
        self._slots: list[Slot] = []
        self._rules = [(rule, self._numbered(rule)) for rule in terms.rules]
        self._never = [(rule, self._numbered(rule)) for rule in terms.never]
        self._patterns = [re.compile(slot.source) for slot in self._slots]
        self._unanchored = {number for number, slot in enumerate(self._slots) if not slot.anchors}
        self._automaton = self._built()

    @property
    def words(self) -> Iterator[str]:
        for slot in self._slots:
            yield from slot.words

    def _numbered(self, rule: Rule) -> tuple[int, ...]:
        for slot in rule.slots:
            if slot not in self._slots:
                self._slots.append(slot)
        return tuple(self._slots.index(slot) for slot in rule.slots)

    def _built(self) -> ahocorasick.Automaton:
        slots: dict[str, list[int]] = defaultdict(list)
        for number, slot in enumerate(self._slots):
            for word in slot.anchors:
                slots[word].append(number)
        automaton = ahocorasick.Automaton()
        for word, numbers in slots.items():
            automaton.add_word(word, numbers)
        automaton.make_automaton()
        return automaton

    def excused(self, form: Form) -> list[Span]:
        """Where in the original nothing is found."""
        hits = self._hits(form)
        places = (place for rule, numbers in self._never for place in _places(numbers, rule, hits))
        return [form.span(*_around(place)) for place in places]

    def matches(self, form: Form, *, role: str, since: int, excused: Sequence[Span]) -> Iterator[Match]:
        """Of each rule for this role the first place outside of what is `excused` that does not end before `since` of
        the original."""
        hits = self._hits(form)
        for rule, numbers in self._rules:
            if rule.role not in ("", role):
                continue
            for place in _places(numbers, rule, hits):
                spans = tuple(form.span(*span) for span in sorted(place))
                if spans[-1][1] > since and not _overlap(spans, excused) and not _left_out(form, rule, place):
                    yield Match(rule, spans)
                    break

    def _hits(self, form: Form) -> Hits:
        """Slots that have an anchor in the text, and where the whole of them is found."""
        anchored = {number for _, numbers in self._automaton.iter(form.text) for number in numbers}
        return Hits(form, self._patterns, anchored | self._unanchored) if anchored else Hits(form, [], set())


def _overlap(spans: Iterable[Span], excused: Sequence[Span]) -> bool:
    return any(a < end and start < b for a, b in excused for start, end in spans)


def _inside_a_word(form: Form, start: int, end: int) -> bool:
    """Latin letters in the middle of others; of a single one at the end also where others follow: 加V and 加VIP."""
    if _is_latin(form, start) and start and _is_latin(form, start - 1) and not form.apart[start]:
        return True
    single = _is_latin(form, end - 1) and not (end - 2 >= start and _is_latin(form, end - 2))
    return single and _is_latin(form, end) and not form.apart[end]


def _is_latin(form: Form, at: int) -> bool:
    return at < len(form.text) and "a" <= form.text[at] <= "z"


def _around(place: Iterable[Span]) -> Span:
    spans = list(place)
    return min(start for start, _ in spans), max(end for _, end in spans)


def _places(numbers: Sequence[int], rule: Rule, hits: Hits) -> Iterator[tuple[Span, ...]]:
    """Where all slots of a rule stand."""
    if hits.slots.issuperset(numbers):
        found = [hits[number] for number in numbers]
        yield from _ordered(found, rule.gaps, ())


def _ordered(
    found: Sequence[Sequence[Span]], gaps: Sequence[int], before: tuple[Span, ...]
) -> Iterator[tuple[Span, ...]]:
    at = len(before)
    if at == len(found):
        yield before
        return
    for span in _following(found[at], before, gaps[at - 1]) if before else found[at]:
        yield from _ordered(found, gaps, (*before, span))


def _following(spans: Sequence[Span], before: tuple[Span, ...], gap: int) -> Sequence[Span]:
    """Those that come within the gap."""
    if gap < 0:
        apart = [(start, end) for start, end in spans if all(end <= a or b <= start for a, b in before)]
        # A long text that says one thing over and over has no more to tell.
        return apart[:ANYWHERE]
    last = before[-1][1]
    return [span for span in spans[bisect_left(spans, (last, 0)) :] if span[0] - last <= gap]


def _left_out(form: Form, rule: Rule, place: Iterable[Span]) -> bool:
    """What stands there is refused, or told of others: "不能加微信", "手机号就不互换了", "有人让我加微信"."""
    if rule.plain:
        return False
    start, end = _around(place)
    before = form.text[max(form.clause_start(start), start - BEFORE) : start]
    return bool(TOLD.search(before)) or (not rule.denying and _is_denied(form, before, end))


def _is_denied(form: Form, before: str, end: int) -> bool:
    found = DENIED.search(before)
    if found and not ASKED.match(before, max(0, found.start() - 1)):
        return True
    return bool(DENIED_BEHIND.match(form.text, end, end + BEHIND))
