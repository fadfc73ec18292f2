#!/bin/sh
# Commits the rendered manifests of HEAD to a branch of their own, for clusters that follow it. A render without changes
# makes no commit. The trailers of a commit say which commit it was rendered from.
# usage: hydrate.sh BRANCH [RENDER-GLOB...]
# Environment: MESHTRACE (the program), MESHTRACE_PROJECT (the folder of meshtrace.yaml), REMOTE (default: origin; empty: do
# not push), GIT_AUTHOR_* and GIT_COMMITTER_* as git reads them.
set -eu
[ $# -ge 1 ] || { echo "usage: hydrate.sh BRANCH [RENDER-GLOB...]" >&2; exit 2; }
branch=$1
shift
meshtrace=${MESHTRACE:-meshtrace}
project=${MESHTRACE_PROJECT:-.}
remote=${REMOTE-origin}
git check-ref-format --branch "$branch" >/dev/null || exit 2
top=$(git rev-parse --show-toplevel)
cd "$top"
dry=$(git rev-parse HEAD)
if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
    echo "hydrate.sh: the working tree has changes, so a commit could not say what was rendered" >&2
    exit 2
fi
(cd "$project" && "$meshtrace" render "$@")

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

out=$(sed -n 's/^out:[[:space:]]*\([^#[:space:]]*\).*/\1/p' "$project/meshtrace.yaml" | tr -d "\"'")
# The branch holds the output and nothing else: its tree is made in an index of its own.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
tree=$(
    export GIT_INDEX_FILE="$work/index"
    git read-tree --empty
    git add --force -- "$project/${out:-out}"
    git write-tree
)
if [ -n "$old" ] && [ "$(git rev-parse "$old^{tree}")" = "$tree" ]; then
    echo "hydrate.sh: $branch is up to date"
    exit 0
fi

subject=$(git log -1 --format=%s "$dry")
author=$(git log -1 --format='%an <%ae>' "$dry")
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
