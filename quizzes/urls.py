"""Addresses under `/quizzes/`."""

from django.urls import path

from quizzes import answer_views, quick_views, views

app_name = "quizzes"
urlpatterns = [
    path("", views.quiz_list, name="list"),
    path("attempts/<uuid:attempt>/", views.attempt, name="attempt"),
    path("attempts/<uuid:attempt>/hand-in/", answer_views.hand_in, name="hand_in"),
    path("attempts/<uuid:attempt>/<int:place>/answer/", answer_views.answer, name="answer"),
    path("attempts/<uuid:attempt>/<int:place>/hint/", answer_views.hint, name="hint"),
    path("attempts/<uuid:attempt>/<int:place>/draft/", answer_views.draft, name="draft"),
    path("attempts/<uuid:attempt>/<int:place>/mark/", answer_views.mark, name="mark"),
    path("<slug:slug>/", views.quiz, name="quiz"),
    path("<slug:slug>/<slug:question>/answer/", quick_views.answer, name="quick_answer"),
    path("<slug:slug>/<slug:question>/hint/", quick_views.hint, name="quick_hint"),
    path("<slug:slug>/<slug:question>/mark/", quick_views.mark, name="quick_mark"),
    path("<slug:slug>/<slug:question>/again/", quick_views.again, name="quick_again"),
]
