#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the unit tests of the vote and runs them, in user space; prints TAP.
# In the environment: O, the directory to build in, and CC, the compiler.

here=$(dirname "$0")
out=${O:-$here/build}
CC=${CC:-cc}

bail_out() {
	echo "Bail out! $1"
	exit 1
}

need() {
	command -v "$1" >/dev/null || bail_out "$1 is missing: install the package $2"
}

has_cmocka() {
	printf '#include <%s>\n' stdarg.h stddef.h stdint.h setjmp.h cmocka.h |
		$CC -x c - -fsyntax-only 2>/dev/null
}

need make make
need "${CC%% *}" gcc
has_cmocka || bail_out 'cmocka is missing: install the package libcmocka-dev'

log=$(make -C "$here" --no-print-directory O="$(realpath -m "$out")" CC="$CC" 2>&1) || {
	printf '%s\n' "$log" | sed 's/^/# /'
	bail_out 'The unit tests of the vote do not build'
}

# The vote allocates nothing, and the leak check fails where ptrace is forbidden.
export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
export CMOCKA_MESSAGE_OUTPUT=TAP
exec "$out/vote-test"
