#!/bin/bash
# P2, P5: a flush that one leg fails succeeds and is told as a flush; one that too few legs did is an error, and legs that
# lack some of what was acknowledged do not count.
# The row "flush error on 1".
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
record_events
ok 'a flush succeeds' flush /dev/mapper/q
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

fail_writes 2
is "$(outcome flush /dev/mapper/leg2)" EIO 'leg 2 cannot be flushed'
ok 'a flush that leg 2 fails succeeds' flush /dev/mapper/q
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 1 0' 'the error is counted'
ok 'it is told' wait_events 1
is "$(event_values DM_ACTION) $(event_values DM_QUORUM_TYPE) $(event_values DM_QUORUM_LEG) $(event_values DM_QUORUM_ERROR)" \
	'QUORUM_REPORT_BAD flush 2 5' 'as a failed flush of leg 2'

fail_writes 0
is "$(outcome flush /dev/mapper/q)" EIO 'a flush that legs 0 and 2 fail is an error'
ok 'it is told' wait_events 4
is "$(event_values DM_QUORUM_LEG DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_TYPE=flush | sort | tr '\n' ' ')" '0 2 2 ' 'the errors'
is "$(event_count DM_ACTION=QUORUM_FAILURE DM_QUORUM_TYPE=flush)" 1 'the failure'
is "$(counters q)" '0 1 0 0 / 0 0 1 0 / 0 0 0 0 / 0 0 2 0' 'all is counted'
heal 0 2
ok 'healed: a flush succeeds' flush /dev/mapper/q
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
is "$(status q mismatches)" 0 'nobody is blamed'

# a leg that missed a write does not make it last
fail_writes 2
ok 'leg 2 misses a write' write_at /dev/mapper/q 8 8 0x33
heal 2
is "$(status q health)" AAa 'and is stale'
ok 'a flush that the others do succeeds' flush /dev/mapper/q
fail_writes 0
is "$(outcome flush /dev/mapper/q)" EIO 'one that only leg 1 of them does is an error'
heal 0
ok 'the block is written again' write_at /dev/mapper/q 8 8 0x33
is "$(status q health)" AAA 'and leg 2 in sync'
fail_writes 0
ok 'a flush that legs 1 and 2 do succeeds' flush /dev/mapper/q
heal 0
done_testing
