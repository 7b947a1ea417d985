# syntax=docker/dockerfile:1
# The Temporal worker on Bun. Build from the root of the repository:
#   docker build -f deploy/worker.Dockerfile -t spacelift-temporal-worker .
# Both bases have glibc: Temporal's native core does not load on Alpine.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install script is needed, so none runs.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY shared/ shared/
COPY worker/ worker/
# The bundle is made at the path it is run from: it holds absolute paths.
RUN node worker/bundle.ts
# Native cores of other platforms make half of the tree; the compiler is an optional peer that nothing runs.
RUN find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 -type d \
      ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} + \
 && rm -rf node_modules/typescript node_modules/@typescript

FROM oven/bun:1.4.5-slim
WORKDIR /app
ENV NODE_ENV=production \
    WORKER_HOST=0.0.0.0 \
    WORKFLOW_BUNDLE=/app/dist/workflow.js
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules/ node_modules/
COPY --from=build /app/shared/ shared/
# Rules of your own take the place of worker/reactions.ts: mount it, or build on this image and copy it (docs/reactions.md).
COPY --from=build /app/worker/ worker/
COPY --from=build /app/dist/ dist/
# The base image's unprivileged user, by number; everything above belongs to root and is read only to it.
USER 1000:1000
EXPOSE 8790
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["bun", "-e", "process.exit((await fetch(`http://127.0.0.1:${process.env.WORKER_PORT ?? 8790}/readyz`)).ok ? 0 : 1)"]
ENTRYPOINT ["bun", "worker/worker.ts"]
