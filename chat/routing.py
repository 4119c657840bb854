from django.urls import path

from chat.consumers import chat_socket

websocket_urlpatterns = [path("ws/", chat_socket)]
