from django.urls import path

from bookings import views

app_name = "bookings"
urlpatterns = [
    path("", views.index, name="list"),
    path("start/<int:listing_id>/", views.start, name="start"),
    path("start/<int:listing_id>/identity/", views.identify, name="identify"),
    path("workbench/", views.workbench, name="workbench"),
    path("workbench/duty/", views.duty, name="duty"),
    path("<uuid:booking_id>/", views.detail, name="detail"),
    path("<uuid:booking_id>/pay/", views.pay, name="pay"),
    path("<uuid:booking_id>/returned/", views.returned, name="returned"),
    path("<uuid:booking_id>/cancel/", views.cancel, name="cancel"),
    path("<uuid:booking_id>/accept/", views.accept, name="accept"),
    path("<uuid:booking_id>/decline/", views.decline, name="decline"),
    path("<uuid:booking_id>/pause/", views.pause, name="pause"),
    path("<uuid:booking_id>/resume/", views.resume, name="resume"),
    path("<uuid:booking_id>/end/", views.end, name="end"),
    path("<uuid:booking_id>/more/", views.more, name="more"),
    path("<uuid:booking_id>/extend/", views.extend, name="extend"),
    path("<uuid:booking_id>/ask-for-more/", views.ask_for_more, name="ask_for_more"),
    path("<uuid:booking_id>/extensions/<int:extension_id>/paid/", views.extended, name="extended"),
    path("<uuid:booking_id>/extensions/<int:extension_id>/drop/", views.drop_extension, name="drop_extension"),
    path("<uuid:booking_id>/move/", views.move, name="move"),
    path("<uuid:booking_id>/moves/<int:move_id>/agree/", views.agree_to_move, name="agree_to_move"),
    path("<uuid:booking_id>/moves/<int:move_id>/decline/", views.decline_move, name="decline_move"),
    path("<uuid:booking_id>/moves/<int:move_id>/take-back/", views.take_back_move, name="take_back_move"),
    path("<uuid:booking_id>/here/", views.arrive, name="arrive"),
    path("<uuid:booking_id>/code/", views.enter_code, name="code"),
    path("<uuid:booking_id>/block/", views.block, name="block"),
    path("<uuid:booking_id>/receipt/", views.receipt, name="receipt"),
    path("<uuid:booking_id>/review/", views.write_review, name="review"),
    path("reviews/", views.reviews_about_me, name="reviews"),
    path("reviews/listing/<int:listing_id>/", views.reviews_of_listing, name="listing_reviews"),
    path("reviews/<int:pk>/answer/", views.answer_review, name="answer_review"),
    path("reviews/<int:pk>/report/", views.report_review, name="report_review"),
]
