#!/bin/bash
# P1, P5: a blkverify device one leg of which cannot be read: the read fails with the leg's error, the leg is blamed, and no byte
# is named, as nothing differs.
. "$(dirname "$0")/lib.sh"

loop_legs 2 2048
wrap_legs
quorum_create q 2 "${legs[@]}" -- blkverify
write_at /dev/mapper/q 0 2048 0x32
record_events
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

for leg in 0 1; do
	forget_events
	fail_sectors $leg $((8 + leg * 800))
	mark_log "leg $leg"
	is "$(outcome read_at /dev/mapper/q $((8 + leg * 800)) 8)" EIO "leg $leg cannot be read: so it is with the device"
	ok 'it is told' wait_events 1 DM_ACTION=QUORUM_FAILURE
	is "$(event_ranges DM_ACTION=QUORUM_REPORT_BAD "DM_QUORUM_LEG=$leg" DM_QUORUM_ERROR=5)" "$((8 + leg * 800))+1" 'and of the leg, of just what it cannot read'
	is "$(event_values DM_QUORUM_BYTE)" '' 'no byte is named'
	is "$(kernel_log "leg $leg" | grep -c 'legs differ')" 0 'nor in the log'
	ok 'what both legs have is read' holds /dev/mapper/q 16 8 0x32
	heal $leg
done
is "$(counters q)" '0 2 0 0 / 0 1 0 0 / 0 1 0 0' 'each leg has failed once'
ok 'all can be read again' holds /dev/mapper/q 0 2048 0x32
done_testing
