#!/bin/bash
# The tests of the races would see them: without the range lock, legs differ after overlapping writes (P4) and a repair
# undoes writes (P2); without confirmation, reads that race slow writes blame healthy legs (P3). Each is switched off in a
# build of its own.
# Runs on the host.
. "$(dirname "$0")/variant.sh"

tests=0
# without FLAG TEST ASSERTION: in a module built with FLAG, ASSERTION of TEST fails
without() {
	local flag=$1 test=$2 assertion=$3 said variant
	[ -d "$copies/$flag" ] || variant "$flag"
	variant=$copies/$flag
	said=$(ROUNDS=40 "$variant/tests/vm/run" --kernel 6.12 "$variant/tests/$test" 2>&1)
	tests=$((tests + 1))
	if grep -q "^not ok .* - $assertion" <<< "$said"; then
		echo "ok $tests - $flag: $test fails"
	else
		echo "not ok $tests - $flag: $test fails"
		printf '%s\n' "$said" | sed 's/^/# /'
	fi
}

without QUORUM_TEST_NO_RANGE_LOCK overlapping-writes.t 'legs are identical after each'
without QUORUM_TEST_NO_RANGE_LOCK repair-races-writes.t 'in .* rounds, no write is undone'
without QUORUM_TEST_NO_CONFIRM reads-race-slow-writes.t 'no leg is blamed, nothing failed'
echo "1..$tests"
