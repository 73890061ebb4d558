#!/bin/bash
# P1, P5: legs that are bad in different sectors of one vote block outvote each other there. QEMU, which votes on whole
# requests, fails this read.
# The row "leg 1 bad in sector 0, leg 2 in sector 1, one 1 KiB read".
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
record_events
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

write_at "$work/disk1" 0 1 0x41
write_at "$work/disk2" 1 1 0x42
ok 'both in one read of 1 KiB: data' holds /dev/mapper/q 0 2 0x32
is "$(counters q)" '2 0 0 0 / 0 0 0 0 / 1 0 0 0 / 1 0 0 0' 'legs 1 and 2 are blamed, once each'
ok 'it is told' wait_events 2
is "$(event_ranges DM_QUORUM_LEG=1) $(event_ranges DM_QUORUM_LEG=2)" '0+1 1+1' 'each for its own sector'
is "$(event_values DM_ACTION | sort -u) $(event_values DM_QUORUM_VOTES | sort -u)" 'QUORUM_REPORT_BAD 2/3' 'as mismatches'

write_at "$work/disk0" 3 1 0x43
message q reset_counters
ok 'all three legs bad in one vote block: data' holds /dev/mapper/q 0 8 0x32
is "$(counters q)" '3 0 0 0 / 1 0 0 0 / 1 0 0 0 / 1 0 0 0' 'each is blamed once'

write_at "$work/disk2" 0 1 0x42
message q reset_counters
forget_events
is "$(outcome read_at /dev/mapper/q 0 8)" EILSEQ 'three versions of one sector of it: the read fails'
is "$(status q no_quorum)" 1 'a block without a quorum'
ok 'it is told' wait_events 1 DM_ACTION=QUORUM_FAILURE
is "$(event_ranges DM_ACTION=QUORUM_FAILURE)" 0+1 'for that sector'
ok 'the other sectors can be read' holds /dev/mapper/q 1 7 0x32
done_testing
