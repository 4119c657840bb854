from django.urls import path

from extras import views

app_name = "extras"
urlpatterns = [
    path("<uuid:booking_id>/", views.ask, name="ask"),
    path("<uuid:booking_id>/<uuid:extra_id>/photo/", views.photo, name="photo"),
    path("<uuid:booking_id>/<uuid:extra_id>/pay/", views.pay, name="pay"),
    path("<uuid:booking_id>/<uuid:extra_id>/paid/", views.paid, name="paid"),
    path("<uuid:booking_id>/<uuid:extra_id>/decline/", views.decline, name="decline"),
    path("<uuid:booking_id>/<uuid:extra_id>/take-back/", views.take_back, name="take_back"),
]
