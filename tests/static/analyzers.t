#!/bin/bash
# takes 5 s
# Neither gcc's analyzer nor cppcheck has anything to say about quorumsetup. (cppcheck does not understand the kernel's
# macros, and the module is looked at by clang's analyzer: clang.t.)
# Runs on the host.
cd "$(dirname "$0")/../.." || exit
. tests/vm/lib.sh
need cppcheck:cppcheck || exit

# silent NAME COMMAND...: it succeeds and says nothing
silent() {
	local name=$1 said
	shift
	if said=$("$@" 2>&1) && [ -z "$said" ]; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		printf '%s\n' "$said" | sed 's/^/# /'
	fi
}
# shellcheck disable=SC2016  # the inner shell's
analyze='for file in utils/*.c; do gcc-14 -std=gnu11 -O2 -Wall -Wextra -fanalyzer -c -o /dev/null "$file" || exit; done'

# which says what it makes, where nobody has called it before
tests/vm/with-checkers true 2> /dev/null || exit
echo 1..2
silent 'gcc -fanalyzer' tests/vm/with-checkers bash -c "$analyze"
silent 'cppcheck' cppcheck --quiet --enable=warning,performance,portability --suppress=missingIncludeSystem \
	--error-exitcode=1 utils
