# regsweep for a host that runs its registry in a container: it works on the registry's own volume while the registry is stopped.
#   docker build -t regsweep .
#   docker stop registry; docker run --rm --volumes-from registry regsweep gc --dry-run; docker start registry
# It runs as root, as the registry's image does, so that the files of the volume are its own.

FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM node:24-slim
WORKDIR /opt/regsweep
COPY --from=build /build/package.json ./
COPY --from=build /build/dist dist
COPY --from=build /build/bin bin
ENTRYPOINT ["node", "/opt/regsweep/bin/regsweep.js"]
CMD ["--help"]
