"""Every address of the site. Those of the JSON API are listed at /api/docs."""

from django.contrib import admin
from django.urls import include, path

from config import api
from config.operations import health

urlpatterns = [
    path("", include("courseware.urls")),
    path("quizzes/", include("quizzes.urls")),
    path("", include("labs.urls")),
    path("api/", include(api.urls)),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
