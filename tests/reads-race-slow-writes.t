#!/bin/bash
# vm: --smp 2
# also on the debug kernel
# takes 35 s
# P3: reads that race overlapping writes which reach each leg at another time blame nobody, never fail, and return in each
# sector the whole of a version that was there, none that was gone before. (QEMU's quorum reports a healthy leg.)
# ROUNDS (2500) is how many writes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/slow-legs.sh"

here=$(dirname "$0")
rounds=$(rounds 2500)
require_modules dm-delay dm-multipath dm-round-robin

race() {
	perl "$here/reads-race-slow-writes.pl" /dev/mapper/q "$1" > "$work/race" || return
	cat "$work/race"
	[ "$(cat "$work/race")" = 'failed 0, wrong 0' ]
}

loop_legs 3 2048
wayward_leg 0 0 3
wayward_leg 1 7 0
slow_leg 2 0 3
record_events
for legs_used in 3 2; do
	what="2 of $legs_used"
	nothing='0 0 0 0 / 0 0 0 0 / 0 0 0 0'
	[ $legs_used = 2 ] || nothing+=' / 0 0 0 0'
	quorum_create q 2 "${legs[@]:0:legs_used}"
	write_at /dev/mapper/q 0 2048 0
	is "$(counters q)" "$nothing" "$what: nothing is counted before"

	ok "$what: every sector that is read holds a lawful version" race "$rounds"
	is "$(counters q | sed 's/^0 0 0 [0-9]* /0 0 0 0 /')" "$nothing" 'no leg is blamed, nothing failed'
	ok 'reads and writes have raced' test "$(status q raced)" -gt 0
	is "$(last_event q 1)" 1 'nothing is told'
	ok 'the legs are identical' cmp "$work/disk0" "$work/disk1"
	[ $legs_used = 2 ] || ok 'all of them' cmp "$work/disk0" "$work/disk2"
	forget_events
	dm remove q
	unset 'devices[-1]'
	rounds=$(((rounds + 3) / 4))
done
done_testing
