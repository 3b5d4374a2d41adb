# syntax=docker/dockerfile:1

FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY stubs ./stubs
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build
# What nothing here runs: the development dependencies; Prisma's command line, which stays as an optional peer of its
# client (some 250 MB); onnxruntime-node's binaries of other platforms (some 240 MB).
RUN npm prune --omit=dev \
  && node -p 'Object.entries(require("./package-lock.json").packages).filter(([, entry]) => entry.devOptional).map(([folder]) => folder).join("\n")' \
    | xargs rm -rf \
  && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d \
    ! -path "*/$(node -p 'process.platform + "/" + process.arch')" -exec rm -r {} +

FROM node:22-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 PICTOGRAPH_DATA=/data
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# node_modules links into stubs.
COPY stubs ./stubs
COPY package.json schema.graphql LICENSE ./
COPY bin ./bin
COPY migrations ./migrations
COPY models ./models
COPY samples ./samples
COPY vocabularies ./vocabularies
# A new volume takes over the owner of the folder that it is mounted on.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 4000
# The first start downloads a CLIP model of some 600 MB before it is ready.
HEALTHCHECK --interval=10s --timeout=5s --start-period=15m --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "bin/pictograph.js", "serve"]
