from django.urls import path

from chat import views

app_name = "chat"
urlpatterns = [path("<uuid:booking_id>/", views.room, name="room")]
