from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

PLURALS = {"zh_Hans": 1, "en": 2}
SOURCE_LANGUAGE = "en"


class Command(BaseCommand):
    help = "Bring locale/ up to date with code and templates and compile it; no gettext needed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail if anything is stale")

    def handle(self, *args: Any, **options: Any) -> None:
        from common import catalogues

        root = Path(settings.BASE_DIR)
        problems = []
        for language, plurals in PLURALS.items():
            path = root / "locale" / language / "LC_MESSAGES" / "django.po"
            catalogue = catalogues.update(path, catalogues.messages(root), plurals)
            if language == SOURCE_LANGUAGE:
                repeat_the_msgids(catalogue)
            untranslated = catalogues.missing(catalogue)
            problems += [f"{language}: no translation of {msgid!r}" for msgid in untranslated]
            problems += stale(path, catalogue) if options["check"] else save(path, catalogue)
        if problems:
            raise CommandError("\n".join(problems))


def repeat_the_msgids(catalogue: polib.POFile) -> None:
    """English says what the msgid says; with a catalogue it never falls back to another language."""
    for entry in catalogue:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: entry.msgid, 1: entry.msgid_plural}
        else:
            entry.msgstr = entry.msgid


def save(path: Path, catalogue: polib.POFile) -> list[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    catalogue.save_as_mofile(str(path.with_suffix(".mo")))
    return []


def stale(path: Path, catalogue: polib.POFile) -> list[str]:
    """What differs between the catalogue as it should be and the files: run `make messages`."""
    compiled = path.with_suffix(".mo")
    said = path.read_text(encoding="utf-8") if path.exists() else ""
    if said != f"{catalogue}\n" and said != str(catalogue):
        return [f"{path} is not up to date: make messages"]
    if not compiled.exists() or compiled.read_bytes() != catalogue.to_binary():
        return [f"{compiled} is not compiled from its .po: make messages"]
    return []
