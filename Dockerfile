# One image for all parts. docker-compose.yml gives the command of each part.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --create-home --uid 10001 backburner
WORKDIR /srv/backburner

COPY requirements.txt ./
RUN python -m venv .venv && .venv/bin/python -m pip install -r requirements.txt
COPY sandbox/requirements.txt sandbox/
RUN python -m venv .venv-sandbox && .venv-sandbox/bin/python -m pip install -r sandbox/requirements.txt

COPY . .
ENV PATH=/srv/backburner/.venv/bin:$PATH BACKBURNER_STATE=/var/lib/backburner BACKBURNER_RUNTIME=/run/backburner
RUN mkdir -p "$BACKBURNER_STATE" "$BACKBURNER_RUNTIME" \
    && STATIC_ROOT=/srv/backburner/staticfiles SECRET_KEY=build python manage.py collectstatic --noinput \
    && python -m compileall -q sandbox \
    && chown -R backburner:backburner "$BACKBURNER_STATE" "$BACKBURNER_RUNTIME"
ENV STATIC_ROOT=/srv/backburner/staticfiles

USER backburner
EXPOSE 8000 8001
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "config.wsgi:application"]
