#!/bin/bash
# also on the debug kernel
# P2, P5: a write that too few legs took is an error. It was not acknowledged, so either version is lawful, and no leg
# is blamed for its version, until a write succeeds there.
# The row "2 write errors". QEMU calls the leg bad that took the write.
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x31
record_events
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

fail_writes 0
fail_writes 1
is "$(outcome write_at /dev/mapper/q 64 8 0x32)" EIO 'the write fails'
is "$(counters q)" '0 1 0 0 / 0 0 1 0 / 0 0 1 0 / 0 0 0 0' 'a write error of legs 0 and 1, a write without a quorum'
ok 'it is told' wait_events 3
is "$(event_values DM_QUORUM_LEG DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_TYPE=write DM_QUORUM_ERROR=5 | sort | tr '\n' ' ')" '0 1 ' 'the errors of legs 0 and 1'
is "$(event_count DM_ACTION=QUORUM_FAILURE DM_QUORUM_TYPE=write)" 1 'the failure'
is "$(event_ranges)" 64+8 'all with these sectors'
heal 0 1
for leg in 0 1 2; do
	ok "leg $leg holds the $([ "$leg" = 2 ] && echo new || echo old) data" holds "${legs[leg]}" 64 8 $((leg == 2 ? 0x32 : 0x31))
done

forget_events
ok 'the device reads what two legs hold' holds /dev/mapper/q 64 8 0x31
is "$(status q mismatches) $(status q mismatches 2)" '0 0' 'the leg that took the write is not blamed'
ok 'a write of the whole vote block succeeds' write_at /dev/mapper/q 64 8 0x33
is "$(status q health) $(status q synced_of_total)" 'AAA 2048/2048' 'all legs are in sync'
ok 'the device reads it' holds /dev/mapper/q 64 8 0x33
is "$(status q mismatches)" 0 'nobody is blamed'
write_at "$work/disk2" 64 8 0x42
ok 'damage after that: data' holds /dev/mapper/q 64 8 0x33
is "$(status q mismatches 2)" 1 'is blamed'
ok 'and told' wait_events 1
is "$(event_values DM_ACTION) $(event_values DM_QUORUM_TYPE) $(event_values DM_QUORUM_LEG)" 'QUORUM_REPORT_BAD read 2' 'and only that'
done_testing
