#!/bin/bash
# vm: --smp 2
# also on the debug kernel
# takes 35 s
# P4: forty overlapping writes in flight at a time, on legs that each do them in another order, leave all legs identical,
# and each sector holds the whole of what one of them wrote. (QEMU's quorum: legs that differ for good in 7 of 30 rounds.)
# ROUNDS (100) is how often.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/slow-legs.sh"

here=$(dirname "$0")
rounds=$(rounds 100)
nothing='0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0'
require_modules dm-delay dm-multipath dm-round-robin

overlap() {
	perl "$here/overlapping-writes.pl" /dev/mapper/q "$1" "$2" "$work"/disk? > "$work/overlap" || return
	cat "$work/overlap"
	[ "$(tail -n 1 "$work/overlap")" = "rounds $1, writes that failed 0, legs that differed 0, sectors that nobody wrote so 0" ]
}

loop_legs 3 2048
wayward_leg 0 0 3
wayward_leg 1 7 0
slow_leg 2 0 3
record_events
number=1
for options in '' zero_copy_writes; do
	# shellcheck disable=SC2086 # an option or none
	quorum_create q 2 "${legs[@]}" -- $options
	is "$(counters q)" "$nothing" "${options:-by default}: nothing is counted before"
	ok "legs are identical after each of $rounds rounds, sectors are whole" overlap "$rounds" $number
	number=$((number + rounds * 40))
	ok 'all that is written can be read' read_at /dev/mapper/q 0 2048
	is "$(counters q)" "$nothing" 'nothing is counted'
	is "$(last_event q 2)" 1 'nothing is told'
	forget_events
	dm remove q
	unset 'devices[-1]'
	rounds=$(((rounds + 3) / 4))
done
done_testing
