"""The payment provider's own book is kept beside ours, and the two are compared."""

import django.db.models.functions.datetime
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Q
from django.db.models.fields.json import KT

KEEP = """
CREATE FUNCTION payments_book_entry_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'book entries are final: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER payments_book_entry_final BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_bookentry
    FOR EACH STATEMENT EXECUTE FUNCTION payments_book_entry_final();
"""
UNKEEP = """
DROP TRIGGER payments_book_entry_final ON payments_bookentry;
DROP FUNCTION payments_book_entry_final();
"""
INDEXES = (
    ("stripeevent", models.Index(KT("payload__data__object__id"), name="stripe_event_about")),
    ("stripeevent", models.Index(KT("payload__data__object__metadata__ref"), name="stripe_event_of_ref")),
    ("bookentry", models.Index(fields=["-created_at"], name="book_entry_newest")),
    ("bookentry", models.Index(fields=["source"], name="book_entry_of_source")),
    ("bookentry", models.Index(fields=["about"], condition=~Q(about=""), name="book_entry_about")),
    ("bookentry", models.Index(fields=["ref"], condition=Q(ref__isnull=False), name="book_entry_of_ref")),
    ("reconciliation", models.Index(fields=["-started_at"], name="reconciliation_newest")),
)
SUMS = Q(ours_fen__isnull=False, theirs_fen__isnull=False)
RULES = (
    ("bookentry", "book_entry_adds_up", Q(net=F("amount") - F("fee"))),
    ("reconciliation", "reconciliation_finished_has_sums", Q(finished_at=None) | SUMS),
)


def let_finance_look(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A group that is there keeps what its admins gave it; what is new is given to it once, here."""
    group = apps.get_model("auth", "Group").objects.filter(name="finance").first()
    if group is None:
        return
    for model in ("bookentry", "reconciliation"):
        kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label="payments", model=model)
        may, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=kind, codename=f"view_{model}", defaults={"name": f"Can view {model}"}
        )
        group.permissions.add(may)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("payments", "0013_kept_by_the_database"),
    ]

    operations = [
        migrations.CreateModel(
            name="BookEntry",
            fields=[
                ("id", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("kind", models.CharField(help_text="In the provider's words.", max_length=60)),
                ("amount", models.BigIntegerField(help_text="Fen, negative when it leaves.")),
                ("fee", models.BigIntegerField(help_text="Fen.")),
                ("net", models.BigIntegerField(help_text="Fen: the amount less the fee.")),
                (
                    "source",
                    models.CharField(blank=True, default="", help_text="The id of what it is about.", max_length=100),
                ),
                (
                    "about",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="What its source belongs to: a charge, transfer or account.",
                        max_length=100,
                    ),
                ),
                (
                    "ref",
                    models.UUIDField(blank=True, help_text="The reference that its source is marked with.", null=True),
                ),
                (
                    "ours",
                    models.BooleanField(default=True, help_text="No: it moves between the provider and our bank."),
                ),
                ("created_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                "verbose_name_plural": "book entries",
            },
        ),
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "started_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("heard", models.PositiveIntegerField(default=0, help_text="Events that no webhook had brought.")),
                (
                    "entries",
                    models.PositiveIntegerField(default=0, help_text="Lines of the provider's book that are known."),
                ),
                (
                    "foreign",
                    models.PositiveIntegerField(
                        default=0, help_text="Of them, what others sell through the same account."
                    ),
                ),
                (
                    "ours_fen",
                    models.BigIntegerField(blank=True, help_text="What the provider holds, by our books.", null=True),
                ),
                ("theirs_fen", models.BigIntegerField(blank=True, help_text="The same by its own.", null=True)),
                (
                    "findings",
                    models.JSONField(blank=True, default=list, help_text="What is alarming, as `Finding` says."),
                ),
            ],
        ),
        *(migrations.AddIndex(model, index) for model, index in INDEXES),
        *(
            migrations.AddConstraint(model, models.CheckConstraint(condition=rule, name=name))
            for model, name, rule in RULES
        ),
        migrations.RunSQL(KEEP, UNKEEP),
        migrations.RunPython(let_finance_look, migrations.RunPython.noop),
    ]
