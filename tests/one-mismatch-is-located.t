#!/bin/bash
# P5: a mismatch is invisible to the reader, counted once a vote block, and told for the damage instead of the request.
# The row "1 mismatch".
. "$(dirname "$0")/lib.sh"

test_ranges() { [ "$(event_ranges)" = 80+16 ]; }

loop_legs 3 2048
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
record_events
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

write_at "$work/disk2" 80 16 0x42
ok 'a read much larger than the damage: data' holds /dev/mapper/q 0 256 0x32
is "$(counters q)" '2 0 0 0 / 0 0 0 0 / 0 0 0 0 / 2 0 0 0' 'the two vote blocks of leg 2 are counted'
ok 'it is told' poll test_ranges
is "$(event_ranges)" 80+16 'exactly the damage'
is "$(event_values DM_ACTION | sort -u) $(event_values DM_QUORUM_LEG | sort -u)" 'QUORUM_REPORT_BAD 2' 'of leg 2'
is "$(event_values DM_QUORUM_ERROR)" '' 'without an error'
is "$(event_values DM_QUORUM_VOTES | sort -u)" 2/3 'with the votes'

message q reset_counters
ok 'a read beside the damage: data' holds /dev/mapper/q 0 80 0x32
ok 'a read behind it: data' holds /dev/mapper/q 96 1952 0x32
is "$(status q mismatches)" 0 'no mismatch'
ok 'a read of one damaged sector: data' holds /dev/mapper/q 83 1 0x32
is "$(status q mismatches 2)" 1 'one mismatch'

write_at "$work/disk2" 80 16 0x32
message q reset_counters
printf '\x33' | dd of="$work/disk0" bs=1 seek=$((1000 * 512 + 511)) conv=notrunc status=none
ok 'one wrong byte: data' holds /dev/mapper/q 0 2048 0x32
is "$(counters q)" '1 0 0 0 / 1 0 0 0 / 0 0 0 0 / 0 0 0 0' 'leg 0 is blamed'
done_testing
