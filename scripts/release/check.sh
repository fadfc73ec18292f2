#!/usr/bin/env bash
# What has to agree before a release: the tag, Cargo.toml, the lock file, the changelog, and the versions that texts show.
# usage: check.sh [TAG]      without a tag, that of Cargo.toml is assumed, and the changelog may be unreleased
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | sed -n 1p)
bad=0
complain() {
    echo "check.sh: $*" >&2
    bad=1
}
if [ $# -gt 0 ]; then
    [ "$1" = "v$version" ] || complain "the tag is $1, but Cargo.toml has $version"
    # The manual pages have this date.
    grep -qE "^## $version - [0-9]{4}-[0-9]{2}-[0-9]{2}\$" CHANGELOG.md || complain "CHANGELOG.md has no section \`## $version - YYYY-MM-DD\`"
fi
grep -A1 '^name = "meshtrace"$' Cargo.lock | grep -q "^version = \"$version\"$" || complain "Cargo.lock has another version"
# Where a text says which version to take, it is the one that the tag makes.
shown=$(grep -rnoE '(rev: |@|--tag |meshtrace:|/raw/|/meshtrace/releases/download/|meshtrace-)v?[0-9]+\.[0-9]+\.[0-9]+' README.md docs/ci.md docs/argocd.md docs/argocd ci action.yml 2>/dev/null || true)
while IFS= read -r line; do
    [ -z "$line" ] || case $line in
        *"$version") ;;
        *) complain "$line: expected $version" ;;
    esac
done <<<"$shown"
exit "$bad"
