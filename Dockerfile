# One image for both programs: the relay by default, the collector by another command (docker-compose.yml).
# Node runs the TypeScript as it is, so there is nothing to build; no package runs an install script (.npmrc).
FROM node:24-slim

ENV NODE_ENV=production
WORKDIR /app

# Optional packages are the Node binaries for machines with an older Node; this image has its own.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

COPY shared ./shared
COPY relay ./relay
COPY collector ./collector
COPY templates ./templates
COPY LICENSE ./

# Inside a container "all addresses" is the container's own network; what is published decides who gets in.
ENV RELAY_HOST=0.0.0.0 \
    RELAY_SPOOL=/data/spool.db \
    COLLECTOR_HOST=0.0.0.0 \
    POSTERN_DATA_DIR=/data

# A new volume takes over this directory's owner.
RUN mkdir /data && chown node:node /data
VOLUME ["/data"]

USER node
EXPOSE 4100 4200
STOPSIGNAL SIGTERM

# The slim image has no curl. This asks the relay; docker-compose.yml asks the collector.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.RELAY_PORT || 4100) + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# Node itself is the main process: npm in between would swallow signals.
CMD ["node", "--max-semi-space-size=4", "--max-old-space-size=192", "--no-allocation-site-pretenuring", "--import", "./shared/require-node-24.js", "relay/main.ts"]
