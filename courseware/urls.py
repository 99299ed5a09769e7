"""Addresses of the course, its search, records and studio."""

from django.urls import path

from courseware import studio_views
from courseware.notes import note_views
from courseware.reading import after_lab, quiz_predictions, views
from courseware.records import record_views

app_name = "courseware"
urlpatterns = [
    path("", views.home, name="home"),
    path("lessons/<slug:slug>/", views.lesson, name="lesson"),
    path("lessons/<slug:slug>.md", views.source, name="source"),
    path("lessons/<slug:slug>/position/", views.position, name="position"),
    path("lessons/<slug:slug>/note/", note_views.write, name="note"),
    path("labs/<slug:slug>/next/", after_lab.next_steps, name="after-lab"),
    path("labs/<slug:slug>/predictions/", quiz_predictions.predictions, name="lab-predictions"),
    path("glossary/", views.glossary, name="glossary"),
    path("search/", views.search, name="search"),
    path("progress/", record_views.progress, name="progress"),
    path("progress/export/", record_views.export, name="export"),
    path("studio/", studio_views.studio, name="studio"),
    path("studio/guide/", studio_views.guide, name="guide"),
    path("studio/notes/", note_views.notes, name="notes"),
    path("studio/notes/<int:pk>/handled/", note_views.handled, name="note-handled"),
    path("studio/notes/<int:pk>/reopened/", note_views.reopened, name="note-reopened"),
    path("robots.txt", views.robots, name="robots"),
]
