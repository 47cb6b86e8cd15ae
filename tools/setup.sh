#!/bin/sh
# Sets up what `make` needs, on a bare Debian with Python: the virtual environment with the pinned
# packages, then Qt's system libraries where they are missing. Installs system packages only as
# root or where sudo asks for no password; otherwise it says the exact command to type.
#   PYTHON=python3 VENV=.venv sh tools/setup.sh [--display-tests]
set -eu

PYTHON="${PYTHON:-python3}"
VENV="${VENV:-.venv}"
LOG="$VENV/setup.log"

QT_PACKAGES="libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0 fonts-dejavu-core"
WINDOW_PACKAGES="libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
DISPLAY_PACKAGES="xvfb xdotool"

say() { echo "setup: $*"; }
fail() { echo "setup: $*" >&2; exit 1; }

missing_packages() {
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "install ok installed" ||
            printf '%s ' "$package"
    done
}

# install_packages WHY PACKAGE…: 0 when all are there afterwards.
install_packages() {
    why="$1"
    shift
    if ! command -v apt-get >/dev/null 2>&1; then
        say "$why. This is no Debian: install what corresponds to: $*" >&2
        return 1
    fi
    wanted="$(missing_packages "$@")"
    [ -n "$wanted" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        say "$why. Type this, then make again:" >&2
        echo "    sudo apt-get update && sudo apt-get install -y $wanted" >&2
        return 1
    fi
    say "$why; installing $wanted"
    # shellcheck disable=SC2086
    {
        DEBIAN_FRONTEND=noninteractive $as_root apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq \
                --no-install-recommends $wanted
    } >/tmp/desk-apt.$$ 2>&1 || {
        tail -n 5 /tmp/desk-apt.$$ >&2
        rm -f /tmp/desk-apt.$$
        say "that failed. Type it yourself: apt-get install -y $wanted" >&2
        return 1
    }
    rm -f /tmp/desk-apt.$$
}

make_environment() {
    asked="$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" ||
        fail "$PYTHON does not run. Install Python 3.11 to 3.13, or say which: make PYTHON=python3.12"
    case "$asked" in
        3.11 | 3.12 | 3.13) ;;
        *) fail "$PYTHON is Python $asked; the desk runs on 3.11 to 3.13. Say which: make PYTHON=python3.12" ;;
    esac
    there="$("$VENV/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" || there=""
    if [ "$there" != "$asked" ]; then
        "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
            install_packages "Python's venv module is missing" "python$asked-venv" || exit 1
        say "making $VENV with Python $asked"
        "$PYTHON" -m venv --clear "$VENV" || fail "$PYTHON could not make $VENV"
    fi
}

install_desk() {
    say "installing the desk and its pinned packages (log: $LOG)"
    "$VENV/bin/python" -m pip install --disable-pip-version-check --quiet \
        --constraint constraints.txt --editable '.[dev]' >"$LOG" 2>&1 || {
        tail -n 15 "$LOG" >&2
        fail "pip could not install the packages; the whole output is in $LOG"
    }
}

# Libraries that a file of PySide6 needs and the system lacks.
missing_libraries() {
    qt="$("$VENV/bin/python" -c 'import pathlib, sysconfig; print(pathlib.Path(sysconfig.get_paths()["platlib"], "PySide6"))')"
    for file in "$qt/Qt/plugins/platforms/$1" "$qt"/QtWidgets.abi3.so "$qt"/QtOpenGL*.abi3.so; do
        [ -e "$file" ] && ldd "$file" 2>/dev/null | grep "not found" || true
    done
}

has_fonts() {
    [ -n "$(find /usr/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts" \
        -name '*.[to]tf' -print 2>/dev/null | head -n 1)" ]
}

prepare_qt() {
    if [ -n "$(missing_libraries libqoffscreen.so)" ] || ! has_fonts; then
        # shellcheck disable=SC2086
        install_packages "Qt needs system libraries" $QT_PACKAGES || exit 1
    fi
    if [ -n "$(missing_libraries libqxcb.so)" ]; then
        # A machine without a screen can do without these.
        # shellcheck disable=SC2086
        install_packages "Qt's window needs system libraries" $WINDOW_PACKAGES ||
            [ -z "${DISPLAY:-}" ] || exit 1
    fi
}

prepare_display_tests() {
    if ! command -v Xvfb >/dev/null 2>&1 || ! command -v xdotool >/dev/null 2>&1; then
        # shellcheck disable=SC2086
        install_packages "the tests in a real window need a virtual display" $DISPLAY_PACKAGES ||
            say "going on without them: those tests will be skipped, and say so"
    fi
}

case "${1:-}" in
    --display-tests) prepare_display_tests ;;
    "")
        make_environment
        install_desk
        prepare_qt
        ;;
    *) fail "unknown option $1; known: --display-tests" ;;
esac
