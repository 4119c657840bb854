from django.urls import path
from django.views.generic import RedirectView

from safety import views

app_name = "safety"
urlpatterns = [
    path("contacts/", views.contacts, name="contacts"),
    path("contacts/<int:pk>/", views.contact, name="contact"),
    path("contacts/<int:pk>/remove/", views.remove, name="contact_remove"),
    path("with/<str:token>/", views.shared, name="shared"),
    path("<uuid:booking_id>/", RedirectView.as_view(pattern_name="bookings:detail"), name="meeting"),
    path("<uuid:booking_id>/part/", views.part, name="part"),
    path("<uuid:booking_id>/share/", views.share, name="share"),
    path("<uuid:booking_id>/share/revoke/", views.revoke, name="revoke"),
    path("<uuid:booking_id>/share/tell/", views.tell, name="tell"),
    path("<uuid:booking_id>/late/", views.late, name="late"),
    path("<uuid:booking_id>/directions/", views.directions, name="directions"),
    path("<uuid:booking_id>/sos/", views.sos, name="sos"),
    path("<uuid:booking_id>/sos/<int:pk>/well/", views.all_clear, name="all_clear"),
    path("<uuid:booking_id>/well/", views.well, name="well"),
]
