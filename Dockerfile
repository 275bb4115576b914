FROM rust:1.95-bookworm AS build
WORKDIR /usher
COPY . .
RUN cargo build --release --locked --package usher

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /var/lib/usher --create-home usher
COPY --from=build /usher/target/release/usher /usr/local/bin/usher
USER usher
ENV USHER_DATA_DIR=/var/lib/usher USHER_LISTEN=0.0.0.0:8080
VOLUME /var/lib/usher
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD curl --fail --silent http://127.0.0.1:8080/health/ready
ENTRYPOINT ["usher"]
CMD ["serve"]
