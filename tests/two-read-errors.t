#!/bin/bash
# P5: more read errors than the threshold allows are an error to the reader, the legs' own, and each is told.
# The row "2 read errors".
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
record_events
fail_sectors 0 10
fail_sectors 1 10
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

is "$(outcome read_at /dev/mapper/q 10 1)" EIO 'the read fails with what the legs said'
is "$(counters q)" '0 1 0 0 / 0 1 0 0 / 0 1 0 0 / 0 0 0 0' 'an error of legs 0 and 1, a block without a quorum'
ok 'it is told' wait_events 3
for leg in 0 1; do
	is "$(quorum_events DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_TYPE=read "DM_QUORUM_LEG=$leg" DM_QUORUM_ERROR=5 DM_QUORUM_SECTOR=10 DM_QUORUM_NR_SECTORS=1 | wc -l)" \
		1 "the error of leg $leg"
done
is "$(event_count DM_ACTION=QUORUM_FAILURE DM_QUORUM_TYPE=read DM_QUORUM_SECTOR=10 DM_QUORUM_NR_SECTORS=1)" 1 'the failure'
is "$(event_values DM_QUORUM_VERSIONS)" 'x x 0' 'what each leg had to say'
is "$(last_event q 2)" 4 'nothing else is told'
ok 'the sector beside it can be read' holds /dev/mapper/q 11 1 0x32
done_testing
