from django.urls import path

from chat.consumers import ChatSocket

websocket_urlpatterns = [path("ws/", ChatSocket.as_asgi())]
