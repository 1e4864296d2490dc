# One build for three services that differ only in their command: docker build --target api|worker|stream-relay .
# `local` contains the AWS emulators of docker-compose.yml; it is never deployed.
# An image is built only if its sources change. Change this date at least once a month to get the fixes of the base image: 2026-11-26.

FROM node:24-bookworm-slim AS base
WORKDIR /app

FROM base AS dependencies
COPY package.json package-lock.json ./
# The image has its own Node; dynoxide is for npm start.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=optional --no-audit --no-fund --no-update-notifier

FROM dependencies AS build
COPY tsconfig.json tsconfig.build.json ./
COPY apps apps
COPY libs libs
RUN npm run build
COPY container container
RUN node container/copy-runtime.ts /runtime && cp container/health-check.js /runtime/

FROM base AS runtime
ENV NODE_ENV=production \
    NODE_OPTIONS="--enable-source-maps --max-semi-space-size=16" \
    LISTEN_ADDRESS=0.0.0.0
COPY --from=build /runtime ./
USER node
STOPSIGNAL SIGTERM
ARG VERSION=dev
LABEL org.opencontainers.image.title="fargate-orders" \
      org.opencontainers.image.description="An orders service that never loses, duplicates or partially delivers an accepted order" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"

FROM dependencies AS local
COPY tsconfig.json ./
COPY libs libs
COPY local local
COPY container/health-check.js ./
# A named volume gets the owner of the folder on which it is first mounted.
RUN mkdir /data /environment && chown node:node /data /environment
USER node
STOPSIGNAL SIGTERM

FROM runtime AS api
EXPOSE 3000
# Ready, not live: compose starts dependent services when this one is ready, and restarts nothing. ECS calls /health/live.
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s --retries=3 CMD ["node", "health-check.js", "API_PORT", "3000"]
CMD ["node", "dist/apps/api/src/main.js"]

FROM runtime AS worker
EXPOSE 3001
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s --retries=3 CMD ["node", "health-check.js", "WORKER_PORT", "3001"]
CMD ["node", "dist/apps/worker/src/main.js"]

FROM runtime AS stream-relay
EXPOSE 3002
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s --retries=3 CMD ["node", "health-check.js", "RELAY_PORT", "3002"]
CMD ["node", "dist/apps/stream-relay/src/main.js"]
