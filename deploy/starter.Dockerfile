# syntax=docker/dockerfile:1
# The starter on Node. Build from the root of the repository:
#   docker build -f deploy/starter.Dockerfile -t spacelift-temporal-starter .
# The base has glibc like the worker's, so that both are patched alike; the starter itself runs no native code.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install script is needed, so none runs.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# The worker's native core and bundler make most of the tree, and the starter loads neither.
RUN rm -rf node_modules/@temporalio/core-bridge node_modules/@temporalio/worker node_modules/@swc node_modules/webpack \
      node_modules/typescript node_modules/@typescript

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
    STARTER_HOST=0.0.0.0
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules/ node_modules/
COPY shared/ shared/
COPY worker/ worker/
# The base image's unprivileged user, by number; everything above belongs to root and is read only to it.
USER 1000:1000
EXPOSE 8788
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.STARTER_PORT ?? 8788}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "worker/starter.ts"]
