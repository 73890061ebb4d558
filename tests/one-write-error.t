#!/bin/bash
# P2, P5: a write that one leg misses succeeds and is told. The leg has no vote there until a write has covered the
# whole vote block, so it can neither bring the old data back nor be blamed for it.
# The row "1 write error".
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x31
record_events
is "$(status q health) $(status q synced_of_total)" 'AAA 2048/2048' 'all legs are in sync before'
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

fail_writes 1
ok 'a write that leg 1 misses succeeds' write_at /dev/mapper/q 64 8 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 1 0 / 0 0 0 0' 'one write error of leg 1'
is "$(status q health) $(status q synced_of_total)" 'AaA 2040/2048' 'leg 1 is behind by these sectors'
ok 'it is told' wait_events 1
is "$(event_values DM_ACTION) $(event_values DM_QUORUM_TYPE) $(event_values DM_QUORUM_ERROR)" 'QUORUM_REPORT_BAD write 5' 'as a failed write'
is "$(event_values DM_QUORUM_LEG) $(event_ranges)" '1 64+8' 'of leg 1, with its sectors'
heal 1
ok 'the leg can be written again and holds the old data' holds "${legs[1]}" 64 8 0x31

ok 'the device reads the new data' holds /dev/mapper/q 64 8 0x32
is "$(status q mismatches) $(status q raced)" '0 0' 'and does not blame the leg'
write_at "$work/disk0" 64 8 0x31
is "$(outcome read_at /dev/mapper/q 64 1)" EILSEQ 'the old data on another leg too: the read fails, the write is not undone'
ok 'it is told' wait_events 1 DM_ACTION=QUORUM_FAILURE
is "$(event_values DM_QUORUM_VERSIONS)" '0 - 1' 'with leg 1 out of the vote'
write_at "$work/disk0" 64 8 0x32

ok 'a part of the vote block is written' write_at /dev/mapper/q 66 1 0x33
is "$(status q health)" AaA 'the leg is still behind'
ok 'the device reads it' holds /dev/mapper/q 66 1 0x33
ok 'and the rest' holds /dev/mapper/q 67 5 0x32
is "$(status q mismatches)" 0 'nobody is blamed'
ok 'the whole vote block is written' write_at /dev/mapper/q 64 8 0x34
is "$(status q health) $(status q synced_of_total)" 'AAA 2048/2048' 'the leg is in sync'
for leg in 0 1 2; do ok "leg $leg holds the new data" holds "${legs[leg]}" 64 8 0x34; done
write_at "$work/disk0" 64 8 0x31
ok 'it has its vote again' holds /dev/mapper/q 64 8 0x34
is "$(status q mismatches 0) $(status q mismatches 1)" '1 0' 'leg 0 is blamed'
write_at "$work/disk0" 64 8 0x34

# --- zeroes, of a leg that can do no more than write them and fails that, and of one that fails to make them
for how in 'fail_writes 1' 'fail_sectors 1 200'; do
	message q reset_counters
	write_at /dev/mapper/q 200 8 0x35
	$how
	ok "zeroes are written: $how" blkdiscard --force --zeroout --offset $((200 * 512)) --length 4096 /dev/mapper/q
	is "$(counters q) $(status q health)" '0 0 0 0 / 0 0 0 0 / 0 0 1 0 / 0 0 0 0 AaA' 'leg 1 misses them'
	ok 'the device reads them' holds /dev/mapper/q 200 8 0
	heal 1
	ok 'the leg has not got them' holds "${legs[1]}" 200 1 0x35
	message q resync
	wait_idle q
	is "$(status q health)" AAA 'it is given them'
	ok 'and holds them' holds "${legs[1]}" 200 8 0
done
done_testing
