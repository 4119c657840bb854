from django.urls import path

from chat import views

app_name = "chat"
urlpatterns = [
    path("", views.talks, name="talks"),
    path("running/", views.running, name="running"),
    path("<uuid:booking_id>/", views.room, name="room"),
    path("<uuid:booking_id>/pictures/", views.send_picture, name="send_picture"),
    path("pictures/<uuid:pk>/", views.picture, {"size": "image"}, name="picture"),
    path("pictures/<uuid:pk>/preview/", views.picture, {"size": "preview"}, name="picture_preview"),
    path("quick-replies/", views.index, name="quick_replies"),
    path("quick-replies/starters/", views.starters, name="quick_reply_starters"),
    path("quick-replies/<int:pk>/", views.change, name="quick_reply_change"),
    path("quick-replies/<int:pk>/delete/", views.delete, name="quick_reply_delete"),
    path("quick-replies/<int:pk>/move/", views.move, name="quick_reply_move"),
]
