# syntax=docker/dockerfile:1
# The edge on Node, for those who run it on a host of their own instead of Cloudflare. Build from the root of the repository:
#   docker build -f deploy/edge.Dockerfile -t spacelift-temporal-edge .
# Its inboxes are in /data: what Spacelift was told is kept is there and nowhere else, so give it a volume.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install script is needed, so none runs.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
    EDGE_HOST=0.0.0.0 \
    EDGE_STATE_DIRECTORY=/data
RUN install -d -o 1000 -g 1000 -m 700 /data
VOLUME /data
COPY --from=build /app/package.json ./
# All that the edge loads; the rest is Temporal's.
COPY --from=build /app/node_modules/hono/ node_modules/hono/
COPY --from=build /app/node_modules/@hono/node-server/ node_modules/@hono/node-server/
COPY --from=build /app/node_modules/valibot/ node_modules/valibot/
COPY shared/contract/ shared/contract/
COPY edge/ edge/
# The base image's unprivileged user, by number; everything but /data belongs to root and is read only to it.
USER 1000:1000
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.EDGE_PORT ?? 8787}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "edge/node.ts"]
