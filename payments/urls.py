from django.urls import path

from payments import views, webhooks

app_name = "payments"
urlpatterns = [
    path("stripe/webhook/", webhooks.stripe_webhook, name="webhook"),
    path("stripe/connect/", webhooks.connect_webhook, name="connect_webhook"),
    path("me/payouts/", views.payouts, name="payouts"),
    path("me/cards/", views.cards, name="cards"),
    path("me/cards/<int:card_id>/remove/", views.forget_card, name="forget_card"),
]
