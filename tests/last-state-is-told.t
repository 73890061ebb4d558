#!/bin/bash
# P5: a leg that fails and comes back again and again is not told of each time; what was left out is counted, and the last thing
# told is what it is in.
# takes 30 s
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
quorum_create q 2 "${legs[@]}"
record_events
is "$(dmsetup status q | awk '{ print $6, $13 }')" 'AAA 0' 'all is well before'

rounds=40
for ((i = 0; i < rounds; i++)); do
	message q fail 1
	message q restore 1
	wait_idle q
done
message q fail 1
ok 'some are left out' test "$(dmsetup status q | awk '{ print $13 }')" -gt 0
all_told() {
	local suppressed=0 n
	for n in $(event_values DM_QUORUM_SUPPRESSED DM_QUORUM_LEG=1); do suppressed=$((suppressed + n)); done
	[ $(($(event_count DM_QUORUM_LEG=1) + suppressed)) = $((2 * rounds + 1)) ]
}
ok 'all are told or counted' poll all_told
is "$(event_values DM_ACTION DM_QUORUM_LEG=1 | tail -n 1) $(dmsetup status q | awk '{ print $6 }')" 'QUORUM_LEG_FAILED ADA' 'the last thing told is what the leg is in'
done_testing
