from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from moderation.screening import ROLES, STAGES, Finding, forms, screen


class Command(BaseCommand):
    help = "Screen a text as if somebody had written it: its forms, what is found in it, and what would be done."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text")
        parser.add_argument("--role", choices=ROLES, default="companion")
        parser.add_argument("--stage", choices=STAGES, default="chat")
        parser.add_argument("--before", action="append", default=[], help="a message before it; the oldest first")

    def handle(self, *args: Any, **options: Any) -> None:
        said = forms("\n".join([*options["before"], options["text"]]))
        done = screen(options["text"], role=options["role"], stage=options["stage"], before=options["before"])
        self.stdout.write(f"normal form: {said.normal.text!r}\nskeleton: {said.skeleton.text}")
        if said.heard:
            self.stdout.write(f"sounds like: {said.heard.text}")
        for finding in done.findings:
            self.stdout.write(line(finding))
        self.stdout.write(f"action: {done.action} (ruleset {done.ruleset})")


def line(finding: Finding) -> str:
    words = ", ".join(
        f"{word!r} at {start}-{end}" for word, (start, end) in zip(finding.words, finding.spans, strict=True)
    )
    return f"{finding.category}: {finding.action}, {words}, by the rule {finding.rule}"
