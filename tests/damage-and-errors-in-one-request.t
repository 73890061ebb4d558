#!/bin/bash
# also on the debug kernel
# P1, P5: legs that fail, or are wrong, in different sectors of one request have a majority in each of them: data.
# The row "1 error + 1 mismatch", where they do not meet.
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
record_events
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

fail_sectors 0 10 1000
fail_sectors 1 12 1100
ok 'legs 0 and 1 fail in different sectors of a vote block: data' holds /dev/mapper/q 8 8 0x32
ok 'in different vote blocks of a large request: data' holds /dev/mapper/q 896 256 0x32
is "$(status q mismatches) $(status q no_quorum)" '0 0' 'no mismatch, no failure'
for leg in 0 1; do
	ok "leg $leg's errors are counted" test "$(status q read_errors "$leg")" -ge 2
	ok "leg $leg's are told" wait_events 1 "DM_QUORUM_LEG=$leg"
	is "$(event_values DM_QUORUM_ERROR "DM_QUORUM_LEG=$leg" | sort -u)" 5 'as errors'
done
is "$(status q read_errors 2)" 0 'leg 2 has none'

write_at "$work/disk2" 14 1 0x42
write_at "$work/disk2" 1002 1 0x42
message q reset_counters
ok 'leg 2 is wrong in a third sector of the vote block: data' holds /dev/mapper/q 8 8 0x32
is "$(status q mismatches 2) $(status q mismatches) $(status q no_quorum)" '1 1 0' 'and is blamed'
ok 'a part of the vote block of the others: data' holds /dev/mapper/q 1001 3 0x32
is "$(status q mismatches 2)" 2 'and is blamed'
write_at "$work/disk2" 10 1 0x42
is "$(outcome read_at /dev/mapper/q 8 8)" EILSEQ 'leg 2 is wrong where leg 0 fails: the read fails'
is "$(status q no_quorum)" 1 'a block without a quorum'
ok 'the sectors beside it can be read' holds /dev/mapper/q 11 5 0x32
done_testing
