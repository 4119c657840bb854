from django.db import models


class Message(models.Model):
    room = models.CharField(max_length=100, db_index=True)
    author = models.IntegerField()
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "tutorial"

    def __str__(self) -> str:
        return f"{self.room}: {self.text}"
