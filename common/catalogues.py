"""Translation catalogues without gettext installed: msgids are read from code and templates, .mo files written here.

Development only: it needs Babel and polib from requirements-dev.txt.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import polib
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.utils.translation.template import templatize

Key = tuple[str | None, str]
"""(context, msgid)"""
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
SKIPPED = {".venv", ".data", "tests", "bench", "stripe_sandbox", "devstack", "node_modules", "migrations"}


def messages(root: Path) -> dict[Key, polib.POEntry]:
    """Every message of the project as an untranslated entry, with the files it occurs in."""
    found: dict[Key, polib.POEntry] = {}
    for path in sources(root):
        for context, singular, plural in _read(path):
            entry = found.setdefault((context, singular), polib.POEntry(msgid=singular, msgctxt=context))
            if plural:
                entry.msgid_plural = plural
            occurrence = (path.relative_to(root).as_posix(), "")
            if occurrence not in entry.occurrences:
                entry.occurrences.append(occurrence)
    return found


def update(po_path: Path, found: dict[Key, polib.POEntry], plurals: int) -> polib.POFile:
    """The catalogue with exactly the found messages; translations that are there are kept."""
    known = {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(po_path))} if po_path.exists() else {}
    catalogue = polib.POFile(wrapwidth=110)
    catalogue.metadata = _metadata(po_path.parent.parent.name, plurals)
    for key in sorted(found, key=lambda key: (key[1], key[0] or "")):
        entry = found[key]
        _fill(entry, known.get(key), plurals)
        catalogue.append(entry)
    return catalogue


def missing(catalogue: polib.POFile) -> list[str]:
    """msgids without a complete translation."""
    return [entry.msgid for entry in catalogue if not entry.translated()]


def _fill(entry: polib.POEntry, before: polib.POEntry | None, plurals: int) -> None:
    if entry.msgid_plural:
        kept = before.msgstr_plural if before else {}
        entry.msgstr_plural = {number: kept.get(number, "") for number in range(plurals)}
    elif before:
        entry.msgstr = before.msgstr


def _metadata(language: str, plurals: int) -> dict[str, str]:
    rule = "nplurals=1; plural=0;" if plurals == 1 else "nplurals=2; plural=(n != 1);"
    return {"Language": language, "Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": rule}


def sources(root: Path) -> Iterator[Path]:
    """The files messages are read from."""
    for pattern in ("*.py", "*.html", "*.svg", "*.txt"):
        for path in sorted(root.rglob(pattern)):
            parts = path.relative_to(root).parts
            in_template = "templates" in parts
            if not SKIPPED.intersection(parts) and (in_template or path.suffix == ".py"):
                yield path


def _read(path: Path) -> Iterator[tuple[str | None, str, str | None]]:
    text = path.read_text(encoding="utf-8")
    # What templatize leaves of the markup is words of Bs and Xs; inside a bracket their indentation means nothing.
    source = text if path.suffix == ".py" else f"({templatize(text)}\n)"
    for _, said, _, context in extract("python", BytesIO(source.encode()), keywords=KEYWORDS):
        singular, plural = (said, None) if isinstance(said, str) else (said[0], said[-1])
        yield context, singular, plural
