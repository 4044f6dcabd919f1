# syntax=docker/dockerfile:1
# One image for every process of a deployment: docker-compose.yml says which of them a container is.

FROM python:3.11-slim-bookworm AS base
RUN apt-get update \
 && apt-get install -y --no-install-recommends openjdk-17-jre-headless procps \
 && rm -rf /var/lib/apt/lists/*
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /opt/depthlake

FROM base AS environment
COPY requirements-uv.txt requirements.txt pyproject.toml README.md ./
RUN python -m venv .uv \
 && .uv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
 && .uv/bin/uv venv --python python3.11 --no-python-downloads .venv \
 && .uv/bin/uv pip compile pyproject.toml --constraint requirements.txt --python-version 3.11 --generate-hashes \
    --quiet --output-file runtime.txt \
 && .uv/bin/uv pip sync --no-cache --python .venv/bin/python --require-hashes --compile-bytecode runtime.txt
COPY spark_jobs/ spark_jobs/
COPY schemas/ schemas/
RUN .venv/bin/python -m spark_jobs.jars

FROM base AS depthlake
RUN useradd --uid 10001 --create-home depthlake \
 && install -d -o depthlake -g depthlake /var/lib/depthlake /var/lib/depthlake/kafka
COPY --from=environment /opt/depthlake/.venv .venv
COPY --from=environment /opt/depthlake/.jars .jars
COPY . .
RUN python -m compileall -q dagster_project expectations pipelines schemas spark_jobs \
 && printf '%s\n' /opt/depthlake > .venv/lib/python3.11/site-packages/depthlake.pth \
 && printf '%s\n' '#!/opt/depthlake/.venv/bin/python' 'from spark_jobs.cli.app import main' 'main()' > .venv/bin/depthlake \
 && chmod +x .venv/bin/depthlake
ENV PATH=/opt/depthlake/.venv/bin:$PATH DEPTHLAKE_HOME=/var/lib/depthlake NUMBA_CACHE_DIR=/var/lib/depthlake/numba
USER depthlake
WORKDIR /var/lib/depthlake
CMD ["depthlake", "--help"]
