from django.urls import path

from listings import views

app_name = "listings"

urlpatterns = [
    path("browse/", views.browse, name="browse"),
    path("listings/", views.mine, name="mine"),
    path("listings/profile/", views.profile, name="profile"),
    path("listings/new/", views.create, name="create"),
    path("listings/<int:pk>/", views.detail, name="detail"),
    path("listings/<int:pk>/edit/", views.edit, name="edit"),
    path("listings/<int:pk>/preview/", views.preview, name="preview"),
    path("listings/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("listings/<int:pk>/hide/", views.hide, name="hide"),
    path("listings/<int:pk>/show/", views.show, name="show"),
]
