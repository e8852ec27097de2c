# One image for everything that Fascia runs as: `fascia operator`, `fascia adapter …`, `fascia run …`.
#
# The context is not the checkout but what `node hack/image.ts` puts together: src without tests and types, that is
# JavaScript, and the production dependencies installed from the lock file without install scripts. So nothing runs and
# nothing is fetched in here, and the same commit gives the same image. `node hack/image.ts --context DIRECTORY` leaves
# the context for other builders:
#
#   SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) docker build DIRECTORY
#
# BASE has to have Node 24 on the PATH below, or at /nodejs/bin as distroless images do; it needs nothing else, no shell.
ARG BASE=gcr.io/distroless/nodejs24-debian12:nonroot
FROM ${BASE}
LABEL org.opencontainers.image.title="Fascia" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin \
    NODE_ENV=production
COPY --chown=0:0 fascia /opt/fascia
# Nothing is ever written below /: run it with a read-only root.
WORKDIR /
USER 65532:65532
ENTRYPOINT ["node", "/opt/fascia/src/main/fascia.js"]
