from django.urls import path

from bench.chat.peers.tutorial.consumers import ChatConsumer

urlpatterns: list = []
websocket_urlpatterns = [path("ws/chat/<str:room_name>/", ChatConsumer.as_asgi())]
