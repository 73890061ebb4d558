#!/bin/bash
# P1: two versions with the same number of votes, even if that is the threshold, are an error and never a guess.
# The row "2+2 of 4 at threshold 2".
. "$(dirname "$0")/lib.sh"

loop_legs 4 2048
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
record_events
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

write_at "$work/disk1" 0 8 0x42
write_at "$work/disk3" 0 8 0x42
is "$(outcome read_at /dev/mapper/q 0 1)" EILSEQ 'two against two: the read fails'
is "$(counters q)" '0 1 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'a block without a quorum; nobody is blamed'
ok 'it is told' wait_events 1
is "$(event_values DM_ACTION) $(event_values DM_QUORUM_VOTES)" 'QUORUM_FAILURE 2/4' 'as a failure with two votes of four'
is "$(event_values DM_QUORUM_VERSIONS)" '0 1 0 1' 'with who agrees with whom'
is "$(last_event q 3)" 2 'nothing else is told'
ok 'two against one: data' holds /dev/mapper/q 0 8 0x32
is "$(status q mismatches 1)" 1 'the one is blamed'

ok 'at threshold 1' quorum_reload q 1 "${legs[0]}" "${legs[1]}"
is "$(outcome read_at /dev/mapper/q 0 8)" EILSEQ 'one against one: the read fails'
done_testing
