#!/bin/bash
# also on the debug kernel
# A leg that hangs is let go when it is failed: reads, writes, write-zeroes and flushes in flight end by the others. It has
# missed what it did not answer, whatever it does later (P2, P4), is not blamed, and is not restored before it has given back
# all that it had.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"

loop_legs 3 4096
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 4096 0x32
record_events
is "$(counts q) $(health q)" "$nothing AAA" 'all is well before'

# --- a leg that is neither the one that reads into the callers' pages nor the one that is asked first
hang 1
was=$(written "${disks[0]}")
read_at /dev/mapper/q 8 64 > "$work/read" &
jobs=($!)
write_at /dev/mapper/q 1041 30 0x33 &
jobs+=($!)
write_at /dev/mapper/q 1536 256 0x33 &
jobs+=($!)
ok 'requests are in flight' poll in_flight /dev/mapper/q 1 2
ok 'and written by the other legs' poll has_written "${disks[0]}" $((was + 286))
ok 'none ends' all_running "${jobs[@]}"
ok 'the leg is failed' message q fail 1
for job in "${jobs[@]}"; do ok 'the request ends, and well' wait "$job"; done
ok 'what was read is right' cmp "$work/read" <(pattern 0x32 64)
ok 'nothing is in flight' in_flight /dev/mapper/q 0 0
is "$(counts q) $(health q)" "$nothing ADA" 'the leg is failed, and not blamed'
ok 'what was written is read' holds /dev/mapper/q 1041 30 0x33
ok 'all of it' holds /dev/mapper/q 1536 256 0x33
for disk in 0 2; do ok "disk $disk holds it" holds "$work/disk$disk" 1041 30 0x33; done
ok 'the leg does not' holds "$work/disk1" 0 4096 0x32
ok 'it is told' wait_events 1 DM_ACTION=QUORUM_LEG_FAILED DM_QUORUM_LEG=1

mark_log refused
is "$(outcome message q restore 1 | grep -o 'Device or resource busy')" 'Device or resource busy' 'it is not restored while it hangs'
like "$(kernel_log refused)" 'restore: leg 1 still has requests outstanding' 'which the log tells'
is "$(health q)" ADA 'nothing has changed'

# --- what it does late is older than what is written meanwhile
ok 'newer data are written' write_at /dev/mapper/q 1536 256 0x34
unhang 1
ok 'the older ones reach the leg' poll holds "$work/disk1" 1536 256 0x33
ok 'the newer ones are read' holds /dev/mapper/q 1536 256 0x34
ok 'it can be restored' restored q 1
ok 'and is recovered' recovered q
ok 'the legs are identical' identical
ok 'and hold the newer data' holds "$work/disk1" 1536 256 0x34
ok 'both told' wait_events 1 DM_ACTION=QUORUM_LEG_RESTORED DM_QUORUM_LEG=1
is "$(counters q)" "$nothing" 'nobody is blamed'
is "$(event_count DM_ACTION=QUORUM_REPORT_BAD) $(event_count DM_ACTION=QUORUM_FAILURE)" '0 0' 'nor is that told'

# --- zeroes, which the loop devices of some kernels do not know, so that they are written by hand; and a flush
hang 2
fallocate -z -o $((2048 * 512)) -l $((600 * 512)) /dev/mapper/q &
job=$!
ok 'zeroes are in flight' poll in_flight /dev/mapper/q 0 1
ok 'and do not end' all_running $job
ok 'the leg is failed' message q fail 2
ok 'they end, and well' wait $job
ok 'and are read' holds /dev/mapper/q 2048 600 0
unhang 2
ok 'it can be restored' restored q 2
ok 'all is well' recovered q
ok 'the legs are identical' identical
hang 2
sync /dev/mapper/q &
job=$!
ok 'a flush is in flight' poll in_flight /dev/mapper/q 0 1
ok 'and does not end' all_running $job
ok 'the leg is failed' message q fail 2
ok 'it ends, and well' wait $job
unhang 2
ok 'it can be restored' restored q 2
ok 'all is well' recovered q

# --- the leg that reads into the callers' pages has them until it answers
hang 0
read_at /dev/mapper/q 8 64 > "$work/read" &
job=$!
ok 'a read is in flight' poll in_flight /dev/mapper/q 1 0
write_at /dev/mapper/q 100 8 0x35 &
writer=$!
ok 'and a write' poll in_flight /dev/mapper/q 1 1
ok 'the leg is failed' message q fail 0
ok 'the write ends, and well' wait $writer
ok 'what was written is read' holds /dev/mapper/q 100 8 0x35
ok 'the read in flight does not end' all_running $job
unhang 0
ok 'it does when the leg has answered' wait $job
ok 'what it read is right' cmp "$work/read" <(pattern 0x32 64)
ok 'the leg can be restored' restored q 0
ok 'all is well' recovered q
ok 'the legs are identical' identical

# --- max_leg_errors does the same: leg 1 hangs in a write, and fails to read
modprobe dm-delay
hold_writes 1
quorum_reload q 2 "${legs[@]}" -- max_leg_errors 2
write_at /dev/mapper/q 200 8 0x36 &
writer=$!
ok 'a write is in flight' poll in_flight /dev/mapper/q 0 1
fail_sectors 1 3000
ok 'a read that the leg fails: data' holds /dev/mapper/q 3000 1 0x32
ok 'the write does not end' all_running $writer
ok 'another one: data' holds /dev/mapper/q 3000 1 0x32
ok 'the write ends, and well' wait $writer
is "$(health q) $(counts q)" 'ADA 0 0 0 0 / 0 0 0 0 / 0 2 0 0 / 0 0 0 0' 'the leg is failed, for what it did fail'
heal 1
release 1
ok 'it can be restored' restored q 1
ok 'all is well' recovered q
ok 'the legs are identical' identical

# --- zero_copy_writes: the leg writes from the callers' pages, so the write waits
quorum_reload q 2 /dev/mapper/leg{0,1,2} -- zero_copy_writes
hang 1
write_at /dev/mapper/q 300 8 0x37 &
writer=$!
ok 'a write without a copy is in flight' poll in_flight /dev/mapper/q 0 1
ok 'the leg is failed' message q fail 1
ok 'others are written' write_at /dev/mapper/q 400 8 0x37
ok 'it does not end' all_running $writer
unhang 1
ok 'it does when the leg has answered' wait $writer
ok 'the leg can be restored' restored q 1
ok 'all is well' recovered q
ok 'the legs are identical' identical
done_testing
