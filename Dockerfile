# syntax=docker/dockerfile:1
# One image for every process of an instance, and one with Superset: docker-compose.yml says which a container is.

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

# Superset's packages exclude some of the lakehouse's: they lie in an environment beside it.
FROM environment AS superset-environment
RUN --mount=type=cache,target=/root/.cache \
    /opt/uv/bin/uv venv --quiet --python python3.11 --no-python-downloads .superset \
 && /opt/uv/bin/uv pip sync --quiet --link-mode copy --python .superset/bin/python --require-hashes --compile-bytecode \
    requirements-superset.txt \
 && /opt/uv/bin/uv pip install --quiet --link-mode copy --python .superset/bin/python --no-deps --no-build-isolation \
    --config-setting editable_mode=compat --editable .

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

FROM depthlake AS superset
COPY --from=superset-environment /opt/depthlake/.superset /opt/depthlake/.superset
USER depthlake
