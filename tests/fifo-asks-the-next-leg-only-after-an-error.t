#!/bin/bash
# P5: read_pattern fifo reads the first leg and takes the next one only when that fails; it does not vote.
# QEMU iotest 148 case e.
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}" -- read_pattern fifo
write_at /dev/mapper/q 0 2048 0x32
record_events
for leg in 0 1 2; do fail_sectors "$leg" $((10 + leg)) 100; done
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

for sector in 11 12; do ok "sector $sector, bad on a later leg: data" holds /dev/mapper/q "$sector" 1 0x32; done
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nobody has noticed'
ok 'sector 10, bad on leg 0: data' holds /dev/mapper/q 10 1 0x32
is "$(counters q)" '0 0 0 0 / 0 1 0 0 / 0 0 0 0 / 0 0 0 0' 'the error of leg 0 is counted'
ok 'it is told' wait_events 1
is "$(event_values DM_ACTION) $(event_values DM_QUORUM_LEG) $(event_ranges)" 'QUORUM_REPORT_BAD 0 10+1' 'once, for leg 0'
is "$(event_values DM_QUORUM_ERROR)" 5 'with its error'

forget_events
is "$(outcome read_at /dev/mapper/q 100 1)" EIO 'sector 100, bad on all legs: an error'
ok 'all that is told' wait_events 4
is "$(event_values DM_QUORUM_LEG DM_ACTION=QUORUM_REPORT_BAD | sort | tr '\n' ' ')" '0 1 2 ' 'a report of each leg'
is "$(event_count DM_ACTION=QUORUM_FAILURE)" 1 'and a failure'
is "$(counters q)" '0 1 0 0 / 0 2 0 0 / 0 1 0 0 / 0 1 0 0' 'all is counted'

write_at "$work/disk0" 200 8 0x42
ok 'a corrupt first leg: its data, unvoted' holds /dev/mapper/q 200 8 0x42
is "$(status q mismatches)" 0 'no vote, no mismatch'
is "$(last_event q 0)" 6 'nothing else is told'
ok 'leg 0 is failed: leg 1 is read' holds /dev/mapper/q 200 8 0x32
done_testing
