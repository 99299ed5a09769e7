"""The addresses of the benches."""

from django.urls import path

from labs import health_page, pages

app_name = "labs"
urlpatterns = [
    path("labs/", pages.lab_list, name="list"),
    path("labs/<slug:slug>/", pages.lab, name="lab"),
    path("labs/<slug:slug>/runs/", pages.start, name="start"),
    path("labs/<slug:slug>/solution/", pages.solution, name="solution"),
    path("labs/<slug:slug>/recording.json", pages.recording, name="recording"),
    path("runs/", pages.mine, name="mine"),
    path("runs/beside/", pages.beside, name="beside"),
    path("runs/<uuid:pk>/", pages.run, name="run"),
    path("runs/<uuid:pk>/stop/", pages.stop, name="stop"),
    path("studio/health/", health_page.health, name="health"),
    path("what-is-real/", pages.what_is_real, name="real"),
]
