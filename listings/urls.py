from django.urls import path

from listings import views

app_name = "listings"

urlpatterns = [
    path("browse/", views.browse, name="browse"),
    path("apply/", views.apply, name="apply"),
    path("apply/again/", views.apply_again, name="apply_again"),
    path("apply/who/", views.who, name="apply_who"),
    path("apply/offer/", views.offer, name="apply_offer"),
    path("apply/identity/", views.identity, name="apply_identity"),
    path("apply/certificates/", views.certificates, name="apply_certificates"),
    path("apply/rules/", views.rules, name="apply_rules"),
    path("apply/submit/", views.submit, name="apply_submit"),
    path("apply/withdraw/", views.withdraw_application, name="apply_withdraw"),
    path("listings/", views.mine, name="mine"),
    path("listings/profile/", views.profile, name="profile"),
    path("listings/profile/withdraw/", views.withdraw_profile, name="withdraw_profile"),
    path("listings/new/", views.create, name="create"),
    path("listings/calendar/", views.calendar, name="calendar"),
    path("listings/calendar/<uuid:key>.ics", views.feed, name="feed"),
    path("listings/<int:pk>/times/", views.choose_time, name="choose_time"),
    path("listings/<int:pk>/", views.detail, name="detail"),
    path("listings/<int:pk>/edit/", views.edit, name="edit"),
    path("listings/<int:pk>/preview/", views.preview, name="preview"),
    path("listings/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("listings/<int:pk>/hide/", views.hide, name="hide"),
    path("listings/<int:pk>/show/", views.show, name="show"),
    path("listings/<int:pk>/keep/", views.keep, name="keep"),
    path("listings/<int:pk>/watch/", views.watch, name="watch"),
    path("listings/<int:pk>/block/", views.block, name="block"),
    path("listings/<int:pk>/share/", views.share, name="share"),
    path("listings/<int:pk>/card.svg", views.card, name="card"),
    path("me/favourites/", views.favourites, name="favourites"),
    path("me/watches/", views.watches, name="watches"),
    path("me/watches/<int:pk>/drop/", views.drop_watch, name="drop_watch"),
    path("me/watches/<int:pk>/seen/", views.notice_seen, name="notice_seen"),
]
