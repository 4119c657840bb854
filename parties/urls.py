from django.urls import path

from parties import views

app_name = "parties"
urlpatterns = [
    path("with/<str:token>/", views.invitation, name="invitation"),
    path("with/<str:token>/join/", views.join, name="join"),
    path("<uuid:booking_id>/", views.seat, name="seat"),
    path("<uuid:booking_id>/invite/", views.invite, name="invite"),
    path("<uuid:booking_id>/pay/", views.pay, name="pay"),
    path("<uuid:booking_id>/paid/", views.returned, name="returned"),
    path("<uuid:booking_id>/leave/", views.leave, name="leave"),
    path("<uuid:booking_id>/guests/<int:user_id>/remove/", views.remove, name="remove"),
    path("<uuid:booking_id>/guests/<int:user_id>/block/", views.block, name="block"),
    path("<uuid:booking_id>/moves/<int:move_id>/agree/", views.agree_to_move, name="agree_to_move"),
    path("<uuid:booking_id>/moves/<int:move_id>/decline/", views.decline_move, name="decline_move"),
    path("<uuid:booking_id>/rest/", views.rest, name="rest"),
]
