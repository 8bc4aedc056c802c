# The hub as an image: one process, one volume. Build: docker build -t shuniu .
# The base is named by its tag, because a digest can only be learnt from a registry and ages with each security update. An installation pins it:
# docker build --build-arg BASE=python:3.13-slim@sha256:... (docs/guides/install.md, section 5).
# Run: see docs/guides/install.md. /etc/shuniu/shuniu.toml is mounted; keys, database and log tiles live in /var/lib/shuniu.
ARG BASE=python:3.13-slim
FROM ${BASE}

# GRPC_VERBOSITY: gRPC's core writes its errors alone; below that it quotes what the other side of a connection says.
ENV PYTHONUNBUFFERED=1 \
    GRPC_VERBOSITY=ERROR \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PATH=/opt/shuniu/bin:$PATH

# libcrypto >= 3.0 for SM2 (openssl brings it), a font with Chinese characters for seal pictures.
RUN apt-get update \
    && apt-get install -y --no-install-recommends openssl fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /usr/src/shuniu
COPY requirements.lock ./
RUN python -m venv /opt/shuniu \
    && /opt/shuniu/bin/pip install --require-hashes -r requirements.lock
COPY . .
RUN /opt/shuniu/bin/pip install --no-deps --no-build-isolation . ./packaging/hub \
    && groupadd --gid 10001 shuniu \
    && useradd --uid 10001 --gid shuniu --home-dir /var/lib/shuniu --no-create-home --shell /usr/sbin/nologin shuniu \
    && install -d -o shuniu -g shuniu -m 0700 /var/lib/shuniu \
    && install -d -m 0755 /etc/shuniu

WORKDIR /var/lib/shuniu
USER shuniu
VOLUME /var/lib/shuniu
EXPOSE 7443 7444 7480
STOPSIGNAL SIGTERM

# What the running hub says of itself; `web` of the configuration has this port. `shuniu doctor` would start a program and write to the database each time.
HEALTHCHECK --interval=30s --timeout=20s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7480/health', timeout=10)"]

CMD ["shuniu", "serve", "--config", "/etc/shuniu/shuniu.toml"]
