from django.urls import path

from notices import views

app_name = "notices"
urlpatterns = [
    path("sw.js", views.service_worker, name="service_worker"),
    path("me/notices/", views.preferences, name="preferences"),
    path("me/notices/devices/", views.add, name="device_add"),
    path("me/notices/devices/<int:pk>/remove/", views.remove, name="device_remove"),
]
