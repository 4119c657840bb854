from django.urls import path

from visits import views

app_name = "visits"
urlpatterns = [
    path("plan/<int:listing_id>/", views.plan, name="plan"),
    path("<uuid:booking_id>/plan/", views.change, name="change"),
    path("<uuid:booking_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:booking_id>/hand-over/", views.hand_over, name="hand_over"),
    path("<uuid:booking_id>/stages/", views.note_stage, name="note_stage"),
    path("<uuid:booking_id>/stages/<int:pk>/take-back/", views.take_back_stage, name="take_back_stage"),
]
