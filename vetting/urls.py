from django.urls import path

from vetting import views

app_name = "vetting"

urlpatterns = [
    path("documents/<int:pk>/", views.document, name="document"),
    path("identity/", views.identity, name="identity"),
    path("certificates/", views.certificates, name="certificates"),
    path("certificates/<int:pk>/remove/", views.remove, name="remove"),
    path("certificates/<int:pk>/renew/", views.renew, name="renew"),
    path("certificates/<int:pk>/take-back/", views.take_back, name="take_back"),
]
