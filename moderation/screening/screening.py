"""The pipeline: forms of a text, findings of the rules in them, and what is done."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from moderation.screening import contacts, grammar, letters, matching, policy
from moderation.screening.findings import Action, Category, Finding, Screened, Span
from moderation.screening.matching import Match, Matcher
from moderation.screening.normalise import Form, normal, skeleton
from moderation.screening.policy import Role, Stage
from moderation.screening.sounds import Ear

# Raised by whoever changes a term, a table or a pattern: findings are kept with the version that made them.
RULESET = "2026.11.1"
# As far back as an id is split; more of it would join what has nothing to do with each other.
MESSAGES_BEFORE = 6
CHARACTERS_BEFORE = 300


@dataclass(frozen=True, slots=True)
class Forms:
    """`heard` is None where the text sounds as it is written."""

    normal: Form
    skeleton: Form
    heard: Form | None


def screen(text: str, *, role: Role, stage: Stage, before: Sequence[str] = ()) -> Screened:
    """`before`: the sender's last messages, oldest first; what they only complete together is found in the last one.

    Spans count characters of `text`. About half a millisecond for a message of usual length; the first call reads the
    terms and the dictionary of sounds (about a second).
    """
    earlier = _joined(before)
    findings = tuple(_findings(earlier, text, role=role, stage=stage))
    greatest: dict[Category, Action] = {}
    for finding in findings:
        greatest[finding.category] = max(finding.action, greatest.get(finding.category, Action.ALLOW))
    return Screened(policy.of_all(greatest), findings, RULESET)


def forms(text: str) -> Forms:
    plain = normal(text)
    bones = skeleton(plain)
    return Forms(plain, bones, _ear().hear(bones))


def fingerprint() -> str:
    """Of all that decides what is found: terms, tables of letters and patterns."""
    tables = [letters.PICTURES, letters.LOOKALIKES, letters.DIGITS, letters.SOUNDS_OF_DIGITS, policy.POLICY]
    patterns = [matching.DENIED, matching.DENIED_BEHIND, matching.TOLD]
    parts = [repr(tables), repr(grammar.PATTERNS), contacts.SOURCES, *(pattern.pattern for pattern in patterns)]
    return hashlib.sha256(b"".join(grammar.sources()) + "\n".join(parts).encode()).hexdigest()


@lru_cache(maxsize=1)
def _matchers() -> dict[Category, Matcher]:
    return {category: Matcher(category) for category in Category}


@lru_cache(maxsize=1)
def _ear() -> Ear:
    return Ear(word for matcher in _matchers().values() for word in matcher.words)


def _joined(before: Sequence[str]) -> str:
    last = [message for message in before[-MESSAGES_BEFORE:] if message]
    return "".join(f"{message}\n" for message in last)[-CHARACTERS_BEFORE:]


def _findings(earlier: str, text: str, *, role: Role, stage: Stage) -> Iterator[Finding]:
    seen: set[tuple[Category, str]] = set()
    for category, match, by_sound in _matches(forms(earlier + text), role, len(earlier)):
        spans = _within(match.spans, len(earlier))
        # Heard is also what is written plainly.
        if not spans or (category, match.rule.name) in seen:
            continue
        seen.add((category, match.rule.name))
        yield Finding(
            category,
            policy.action(category, role=role, stage=stage, hint=match.rule.hint),
            f"sound:{match.rule.name}" if by_sound else match.rule.name,
            spans,
            tuple(text[start:end] for start, end in spans),
        )


def _matches(said: Forms, role: Role, since: int) -> Iterator[tuple[Category, Match, bool]]:
    for category, match in contacts.details(said.normal, said.skeleton):
        yield category, match, False
    for category, matcher in _matchers().items():
        written = [said.skeleton, said.heard] if said.heard else [said.skeleton]
        excused = [span for form in written for span in matcher.excused(form)]
        for form in written:
            for match in matcher.matches(form, role=role, since=since, excused=excused):
                yield category, match, form is said.heard


def _within(spans: Sequence[Span], earlier: int) -> tuple[Span, ...]:
    """What of it is in the text itself, and not in the messages before."""
    return tuple((max(start - earlier, 0), end - earlier) for start, end in spans if end > earlier)
