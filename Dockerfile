FROM python:3.11-slim AS app
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/wozai
COPY requirements.txt requirements.lock ./
RUN pip install --no-cache-dir -r requirements.txt -c requirements.lock
COPY . .
# The production settings refuse to start without secrets. Collecting files uses none of them, so the words below
# stand in for this one command and stay out of the image's environment.
RUN SECRET_KEY=unused ALLOWED_HOSTS=unused SITE_URL=https://unused \
    DOCUMENT_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= STRIPE_SECRET_KEY=unused STRIPE_WEBHOOK_SECRET=unused \
    STRIPE_CONNECT_WEBHOOK_SECRET=unused MESSAGE_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    DATABASE_URL=postgres://unused REDIS_URL=redis://unused STATIC_ROOT=/srv/static \
    python manage.py collectstatic --no-input -v 0
RUN useradd --system --no-create-home wozai
USER wozai
# Chat frames are short, and those of a page that is open all day cost no memory for a window of what was said. A phone
# that lost its network says nothing: within 20 s it is known.
ENV UVICORN_WS=chat.live.server:TakenSocket UVICORN_WS_PER_MESSAGE_DEFLATE=false UVICORN_WS_MAX_SIZE=65536 \
    UVICORN_WS_PING_INTERVAL=10 UVICORN_WS_PING_TIMEOUT=10
CMD ["python", "-m", "uvicorn", "marketplace.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--no-access-log"]

FROM nginx:1.28-alpine AS front
COPY deploy/nginx.conf.template /etc/nginx/templates/default.conf.template
COPY --from=app /srv/static /srv/static
