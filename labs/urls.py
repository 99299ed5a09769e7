"""The URLs of labs and runs."""

from django.urls import path

from labs.bench import comparison, views
from labs.operations import health_views

app_name = "labs"
urlpatterns = [
    path("labs/", views.lab_list, name="list"),
    path("labs/<slug:slug>/", views.lab, name="lab"),
    path("labs/<slug:slug>/runs/", views.start, name="start"),
    path("labs/<slug:slug>/solution/", comparison.solution, name="solution"),
    path("labs/<slug:slug>/prediction/read/", views.read_prediction, name="read_prediction"),
    path("labs/<slug:slug>/recording.json", views.recording, name="recording"),
    path("runs/", views.mine, name="mine"),
    path("runs/beside/", comparison.beside, name="beside"),
    path("runs/<uuid:pk>/", views.run, name="run"),
    path("runs/<uuid:pk>/stop/", views.stop, name="stop"),
    path("studio/health/", health_views.health, name="health"),
    path("what-is-real/", views.what_is_real, name="real"),
]
