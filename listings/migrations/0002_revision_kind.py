from django.db import migrations

FORWARDS = """
ALTER TABLE listings_listingrevision ADD CONSTRAINT revision_of_its_listings_kind
    FOREIGN KEY (listing_id, kind) REFERENCES listings_listing (id, kind);
"""
BACKWARDS = "ALTER TABLE listings_listingrevision DROP CONSTRAINT revision_of_its_listings_kind;"


class Migration(migrations.Migration):
    dependencies = [("listings", "0001_initial")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
