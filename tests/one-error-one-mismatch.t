#!/bin/bash
# P1, P5: a leg that cannot be read and two that differ: no version has enough votes. The read fails, the error is
# told, and neither of the two that differ is blamed.
# The row "1 error + 1 mismatch".
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
record_events
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

fail_sectors 0 10
write_at "$work/disk2" 10 1 0x42
is "$(outcome read_at /dev/mapper/q 10 1)" EILSEQ 'the read fails'
is "$(counters q)" '0 1 0 0 / 0 1 0 0 / 0 0 0 0 / 0 0 0 0' 'the error of leg 0, a block without a quorum'
ok 'it is told' wait_events 2
is "$(event_values DM_QUORUM_LEG DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_ERROR=5)" 0 'the error of leg 0'
is "$(event_values DM_QUORUM_VOTES DM_ACTION=QUORUM_FAILURE)" 1/2 'the failure: no two of two voters agree'
is "$(event_values DM_QUORUM_VERSIONS DM_ACTION=QUORUM_FAILURE)" 'x 0 1' 'what each leg had to say'
is "$(last_event q 1)" 3 'nothing else is told'
done_testing
