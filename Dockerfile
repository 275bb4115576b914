# docker build -t usher . (with BuildKit, which Docker 23 and later use, or Podman or Buildah)
FROM rust:1.95-bookworm AS build
WORKDIR /usher
COPY . .
# The cache keeps compiled dependencies; the crates of this workspace are always compiled. Cargo compares times, and a source may be
# older than the last build and still differ from it. Without symbols the binary has a quarter of its size.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/usher/target,sharing=locked \
    find crates migrations -type f -exec touch {} + \
    && cargo build --release --locked --package usher \
    && strip -o /usr/local/bin/usher target/release/usher

FROM debian:bookworm-slim
# The numeric user is part of the image: volumes belong to it, and runAsNonRoot of Kubernetes needs a number.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 usher \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/usher --shell /usr/sbin/nologin usher \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/usher
COPY --from=build /usr/local/bin/usher /usr/local/bin/usher
USER 10001:10001
# A generated secret key would be lost with an anonymous volume, so it has to be set.
ENV USHER_DATA_DIR=/var/lib/usher USHER_LISTEN=0.0.0.0:8080 USHER_GENERATE_SECRETS=off
VOLUME /var/lib/usher
EXPOSE 8080
# Uses the address in USHER_LISTEN.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["usher", "health"]
ENTRYPOINT ["usher"]
CMD ["serve"]
