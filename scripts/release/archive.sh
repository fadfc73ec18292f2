#!/usr/bin/env bash
# Makes the archive of a release: the program, its manual pages and completions, the scripts for pipelines and the texts.
# usage: archive.sh PROGRAM TARGET DIST      prints the path of the archive, DIST/meshtrace-VERSION-TARGET.tar.gz, or .zip for
# Windows. The same program gives the same bytes (SOURCE_DATE_EPOCH, or the date of the commit).
set -euo pipefail
program=$1 target=$2
mkdir -p "$3"
dist=$(cd "$3" && pwd)
program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")
cd "$(dirname "$0")/../.."
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | sed -n 1p)
name=meshtrace-$version-$target
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/$name
mkdir -p "$root/completions" "$root/man" "$root/ci"

said=$("$program" --version)
[ "$said" = "meshtrace $version" ] || { echo "archive.sh: the program is \`$said\`, but Cargo.toml has $version" >&2; exit 1; }
case $target in
    *windows*) cp "$program" "$root/meshtrace.exe" ;;
    *) cp "$program" "$root/meshtrace" ;;
esac
cp README.md CHANGELOG.md SECURITY.md LICENSE-APACHE LICENSE-MIT "$root/"
cp ci/*.sh "$root/ci/"
"$program" completions bash >"$root/completions/meshtrace.bash"
"$program" completions zsh >"$root/completions/_meshtrace"
"$program" completions fish >"$root/completions/meshtrace.fish"
"$program" completions powershell >"$root/completions/_meshtrace.ps1"
"$program" completions elvish >"$root/completions/meshtrace.elv"
"$program" man >"$root/man/meshtrace.1"
for command in $("$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\)  .*/\1/p'); do
    "$program" man "$command" >"$root/man/meshtrace-$command.1"
done
[ -f "$root/man/meshtrace-render.1" ] || { echo "archive.sh: no manual page of a command was made" >&2; exit 1; }

epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
case $target in
    *windows*)
        archive=$dist/$name.zip
        rm -f "$archive"
        (cd "$work" && python3 -c '
import os, sys, time, zipfile
top, archive, epoch = sys.argv[1], sys.argv[2], int(sys.argv[3])
date = time.gmtime(epoch)[:6]
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
    paths = sorted(os.path.join(folder, name).replace(os.sep, "/") for folder, _, names in os.walk(top) for name in names)
    for path in paths:
        info = zipfile.ZipInfo(path, date)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        with open(path, "rb") as source:
            file.writestr(info, source.read())
' "$name" "$archive" "$epoch")
        ;;
    *)
        archive=$dist/$name.tar.gz
        (cd "$work" && python3 -c '
import gzip, os, sys, tarfile
top, archive, epoch = sys.argv[1], sys.argv[2], int(sys.argv[3])
paths = sorted(os.path.join(folder, name) for folder, _, names in os.walk(top) for name in names)
with open(archive, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as packed, tarfile.open(None, "w", packed, format=tarfile.USTAR_FORMAT) as file:
    for path in paths:
        info = file.gettarinfo(path)
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        info.mtime = epoch
        info.mode = 0o755 if path.endswith((".sh", "/meshtrace")) else 0o644
        with open(path, "rb") as source:
            file.addfile(info, source)
' "$name" "$archive" "$epoch")
        ;;
esac
echo "$archive"
