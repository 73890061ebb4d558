#!/bin/bash
# P5: a read error of one leg is invisible to the reader, counted, and told with its sector.
# QEMU iotest 148 case a; the row "1 read error".
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
record_events
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

fail_sectors 0 10
is "$(outcome read_at /dev/mapper/leg0 10 1)" EIO 'the leg fails to read the sector'
ok 'the device reads what was written' holds /dev/mapper/q 10 1 0x32
is "$(counters q)" '0 0 0 0 / 0 1 0 0 / 0 0 0 0 / 0 0 0 0' 'one read error of leg 0, and nothing else'
ok 'it is told' wait_events 1
is "$(event_values DM_ACTION)" QUORUM_REPORT_BAD 'as a report'
is "$(event_values DM_QUORUM_LEG) $(event_values DM_QUORUM_DEV)" "0 $(dev_number "${legs[0]}")" 'of leg 0'
is "$(event_values DM_QUORUM_TYPE) $(event_values DM_QUORUM_ERROR)" 'read 5' 'for a read that gave EIO'
is "$(event_values DM_QUORUM_SECTOR) $(event_values DM_QUORUM_NR_SECTORS)" '10 1' 'of that one sector'
is "$(event_values DM_NAME) $(event_values DM_SEQNUM) $(event_values DM_QUORUM_SUPPRESSED)" 'q 1 0' 'of this device, the first event'
is "$(last_event q 2)" 2 'nothing else is told'

heal 0
ok 'the leg is healed: the device reads what was written' holds /dev/mapper/q 10 1 0x32
is "$(status q read_errors 0)" 1 'no further error is counted'
done_testing
