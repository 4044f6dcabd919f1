# syntax=docker/dockerfile:1
# One image for every process of an instance: docker-compose.yml says which of them a container is.

FROM python:3.11-slim-bookworm AS base
RUN apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jre-headless procps \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/depthlake

# The packages that the lock pins, without those of developers; then Depthlake itself, and the JARs.
FROM base AS environment
COPY requirements-uv.txt requirements.txt pyproject.toml ./
RUN --mount=type=cache,target=/root/.cache \
    python -m venv /opt/uv \
 && /opt/uv/bin/python -m pip install --quiet --require-hashes -r requirements-uv.txt \
 && /opt/uv/bin/uv pip compile pyproject.toml --constraint requirements.txt --python-version 3.11 --generate-hashes \
    --quiet --output-file runtime.txt \
 && /opt/uv/bin/uv venv --quiet --python python3.11 --no-python-downloads .venv \
 && /opt/uv/bin/uv pip sync --quiet --link-mode copy --python .venv/bin/python --require-hashes --compile-bytecode \
    runtime.txt
COPY . .
RUN --mount=type=cache,target=/root/.cache --mount=type=cache,target=/root/.ivy2 \
    /opt/uv/bin/uv pip install --quiet --link-mode copy --python .venv/bin/python --no-deps --compile-bytecode \
    --config-setting editable_mode=compat --editable . \
 && .venv/bin/python -m spark_jobs.jars \
 && .venv/bin/python -m compileall -q dagster_project expectations pipelines schemas spark_jobs

FROM base AS depthlake
RUN useradd --uid 10001 --create-home depthlake \
 && install -d -o depthlake -g depthlake /var/lib/depthlake /var/lib/depthlake/kafka
COPY --from=environment /opt/depthlake /opt/depthlake
ENV PATH=/opt/depthlake/.venv/bin:$PATH \
    DEPTHLAKE_HOME=/var/lib/depthlake \
    NUMBA_CACHE_DIR=/var/lib/depthlake/numba \
    PYTHONUNBUFFERED=1
USER depthlake
WORKDIR /var/lib/depthlake
CMD ["depthlake", "--help"]
