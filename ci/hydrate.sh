#!/bin/sh
# Commits the rendered manifests of HEAD to a branch of their own, for clusters that follow it. A render without changes
# makes no commit. Rendered is the commit, in a folder of its own: changes that are not committed do not count and stay. The trailers of a commit say which commit it was rendered from.
# usage: hydrate.sh BRANCH [RENDER-GLOB...]
# Environment: MESHTRACE (the program), MESHTRACE_PROJECT (the folder of meshtrace.yaml), REMOTE (default: origin; empty: do
# not push), GIT_AUTHOR_* and GIT_COMMITTER_* as git reads them.
set -eu
[ $# -ge 1 ] || { echo "usage: hydrate.sh BRANCH [RENDER-GLOB...]" >&2; exit 2; }
branch=$1
shift
meshtrace=${MESHTRACE:-meshtrace}
case $meshtrace in
    /*) ;;
    */*) meshtrace=$PWD/$meshtrace ;;
esac
project=${MESHTRACE_PROJECT:-.}
remote=${REMOTE-origin}
git check-ref-format --branch "$branch" >/dev/null || exit 2
top=$(git rev-parse --show-toplevel)
cd "$top"
dry=$(git rev-parse HEAD)

old=
if [ -n "$remote" ]; then
    # Without an answer of the remote nothing is known about the branch, which is not the same as that there is none.
    found=$(git ls-remote "$remote" "refs/heads/$branch")
    if [ -n "$found" ]; then
        git fetch --quiet "$remote" "refs/heads/$branch"
        old=$(git rev-parse FETCH_HEAD)
    fi
else
    old=$(git rev-parse --quiet --verify "refs/heads/$branch" || true)
fi

work=$(mktemp -d)
clean() {
    git worktree remove --force "$work/tree" 2>/dev/null || true
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM
git worktree add --quiet --detach "$work/tree" "$dry"
out=$(sed -n 's/^out:[[:space:]]*\([^#[:space:]]*\).*/\1/p' "$work/tree/$project/meshtrace.yaml" | tr -d "\"'")
case ${out:-out} in
    . | ./)
        echo "hydrate.sh: with \`out: .\` the output is among the input; give it a folder of its own" >&2
        exit 2
        ;;
esac
out=$project/${out:-out}
# Without what an earlier commit rendered: the branch holds these renders and nothing else.
rm -rf "${work:?}/tree/$out"
(cd "$work/tree/$project" && "$meshtrace" render "$@")
tree=$(
    export GIT_INDEX_FILE="$work/index"
    git -C "$work/tree" read-tree --empty
    git -C "$work/tree" add --force -- "$out"
    git -C "$work/tree" write-tree
)
if [ -n "$old" ] && [ "$(git rev-parse "$old^{tree}")" = "$tree" ]; then
    echo "hydrate.sh: $branch is up to date"
    exit 0
fi

subject=$(git log -1 --format=%s "$dry")
name=$(git log -1 --format=%an "$dry")
# Argo CD reads it as an address, in which a name with these signs is quoted (RFC 5322).
case $name in
    *[][\(\)\<\>:\;@\\,.\"]*) name="\"$(printf %s "$name" | sed 's/[\\"]/\\&/g')\"" ;;
esac
author="$name <$(git log -1 --format=%ae "$dry")>"
{
    echo "$subject"
    echo
    echo "Rendered from $dry."
    echo
    echo "Argocd-reference-commit-sha: $dry"
    echo "Argocd-reference-commit-author: $author"
    echo "Argocd-reference-commit-subject: $subject"
} >"$work/message"
commit=$(git commit-tree "$tree" ${old:+-p "$old"} -F "$work/message")
if [ -n "$remote" ]; then
    # Not forced: if another run was faster, this one fails, and is to be repeated.
    git push --quiet "$remote" "$commit:refs/heads/$branch"
else
    git update-ref "refs/heads/$branch" "$commit" "$old"
fi
echo "hydrate.sh: $branch is $commit"
