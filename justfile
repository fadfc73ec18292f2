# What a developer types; `just check` is what CI runs but for the real tools.

# List the recipes
default:
    @just --list

# Format, lint, test and document, as CI does
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    cargo test
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# Run the tests whose names hold a word, or all
test *args:
    cargo test {{args}}

# Write every expected file and text anew, and say which; review `git diff` before it is committed
bless:
    BLESS=1 cargo test --test it -- --quiet --skip kill:: --skip properties:: --skip stacks:: --skip diff_laws::
    git diff --stat

# Render meshtrace.yaml's renders into out/
render *args:
    cargo run --quiet --release -- render {{args}}

# Measure the stages
bench *args:
    cargo bench {{args}}

# Build and open the library's documentation
doc:
    cargo doc --no-deps --open

# Install the real tools, and run the tests against them
real *tests:
    tests/real/setup
    tests/real/run {{tests}}

# Ask the real parts about every record below tests/truth that they answer, not a sample; `just judges --record SET` writes what they say
judges *args:
    tests/real/setup judges
    PATH="$(realpath "${MESHTRACE_TOOLS:-target/tools}")/venv/bin:$(realpath "${MESHTRACE_TOOLS:-target/tools}")/bin:$PATH" \
        python3 -B tests/real/chain/judge.py --all {{args}}

# Generate again the facts that come from other programs' sources (needs Go, and Python with PyYAML); then read `git diff`. The components of collectors: scripts/refresh-facts/collector.py, and what they take: scripts/refresh-facts/otelcol/refresh.py. CRDs that are in no Go module: schemas/main.py CRDS
refresh-facts *crds:
    cd scripts/refresh-facts/envoy && go run .
    @echo "the keys of Consul charts: cd scripts/refresh-facts/consul && go run . CLONE-OF-hashicorp/consul-k8s (15 minutes)"
    python3 -B scripts/refresh-facts/zones.py
    cd scripts/refresh-facts/schemas && python3 -B main.py {{crds}}
    cd scripts/refresh-facts/kube && go run . > ../../../src/stack/kube/types.tsv

# Licences, banned crates, sources and advisories
deny:
    cargo deny check

# Fuzz for a time: `just fuzz 60 --target yaml --seed WORD`; all targets share the time
fuzz seconds="60" *args:
    CARGO_PROFILE_DEV_OPT_LEVEL=2 cargo test --test fuzz -- --seconds {{seconds}} --seed "$(git rev-parse HEAD)" {{args}}

# All that CI runs
ci:
    CI=true bash .ci/run

# Print what a release has to say: the topmost section of the changelog
notes:
    @awk '/^## /{n++} n==1' CHANGELOG.md

# As much of a release as works on this machine: versions, archive, checksums, bill of materials (`MESHTRACE=PROGRAM` skips the build)
release-dry *dist:
    scripts/release/dry.sh {{dist}}
