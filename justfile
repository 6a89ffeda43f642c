# `just` alone lists what there is.
default:
    @just --list

# Everything that continuous integration checks.
ci:
    bash .ci/run

# The tests; property tests take other random cases each time.
test:
    cargo nextest run --workspace

# Rewrites golden outputs and generated pages; review the diff.
goldens:
    UPDATE_GOLDENS=1 cargo nextest run -p linal-tests

# Processes that are killed at random moments: what they have acknowledged is there, and nothing in part.
crash kills="500":
    LINAL_CRASHES={{kills}} cargo nextest run --workspace -E 'test(/crash/)'

# A database larger than memory: what each step needs of it, as the system counts; `just large --gigabytes 5 --limit 512MB`.
large *ARGS:
    cargo build --release --bin linal
    python3 crates/linal-tests/large/run.py target/release/linal {{ARGS}}

# Statement latency.
bench *ARGS:
    cargo bench -p linal-bench {{ARGS}}

# One fuzz target for a time in seconds: parser, csv, npy, npz, hdf5, request.
fuzz target seconds="60":
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{target}} -- -max_total_time={{seconds}}

# Random queries against DuckDB, SQLite, PostgreSQL (where it is installed) and linal itself; `just fuzz-sql --seed x --queries 1000`.
fuzz-sql *ARGS:
    cd crates/linal-tests && python3 -m fuzz.sql {{ARGS}}

# Random tensor expressions against NumPy and SciPy.
fuzz-tensor *ARGS:
    cd crates/linal-tests && python3 -m fuzz.tensor {{ARGS}}

# Whether DuckDB reads database directories: those written by hand, or an absolute path of one that linal wrote.
lake *ARGS:
    cd crates/linal-tests && python3 -m lake.check {{ARGS}}

# Standard clients against a server: ADBC through Flight SQL, psycopg, SQLAlchemy and psql; an absolute path of the binary.
protocols LINAL:
    cd crates/linal-tests && python3 -m protocols.flight {{LINAL}} && python3 -m protocols.pg {{LINAL}}

# The service from outside, the long forms: kills, access, stopping, TLS, schemathesis; an absolute path of the binary.
service LINAL:
    cd crates/linal-tests && python3 -m service.clients {{LINAL}} && python3 -m service.kill {{LINAL}} --kills 20 && python3 -m service.access {{LINAL}} \
        && python3 -m service.stopping {{LINAL}} && python3 -m service.tls {{LINAL}} && python3 -m service.api {{LINAL}} --examples 100

# Load on the service, and what one client does to the others; `just load PATH --rate 2000` for a release build.
load LINAL *ARGS:
    cd bench && python3 -m load.load {{LINAL}} {{ARGS}} && python3 -m load.damage {{LINAL}} && python3 -m load.overhead {{LINAL}}

# Licences, bans and sources of the dependencies, and advisories where their database can be reached.
deny:
    cargo deny check

# Lifetimes of the Python package under valgrind; a Python that has the package, pytest, NumPy and pyarrow.
valgrind PYTHON:
    {{PYTHON}} python/tests/under_valgrind.py

# Pass rates of another engine's sqllogictest files, which lie in a folder of their own; an absolute path.
suites DIR *ARGS:
    cd crates/linal-tests && python3 -m fuzz.suites {{DIR}} {{ARGS}}

# Reference numbers, from NumPy, SciPy and DuckDB.
reference:
    python3 crates/linal-tensor/reference/signals.py
    python3 crates/linal-engine/reference/numerics.py
    python3 crates/linal-tests/reference/sql/generate.py

# linal beside its peers, as tables; `just compare --all` for everything.
compare *ARGS:
    cargo build --release -p linal-bench --bin linal-compare
    python3 bench/compare/run.py {{ARGS}}

# Sizes of the largest files, to look at in review.
sizes:
    find crates bench -name '*.rs' -not -path '*/target/*' | xargs wc -l | sort -rn | head -20
