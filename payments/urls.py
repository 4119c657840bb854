from django.urls import path

from payments import views, webhooks

app_name = "payments"
urlpatterns = [
    path("stripe/webhook/", webhooks.stripe_webhook, name="webhook"),
    path("stripe/connect/", webhooks.connect_webhook, name="connect_webhook"),
    path("me/payouts/", views.payouts, name="payouts"),
    path("me/payouts/account/", views.begin_account, name="begin_account"),
    path("me/payouts/account/state/", views.account, name="account"),
    path("me/payouts/account/again/", views.go_on, name="go_on"),
    path("me/payouts/account/back/", views.came_back, name="came_back"),
    path("me/payouts/account/dashboard/", views.dashboard, name="dashboard"),
    path("me/payouts/statement.csv", views.statement, name="statement"),
    path("me/cards/", views.cards, name="cards"),
    path("me/cards/add/", views.add_card, name="add_card"),
    path("me/cards/added/", views.card_added, name="card_added"),
    path("me/cards/<int:card_id>/remove/", views.forget_card, name="forget_card"),
]
