#!/bin/bash
# also on the debug kernel
# With write_ack threshold a write ends when vote_threshold legs have it, whichever leg is slow. What is read after that is
# what was written (P1, P2), by a vote or without one; nothing overtakes it on the late leg (P4); and whether the leg takes it
# late or fails, it is judged as usual (P3, P5).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"

loop_legs 3 4096
wrap_legs
dm_create slow0 "0 $size linear ${legs[0]} 0"
dm_create slow2 "0 $size linear ${legs[2]} 0"
quorum_create q 2 "${legs[@]}" -- write_ack threshold
like "$(dmsetup table q)" ' 2 write_ack threshold$' 'the table line says it'
write_at /dev/mapper/q 0 4096 0x32
record_events
ok 'it reads' holds /dev/mapper/q 0 4096 0x32
is "$(counters q) $(health q)" "$nothing AAA" 'all is well before'

waits() { kernel_log "$1" | grep -q 'suspending waits for a leg that still has to answer'; }
# --- any leg may be the slow one; writes of all sizes, also to parts of blocks, and zeroes
for leg in 0 1 2; do
	byte=$((0x50 + leg))
	hang $leg
	ok "a write does not wait for leg $leg" write_at /dev/mapper/q 8 8 $byte
	ok 'nor does a large one' write_at /dev/mapper/q 256 256 $byte
	ok 'nor one to parts of blocks' write_at /dev/mapper/q 517 98 $byte
	ok 'nor does a discard' blkdiscard -f -o $((1024 * 512)) -l $((600 * 512)) /dev/mapper/q
	ok 'nor a flush' flush /dev/mapper/q
	ok 'the leg has none of it' holds "$work/disk$leg" 2000 8 0x32
	mark_log "late $leg"
	dm suspend --noflush q 2> /dev/null && dm resume q &
	suspending=$!
	ok 'suspending waits for them, and says so' poll waits "late $leg"
	ok 'as long as it takes' all_running $suspending
	unhang $leg
	ok 'and ends when it has them' wait $suspending
	ok 'what was written is read' holds /dev/mapper/q 256 256 $byte
	ok 'and on the leg' holds "$work/disk$leg" 517 98 $byte
	ok 'the legs are identical' identical
	write_at /dev/mapper/q 1024 600 0x32
done
is "$(counters q) $(health q)" "$nothing AAA" 'nobody is blamed'

# --- reads while it is late: the late leg has no vote, and need not answer
dm_reload slow2 "0 $size delay ${legs[2]} 0 0 ${legs[2]} 0 3600000"
quorum_reload q 2 "${legs[@]:0:2}" /dev/mapper/slow2 -- write_ack threshold
ok 'a write does not wait' write_at /dev/mapper/q 2048 8 0x60
ok 'the late leg has the old data' holds /dev/mapper/slow2 2048 8 0x32
ok 'the new data are read' holds /dev/mapper/q 2048 8 0x60
ok 'also by parts' holds /dev/mapper/q 2049 3 0x60
ok 'and with what is around them' read_at /dev/mapper/q 2040 24
is "$(counts q) $(health q)" "$nothing AAA" 'the late leg is not blamed for that'
# another write to the same place
write_at /dev/mapper/q 2048 8 0x61 &
job=$!
nap 0.5
ok 'a write that overlaps it waits' all_running $job
ok 'what does not overlap does not wait' write_at /dev/mapper/q 2056 8 0x62
dm_reload slow2 "0 $size linear ${legs[2]} 0"
ok 'it ends' wait $job
settle q
ok 'in their order' holds "$work/disk2" 2048 8 0x61
ok 'the legs are identical' identical
is "$(counters q)" "$nothing" 'nobody is blamed'

# --- a leg that takes it late, and fails
dm_reload slow2 "0 $size delay ${legs[2]} 0 0 ${legs[2]} 0 3600000"
ok 'a write does not wait' write_at /dev/mapper/q 3072 8 0x63
fail_sectors 2 3072
dm_reload slow2 "0 $size linear ${legs[2]} 0"
ok 'the leg fails it' wait_events 1 DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_TYPE=write DM_QUORUM_LEG=2 DM_QUORUM_ERROR=5
is "$(counters q) $(health q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 1 0 AAa' 'it is counted, and stale'
heal 2
ok 'the new data are read' holds /dev/mapper/q 3072 8 0x63
message q resync
wait_idle q
is "$(counters q) $(health q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 1 0 AAA' 'it is recovered'
ok 'the legs are identical' identical

# --- a leg that hangs and is failed
hang 1
ok 'a write does not wait' write_at /dev/mapper/q 3072 8 0x64
ok 'the leg is failed' message q fail 1
ok 'what overlaps it waits no more' write_at /dev/mapper/q 3072 8 0x65
unhang 1
ok 'it can be restored' restored q 1
ok 'and is recovered' recovered q
ok 'the legs are identical' identical
ok 'and hold what was written last' holds "$work/disk1" 3072 8 0x65

# --- too few legs
hang 1 2
write_at /dev/mapper/q 8 8 0x66 &
job=$!
nap 0.5
ok 'one leg is not enough' all_running $job
unhang 2
ok 'two are' wait $job
unhang 1

# --- without a vote
dm_reload slow0 "0 $size delay ${legs[0]} 0 0 ${legs[0]} 0 3600000"
quorum_reload q 2 /dev/mapper/slow0 "${legs[@]:1}" -- read_pattern fifo write_ack threshold
ok 'the first leg is late' write_at /dev/mapper/q 8 8 0x67
ok 'and not asked' holds /dev/mapper/q 8 8 0x67
ok 'but for what it has' holds /dev/mapper/q 3072 8 0x65
dm_reload slow0 "0 $size linear ${legs[0]} 0"

done_testing
