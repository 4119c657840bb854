from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("", views.profile, name="profile"),
    path("blocks/", views.blocks, name="blocks"),
    path("blocks/<int:user_id>/unblock/", views.unblock, name="unblock"),
]
