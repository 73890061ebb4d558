#!/bin/bash
# takes 60 s
# The tests of the races would see them: without the range lock, legs differ after overlapping writes (P4) and a repair
# undoes writes (P2); without confirmation, reads that race slow writes blame healthy legs (P3). Each is switched off in a
# build of its own.
# Runs on the host.
. "$(dirname "$0")/variant.sh"

tests=0
# without FLAG TEST ASSERTION: in a module built with FLAG, ASSERTION of TEST fails. That it may need more rounds where a
# guest gets little of a processor says nothing about the test, which makes more of them.
without() {
	local flag=$1 test=$2 assertion=$3 rounds said variant
	[ -d "$copies/$flag" ] || variant "$flag"
	variant=$copies/$flag
	for rounds in 10 40 100 200; do
		said=$(ROUNDS=$rounds "$variant/tests/vm/run" --kernel 6.12 --timeout 3600 "$variant/tests/$test" 2>&1)
		! grep -q "^not ok .* - $assertion" <<< "$said" || break
	done
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
