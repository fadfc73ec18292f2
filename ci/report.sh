#!/bin/sh
# What a pipeline says about a pull or merge request, in files, so that each code host only has to upload them:
#   report.md       the differences and the findings, at most 60000 characters, beginning with a hidden marker
#   meshtrace.sarif the findings for code scanning      codequality.json  the same for GitLab
# usage: report.sh BASE DIR      BASE: the revision to compare with, such as origin/main
# Environment: MESHTRACE (the program), MESHTRACE_PROJECT (the folder of meshtrace.yaml), MESHTRACE_DENY (rules, by spaces).
# Exit codes: 0 fine; 1 the output is out of date or a finding is an error; 2 no answer could be made.
set -eu
[ $# -eq 2 ] || { echo "usage: report.sh BASE DIR" >&2; exit 2; }
base=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
meshtrace=${MESHTRACE:-meshtrace}
case $meshtrace in
    /*) ;;
    */*) meshtrace=$PWD/$meshtrace ;;
esac
# Code hosts want paths from the top of the repository, so the program enters the folder, and not this script.
project=${MESHTRACE_PROJECT:-.}

# answer FILE COMMAND...: its stdout goes to the file. 0 and 1 are answers, anything else ends the script.
answer() {
    file=$1
    shift
    code=0
    "$@" >"$file" || code=$?
    [ "$code" -le 1 ] || { echo "report.sh: \`$*\` failed with exit code $code" >&2; exit 2; }
    return "$code"
}

deny=
for rule in ${MESHTRACE_DENY:-}; do
    deny="$deny --deny $rule"
done

bad=0
stale=
answer "$dir/stale.txt" "$meshtrace" --project "$project" render --check 2>"$dir/stale.err" || stale=yes
# shellcheck disable=SC2086 # words on purpose
answer "$dir/meshtrace.sarif" "$meshtrace" --project "$project" check $deny --format sarif || bad=1
# shellcheck disable=SC2086
answer "$dir/codequality.json" "$meshtrace" --project "$project" check $deny --format gitlab || bad=1
# shellcheck disable=SC2086
answer "$dir/findings.md" "$meshtrace" --project "$project" check $deny --format markdown || bad=1
answer "$dir/diff.md" "$meshtrace" --project "$project" diff "git:$base" --format markdown --max-chars 40000 || true

{
    echo "<!-- meshtrace:$project -->"
    if [ -n "$stale" ]; then
        bad=1
        echo '**The rendered manifests are out of date.** Run `meshtrace render` and commit the result:'
        echo
        echo '````text'
        # A file name may hold what ends a fence.
        sed -n '1,40p' "$dir/stale.err" | tr -d '`'
        echo '````'
        echo
    fi
    cat "$dir/diff.md"
    echo
    # The limit of a comment is 65536 characters. A part of a fence would swallow what follows, so it is all or nothing.
    if [ "$(wc -c <"$dir/findings.md")" -le 18000 ]; then
        cat "$dir/findings.md"
    else
        echo 'There are too many findings for a comment: see the annotations, or run `meshtrace check`.'
    fi
} >"$dir/report.md"
rm -f "$dir/stale.txt" "$dir/stale.err"
exit "$bad"
