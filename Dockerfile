# Container images of a release. `meshtrace`: the program with what pipelines need beside it. `argocd`: the sidecar of Argo CD's
# repo-server, see docs/argocd.md. Nothing is compiled here: dist/amd64 and dist/arm64 hold the static programs of the release.
#   docker buildx build --target argocd --platform linux/amd64 .
FROM docker.io/library/alpine:3.22 AS base
ARG TARGETARCH
COPY --chmod=0755 dist/${TARGETARCH}/meshtrace /usr/local/bin/meshtrace

# Argo CD mounts the server that starts the program (argo-cd docs/operator-manual/config-management-plugins.md).
FROM base AS argocd
COPY docs/argocd/plugin.yaml /home/argocd/cmp-server/config/plugin.yaml
USER 999
ENTRYPOINT ["/var/run/argocd/argocd-cmp-server"]

FROM base AS meshtrace
RUN apk add --no-cache curl git jq
COPY --chmod=0755 ci/*.sh /usr/share/meshtrace/ci/
USER 65532
WORKDIR /work
ENTRYPOINT ["meshtrace"]
