"""The words of headlines are suggested too: every text is read again, by the sweep."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("listings", "0017_newcomers")]

    operations = [
        migrations.RunSQL("UPDATE listings_shelfentry SET indexed_key = ''", migrations.RunSQL.noop),
    ]
