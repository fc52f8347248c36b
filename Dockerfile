FROM python:3.12-slim

RUN useradd --create-home --uid 1000 schoolhouse && install --directory --owner=schoolhouse /app /state
WORKDIR /app

COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.lock

COPY --chown=schoolhouse pyproject.toml ./
COPY --chown=schoolhouse include ./include
COPY --chown=schoolhouse models ./models
COPY --chown=schoolhouse ml ./ml
COPY --chown=schoolhouse dags ./dags
COPY --chown=schoolhouse dbt_project ./dbt_project
# The desk shows the page for teams.
COPY --chown=schoolhouse docs ./docs

USER schoolhouse
ENV PYTHONPATH=/app PYTHONUNBUFFERED=1 SCHOOLHOUSE_STATE=/state
VOLUME /state
