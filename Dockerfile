FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --locked --release --package streamward-cli

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends redis-server \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /data streamward
COPY --from=build /src/target/release/streamward /usr/local/bin/streamward
USER streamward
VOLUME /data
ENTRYPOINT ["streamward"]
CMD ["up", "--listen", "0.0.0.0:8080", "--data", "/data"]
