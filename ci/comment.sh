#!/bin/sh
# Posts a file as a comment of a pull request on GitHub, or replaces the comment that it posted before, which the hidden
# marker in the first line of the file tells.
# usage: comment.sh FILE        needs `gh` with GH_TOKEN; GITHUB_REPOSITORY and PULL_REQUEST say where
set -eu
file=$1
marker=$(sed -n 1p "$file")
case $marker in
    '<!-- meshtrace:'*' -->') ;;
    *) echo "comment.sh: \`$file\` does not begin with a marker" >&2; exit 2 ;;
esac
gh=${GH:-gh}
comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"
# Only comments of the token's own kind of author: a person may quote the marker.
old=$(MARKER=$marker "$gh" api --paginate "$comments?per_page=100" \
    --jq '.[] | select(.user.type == "Bot" and (.body | startswith(env.MARKER))) | .id' | sed -n 1p)
if [ -n "$old" ]; then
    "$gh" api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$old" --field "body=@$file"
else
    "$gh" api --silent --method POST "$comments" --field "body=@$file"
fi
