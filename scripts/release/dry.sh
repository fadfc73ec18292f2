#!/usr/bin/env bash
# As much of a release as works on one machine without a container engine: the versions, the package for `cargo install`, the
# archive twice, its checksums and its bill of materials. .github/workflows/release.yml runs the same scripts.
# usage: dry.sh [DIST]      MESHTRACE: a program that is built already
set -euo pipefail
cd "$(dirname "$0")/../.."
dist=${1:-target/release-dry}
rm -rf "$dist"
mkdir -p "$dist"
scripts/release/check.sh

host=$(rustc -vV | sed -n 's/^host: //p')
target=$host
if [ -z "${MESHTRACE:-}" ]; then
    musl=${host/-gnu/-musl}
    if [ -d "$(rustc --print sysroot)/lib/rustlib/$musl" ]; then
        target=$musl
    fi
    cargo build --release --locked --bin meshtrace --target "$target"
    MESHTRACE=${CARGO_TARGET_DIR:-target}/$target/release/meshtrace
fi
first=$(scripts/release/archive.sh "$MESHTRACE" "$target" "$dist")
second=$(scripts/release/archive.sh "$MESHTRACE" "$target" "$dist/again")
cmp "$first" "$second"
rm -r "$dist/again"
scripts/release/sbom.py "$target" >"$dist/meshtrace-$target.cdx.json"
(cd "$dist" && sha256sum -- * >SHA256SUMS && sha256sum --check --quiet SHA256SUMS)

# What is in the archive runs, and the shells read their completions.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf "$first" -C "$work"
root=$(echo "$work"/*)
"$root/meshtrace" --version
bash -n "$root/completions/meshtrace.bash"
for shell in zsh fish; do
    case $shell in zsh) file=_meshtrace ;; fish) file=meshtrace.fish ;; esac
    if command -v $shell >/dev/null; then
        $shell -n "$root/completions/$file"
    else
        echo "not tried: $shell is not installed"
    fi
done
for page in "$root"/man/*.1; do
    head -c 4000 "$page" | grep -q '^\.TH' || { echo "$page is no manual page" >&2; exit 1; }
done
case $target in
    *musl*) if ldd "$root/meshtrace" 2>&1 | grep -q '=>'; then echo "the program is not static" >&2; exit 1; fi ;;
    *) echo "not tried: a static program (rustup target add ${host/-gnu/-musl})" ;;
esac
command -v docker >/dev/null || echo "not tried: the container images (no container engine)"
(cd "$dist" && ls -l)
