from django.db import migrations, models

# A picture is sent by who uploaded it, in the talk it was uploaded to. A text has none, which this key lets pass.
OWN_PICTURE = """
ALTER TABLE chat_attachment ADD CONSTRAINT attachment_of_talk_and_sender UNIQUE (id, conversation_id, uploader_id);
ALTER TABLE chat_message ADD CONSTRAINT message_shows_own_picture
    FOREIGN KEY (attachment_id, conversation_id, sender_id)
    REFERENCES chat_attachment (id, conversation_id, uploader_id)
"""
ANY_PICTURE = """
ALTER TABLE chat_message DROP CONSTRAINT message_shows_own_picture;
ALTER TABLE chat_attachment DROP CONSTRAINT attachment_of_talk_and_sender
"""


class Migration(migrations.Migration):
    dependencies = [("chat", "0004_seal_what_was_said")]
    operations = [
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("attachment", None),
                        ("kind", "system"),
                        ("sealed", None),
                        models.Q(("body", ""), _negated=True),
                    ),
                    models.Q(("attachment", None), ("body", ""), ("kind", "text"), ("sealed__isnull", False)),
                    models.Q(("attachment__isnull", False), ("body", ""), ("kind", "image"), ("sealed", None)),
                    _connector="OR",
                ),
                name="message_says_what_its_kind_says",
            ),
        ),
        migrations.RunSQL(OWN_PICTURE, ANY_PICTURE),
    ]
