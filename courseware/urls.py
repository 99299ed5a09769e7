from django.urls import URLPattern

app_name = "courseware"
urlpatterns: list[URLPattern] = []
