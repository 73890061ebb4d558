# shellcheck shell=bash
# Sourced by tests that run on this machine and look at what programs and scripts say: TAP, $work, and a compiler. They run
# from the top of the repository.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
. tests/vm/lib.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# as in vote.t: the leak check fails where ptrace is forbidden
export ASAN_OPTIONS=detect_leaks=0

# compile NAME ARGUMENT...: $work/NAME of these sources, which ends when it uses memory that it has not got
compile() {
	need gcc:gcc || exit
	gcc -std=gnu11 -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all -Iutils \
		-o "$work/$1" "${@:2}" || exit
}

# is GOT WANTED NAME
tests_run=0
is() {
	tests_run=$((tests_run + 1))
	if [ "$1" = "$2" ]; then
		echo "ok $tests_run - $3"
	else
		printf 'not ok %d - %s\n' $tests_run "$3"
		printf '%s\n' "     got: $1" "expected: $2" | sed 's/^/# /'
	fi
}

done_testing() { echo "1..$tests_run"; }
