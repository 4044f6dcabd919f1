#!/bin/sh
# What `make setup` needs before there is an environment: Java, a Python, uv, and the packages of requirements.txt;
# and PostgreSQL and Chromium, which only `make test` needs.
# Usage: setup.sh java | python | postgres | browser
set -eu

stop() {
    echo "$1" >&2
    exit 1
}

# install WHAT DEBIAN FEDORA BREW: with the system's package manager where that asks for no password.
install() {
    echo "$1 is missing."
    if command -v apt-get > /dev/null; then
        sudo=""
        if [ "$(id -u)" != 0 ]; then
            sudo="sudo"
            sudo -n true 2> /dev/null || stop "Run: sudo apt-get update && sudo apt-get install -y $2; then make setup again."
        fi
        echo "==> Installing it: apt-get install -y $2"
        $sudo apt-get update -qq || stop "apt-get update failed: check the network, then run make setup again."
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2" > /dev/null ||
            stop "apt-get install -y $2 failed: install it by hand, then run make setup again."
    elif command -v dnf > /dev/null; then
        stop "Run: sudo dnf install -y $3; then make setup again."
    elif command -v brew > /dev/null; then
        stop "Run: brew install $4; then make setup again."
    else
        stop "Install it ($2 on Debian, $3 on Fedora), then run make setup again."
    fi
}

java_major() {
    "${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p'
}

need_java() {
    [ -z "${JAVA_HOME:-}" ] || [ -x "$JAVA_HOME/bin/java" ] ||
        stop "JAVA_HOME=$JAVA_HOME holds no bin/java: unset it or set it to a JDK 17 or 21."
    [ -n "$(java_major)" ] || install "Java 17 or 21" openjdk-17-jre-headless java-21-openjdk-headless openjdk@17
    case "$(java_major)" in
        17 | 21) ;;
        "") stop "No Java answers after the installation: set JAVA_HOME to a JDK 17 or 21." ;;
        *) stop "Java $(java_major) cannot run Spark 4.2: set JAVA_HOME to a JDK 17 or 21." ;;
    esac
}

need_postgres() {
    ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || command -v initdb > /dev/null ||
        install "PostgreSQL, which the tests start," postgresql postgresql-server postgresql@17
}

need_browser() {
    command -v chromium > /dev/null || command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null ||
        install "Chromium, which the tests drive," chromium chromium chromium
}

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2> /dev/null
}

find_python() {
    for python in python3.11 python3.12 python3; do
        if fits "$python"; then
            "$python" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    stop "Python 3.11 or 3.12 was not found: install one (apt-get install -y python3.11 python3.11-venv), then run make setup again."
}

need_uv() {
    .uv/bin/uv --version > /dev/null 2>&1 && return
    echo "==> uv (.uv)"
    rm -rf .uv
    "$1" -c 'import ensurepip' 2> /dev/null ||
        install "Python's venv module" "python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv" python3 python@3.11
    "$1" -m venv .uv
    .uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
}

make_environment() {
    python=$(find_python)
    need_uv "$python"
    if ! fits .venv/bin/python; then
        echo "==> Python environment (.venv): about 1 GB, some minutes the first time"
        .uv/bin/uv venv --quiet --clear --python "$python" --no-python-downloads .venv
    fi
    # Compiled once: a command that compiles pyspark as it starts takes four seconds instead of one.
    .uv/bin/uv pip sync --python .venv/bin/python --require-hashes --compile-bytecode requirements.txt
    .uv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation \
        --config-setting editable_mode=compat --editable .
}

cd "$(dirname "$0")/.."
case "${1:-}" in
    java) need_java ;;
    python) make_environment ;;
    postgres) need_postgres ;;
    browser) need_browser ;;
    *) stop "Usage: setup.sh java | python | postgres | browser" ;;
esac
