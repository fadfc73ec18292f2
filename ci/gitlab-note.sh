#!/bin/sh
# Posts a file as a note of a merge request on GitLab, or replaces the note that it posted before, which the hidden marker
# in the first line of the file tells.
# usage: gitlab-note.sh FILE      needs `curl` and `jq`; MESHTRACE_TOKEN is a project token with the scope `api`
set -eu
file=$1
marker=$(sed -n 1p "$file")
case $marker in
    '<!-- meshtrace:'*' -->') ;;
    *) echo "gitlab-note.sh: \`$file\` does not begin with a marker" >&2; exit 2 ;;
esac
curl=${CURL:-curl}
notes="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
# The token is in a file, not among the arguments, which other processes can see.
config=$(mktemp)
trap 'rm -f "$config"' EXIT
printf 'header = "PRIVATE-TOKEN: %s"\n' "$MESHTRACE_TOKEN" >"$config"
ask() {
    "$curl" --silent --show-error --fail --config "$config" "$@"
}
me=$(ask "$CI_API_V4_URL/user" | jq -r .id)
old=
page=1
while [ -z "$old" ]; do
    answer=$(ask "$notes?per_page=100&page=$page")
    [ "$(printf '%s' "$answer" | jq length)" -gt 0 ] || break
    old=$(printf '%s' "$answer" | jq -r --arg marker "$marker" --argjson me "$me" \
        '[.[] | select(.author.id == $me and (.body | startswith($marker))) | .id][0] // empty')
    page=$((page + 1))
done
if [ -n "$old" ]; then
    ask --request PUT "$notes/$old" --data-urlencode "body@$file" >/dev/null
else
    ask --request POST "$notes" --data-urlencode "body@$file" >/dev/null
fi
