#!/bin/sh
# Makes .venv from the locked list: `setup.sh run` for what a hub needs, `setup.sh dev` for checks and tests too.
# `setup.sh generator` makes .generator alone, with which shuniu/v1 is generated from protos/.
# Does nothing when the lock has not changed since. Needs git, make and Python 3.11 or newer; as root on Debian it installs what else is missing.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}

debian_root() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

# What is a system service (a database) is installed and not started: by init scripts, by systemd.
install_package() { SYSTEMD_OFFLINE=1 RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@"; }

apt() {
    debian_root || { echo "missing: $*. As root: apt-get install -y $*" >&2; return 1; }
    echo "installing $* ..." >&2
    { install_package "$@" || { apt-get update -qq && install_package "$@"; }; } >/dev/null 2>&1 || { echo "apt-get could not install: $*" >&2; return 1; }
}

python=
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || { echo "Python 3.11 or newer is needed. On Debian 12: apt-get install python3" >&2; exit 1; }

if ! "$python" -c 'import ensurepip' >/dev/null 2>&1; then
    apt "python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv" || exit 1
fi

stamp() { cat "$@" scripts/setup.sh | cksum; }

install() { # environment, lock
    [ -x "$1/bin/python" ] || "$python" -m venv "$1"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$2"
}

apart() { # environment, lock: what must not share .venv with us
    [ "$(cat "$1/.stamp" 2>/dev/null || true)" != "$(stamp "$2")" ] || return 0
    echo "setting up $1 from $2 ..." >&2
    install "$1" "$2"
    stamp "$2" > "$1/.stamp"
}

if [ "$kind" = generator ]; then
    apart .generator requirements-generator.lock
    exit 0
fi

lock=requirements.lock
projects="pyproject.toml packaging/hub/pyproject.toml"
[ "$kind" = run ] || lock=requirements-dev.lock
if [ "$(cat .venv/.stamp-"$kind" 2>/dev/null || true)" != "$(stamp $lock $projects)" ]; then
    echo "setting up .venv from $lock ..." >&2
    install .venv "$lock"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . --editable packaging/hub
    stamp $lock $projects > .venv/.stamp-"$kind"
fi
[ "$kind" != run ] || exit 0

apart .judges requirements-judges.lock
[ "$kind" = test ] || exit 0

need() { # what is tested with it, a command or file that tells it is there, package
    PATH="$PATH:/usr/sbin" command -v "$2" >/dev/null 2>&1 || [ -e "$2" ] || ls $2 >/dev/null 2>&1 || apt "$3" || {
        echo "  without it the tests of $1 are skipped (with CI=true they fail)" >&2
    }
}
need "the web pages in a browser" chromium chromium
need "the databases on PostgreSQL" "/usr/lib/postgresql/*/bin/initdb" postgresql
need "the databases on MariaDB" mariadbd mariadb-server
need "the databases behind a pooler" pgbouncer pgbouncer
need "QR codes by a foreign reader" zbarimg zbar-tools
need "certificates and signatures by a foreign tool" openssl openssl
need "seal pictures with Chinese text" /usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc fonts-noto-cjk
need "the protos for other languages" protoc protobuf-compiler
need "the protos that come with protoc" /usr/include/google/protobuf/timestamp.proto libprotobuf-dev
