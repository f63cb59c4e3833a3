#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# From a fresh clone to a running program: gets what is missing from Debian's
# packages, generates, configures and builds, in the folder build.
#
#     ./autogen.sh          set up and build
#     ./autogen.sh check    and run every test
#     ./autogen.sh demo     and open Postern on sample mail
#
# BUILD_DIR names another folder, CONFIGURE_FLAGS gives options to configure.

set -eu
cd "$(dirname "$0")"
top=$PWD
build=${BUILD_DIR:-build}
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

# What the build and the tests need: what to look for, Debian's package, and
# what it is called where packages have other names.
needs="
command:cc            build-essential     a C compiler
command:make          build-essential     make
command:autoreconf    autoconf            Autoconf 2.71
command:aclocal       automake            Automake 1.16
command:pkg-config    pkg-config          pkg-config
pc:ncursesw           libncurses-dev      ncurses with wide characters
pc:gnutls             libgnutls28-dev     GnuTLS 3.7
pc:libgsasl           libgsasl-dev        GNU SASL
pc:zlib               zlib1g-dev          zlib
pc:libetpan           libetpan-dev        libetpan
header:db.h           libdb-dev           Berkeley DB 5.3
pc:gmime-3.0          libgmime-3.0-dev    GMime 3.2
pc:gumbo              libgumbo-dev        gumbo
header:unistr.h       libunistring-dev    libunistring
pc:cmocka             libcmocka-dev       cmocka
pc:vterm              libvterm-dev        libvterm
command:openssl       openssl             openssl
file:/usr/bin/python3 python3             Python 3, as /usr/bin/python3
"

# And what one tries the program with.
demo_needs="
editor:               nano                a text editor
"

say()
{
	echo "autogen.sh: $*" >&2
}

# present KIND:NAME: whether it is there.
present()
{
	case $1 in
	command:*) command -v "${1#*:}" >/dev/null 2>&1 ;;
	file:*) [ -e "${1#*:}" ] ;;
	# Without pkg-config or a compiler nothing can be found yet.
	pc:*) pkg-config --exists "${1#*:}" 2>/dev/null ;;
	header:*) echo "#include <${1#*:}>" | cc -E - >/dev/null 2>&1 ;;
	# Those that the program itself looks for.
	editor:)
		[ -n "${VISUAL-}${EDITOR-}" ] || command -v editor || command -v nano ||
			command -v vi ;;
	esac
}

# Prints the Debian packages (debian) or the names (names) of what is missing.
missing()
{
	echo "$needs" | while read -r what package name; do
		[ -n "$what" ] || continue
		present "$what" >/dev/null && continue
		[ "$1" = debian ] && echo "$package" || echo "  $name"
	done | sort -u
}

# The servers of the tests and the demo are unpacked below the build folder;
# only the libraries that they need are installed.
servers_missing()
{
	for package in $server_packages; do
		[ -e "$servers/.unpacked/$package" ] || return 0
	done
	return 1
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# One question for a password at most: all that needs root is in this call.
install_packages()
{
	say "installing from Debian: $(echo $1)"
	as_root sh -ec '
		export DEBIAN_FRONTEND=noninteractive
		apt-get -qq update
		libraries=
		[ -z "$2" ] || libraries=$(sh "$2" --libraries $3)
		apt-get -qq -y --no-install-recommends install $1 $libraries >/dev/null
	' sh "$1" "$2" "$server_packages" || {
		say "could not install: $(echo $1)"
		exit 1
	}
}

set_up()
{
	servers=${POSTERN_SERVERS:-$top/build/servers}
	server_packages=$(tests/server/fetch-servers --list "${1:-demo}")
	[ "${1-}" != demo ] || needs=$needs$demo_needs
	packages=$(missing debian)
	if [ -e /etc/debian_version ] && command -v apt-get >/dev/null; then
		fetch=
		if servers_missing; then
			fetch=tests/server/fetch-servers
		fi
		if [ -n "$packages$fetch" ]; then
			if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
				say "needs root or sudo to install:" $packages
				exit 1
			fi
			install_packages "$packages" "$fetch"
		fi
		[ -z "$fetch" ] || "$fetch" "$servers" $server_packages
	elif [ -n "$packages" ]; then
		say "these are missing; please install them:"
		missing names >&2
		exit 1
	fi
	packages=$(missing names)
	if [ -n "$packages" ]; then
		say "still missing after installing:"
		echo "$packages" >&2
		exit 1
	fi
}

generate()
{
	# The Makefile itself calls for a newer configure; only a first is made here.
	if [ ! -e configure ] || [ ! -e Makefile.in ] ||
		[ ! -e build-aux/tap-driver.sh ]; then
		autoreconf -fi >"$build/autoreconf.log" 2>&1 || {
			cat "$build/autoreconf.log" >&2
			exit 1
		}
	fi
	if [ ! -e "$build/config.status" ] ||
		[ "$(cat "$build/configured" 2>/dev/null)" != "${CONFIGURE_FLAGS-}" ]; then
		(cd "$build" && eval "\"$top/configure\" -q ${CONFIGURE_FLAGS-}")
		echo "${CONFIGURE_FLAGS-}" >"$build/configured"
	fi
}

# Adds up automake's results of this run and prints the line that the whole
# ends with. $2: make's exit status; it may fail before any test runs.
sum_up()
{
	find "$1" -name '*.trs' -newer "$1/began" -exec cat {} + |
		awk -v status="$2" '
		/^:test-result: *(PASS|XFAIL)/ { passed++ }
		/^:test-result: *(FAIL|XPASS|ERROR)/ { failed++ }
		/^:test-result: *SKIP/ { skipped++ }
		END {
			if (!failed && (status || !passed))
				failed = 1
			printf "%d passed, %d failed", passed, failed
			if (skipped)
				printf ", %d skipped", skipped
			printf "\n"
			exit failed > 0
		}'
}

case ${1-} in
'' | check | demo) ;;
*)
	echo "usage: ./autogen.sh [check|demo]" >&2
	exit 2
	;;
esac

mkdir -p "$build"
build=$(cd "$build" && pwd)
set_up "${1-}"
generate
export POSTERN_SERVERS="$servers"
make -s -C "$build" -j"$jobs"
case ${1-} in
check)
	: >"$build/began"
	status=0
	# Most tests wait for servers and terminals: two of them keep one processor busy.
	make -s -C "$build" -j"$jobs" check TESTS= &&
		make -s -C "$build" -j"$((jobs * 2))" check || status=$?
	sum_up "$build" "$status"
	;;
demo)
	exec make -s -C "$build" demo
	;;
esac
