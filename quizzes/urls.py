"""Addresses under `/quizzes/`."""

from django.urls import path

from quizzes.answering import quick_check_views
from quizzes.attempts import answer_views, hand_in_view, views

app_name = "quizzes"
urlpatterns = [
    path("", views.quiz_list, name="list"),
    path("attempts/<uuid:attempt>/", views.attempt, name="attempt"),
    path("attempts/<uuid:attempt>/hand-in/", hand_in_view.hand_in, name="hand_in"),
    path("attempts/<uuid:attempt>/<int:place>/answer/", answer_views.answer, name="answer"),
    path("attempts/<uuid:attempt>/<int:place>/hint/", answer_views.hint, name="hint"),
    path("attempts/<uuid:attempt>/<int:place>/draft/", answer_views.draft, name="draft"),
    path("attempts/<uuid:attempt>/<int:place>/read/", answer_views.read, name="read"),
    path("attempts/<uuid:attempt>/<int:place>/mark/", answer_views.mark, name="mark"),
    path("<slug:slug>/", views.quiz, name="quiz"),
    path("<slug:slug>/<slug:question>/answer/", quick_check_views.answer, name="quick_answer"),
    path("<slug:slug>/<slug:question>/hint/", quick_check_views.hint, name="quick_hint"),
    path("<slug:slug>/<slug:question>/read/", quick_check_views.read, name="quick_read"),
    path("<slug:slug>/<slug:question>/mark/", quick_check_views.mark, name="quick_mark"),
    path("<slug:slug>/<slug:question>/again/", quick_check_views.again, name="quick_again"),
]
