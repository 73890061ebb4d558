#!/bin/bash
# P5: a leg's write errors do not hide its mismatches: each type has its own measure of events.
# The row "event throttle".
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
record_events
is "$(status q mismatches)" 0 'no mismatch before'

write_at "$work/disk1" 8 8 0x42
fail_writes 1
for ((n = 0; n < 24; n++)); do write_at /dev/mapper/q $((80 + 80 * n)) 8 0x33; done
ok 'after a flood of write errors, a mismatch: data' holds /dev/mapper/q 8 8 0x32
is "$(status q write_errors 1) $(status q mismatches 1)" '24 1' 'all is counted'
ok 'the mismatch is told' wait_events 1 DM_QUORUM_TYPE=read
is "$(event_values DM_QUORUM_LEG DM_QUORUM_TYPE=read) $(event_ranges DM_QUORUM_TYPE=read)" '1 8+8' 'with its sectors'
is "$(event_values DM_QUORUM_SUPPRESSED DM_QUORUM_TYPE=read)" 0 'and nothing of its type was suppressed'

fail_writes 1
ok 'a failed flush: success' flush /dev/mapper/q
ok 'it is told' wait_events 1 DM_QUORUM_TYPE=flush
is "$(event_values DM_QUORUM_LEG DM_QUORUM_TYPE=flush)" 1 'for the same leg'
done_testing
