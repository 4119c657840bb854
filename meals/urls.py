from django.urls import path

from meals import views

app_name = "meals"
urlpatterns = [path("plan/<int:listing_id>/", views.plan, name="plan")]
