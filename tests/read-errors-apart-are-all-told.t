#!/bin/bash
# P5: errors of one leg that are more than a second apart are told each, without end.
# QEMU iotest 148 case c.
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
record_events
fail_sectors 0 10

for ((n = 1; n <= 6; n++)); do
	ok "read $n: data" holds /dev/mapper/q 10 1 0x32
	ok 'it is told' wait_events "$n"
	is "$(event_count) $(event_values DM_SEQNUM | tail -n 1)" "$n $n" 'once'
	# what the test is about; it may take as much longer as it likes
	nap 1.2
done
is "$(event_values DM_QUORUM_SUPPRESSED | sort -u)" 0 'none says that another was suppressed'
is "$(event_ranges) $(event_values DM_QUORUM_LEG | sort -u)" '10+1 0' 'all for the one sector of leg 0'
is "$(status q events_suppressed) $(status q read_errors 0)" '0 6' 'the status agrees'
done_testing
