from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, no_translations

from places import services
from places.departments import SETS, Department
from places.errors import BadFile
from places.services.reading import COLUMNS


class Command(BaseCommand):
    help = "Takes in a CSV file of hospitals, all of it or nothing; a second time nothing changes."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, epilog=_columns(), formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="UTF-8, with or without a byte order mark; one hospital a line")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = services.import_hospitals(options["file"].read_bytes())
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}") from error
        except BadFile as error:
            raise CommandError(f"Nothing was taken in.\n{error}") from error
        self.stdout.write(f"{done.created} new, {done.changed} changed, {done.unchanged} as they were.")


def _columns() -> str:
    columns = [f"  {name:<12} {what}" for name, what in COLUMNS.items()]
    sets = [f"  {name:<15} {' '.join(keys)}" for name, keys in SETS.items()]
    return "\n".join(["columns:", *columns, "", "departments:", f"  {' '.join(Department.values)}", "", "sets:", *sets])
