#!/bin/bash
# also on the debug kernel
# P1, P5: fewer than vote_threshold legs are left when hung ones are failed: what is in flight ends with an error. Nobody is
# blamed for what the legs do or do not yet, and it can be put right.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
record_events
is "$(counts q) $(health q)" "$nothing AAA" 'all is well before'

hang 1 2
read_at /dev/mapper/q 256 64 > "$work/read" 2> "$work/read.err" &
reader=$!
write_at /dev/mapper/q 512 64 0x33 2> "$work/write.err" &
writer=$!
sync /dev/mapper/q 2> "$work/sync.err" &
flusher=$!
ok 'a read, a write and a flush are in flight' poll in_flight /dev/mapper/q 1 2
ok 'one leg is failed' message q fail 1
ok 'they wait for the other' all_running $reader $writer $flusher
ok 'which is failed, too' message q fail 2
fails 'the read fails' wait $reader
fails 'the write fails' wait $writer
fails 'the flush fails' wait $flusher
for what in read write sync; do like "$(cat "$work/$what.err")" 'Input/output error' "$what: the error"; done
is "$(health q)" ADD 'one leg is left'
is "$(outcome read_at /dev/mapper/q 0 8)" EIO 'a read fails at once'
is "$(outcome write_at /dev/mapper/q 0 8 0x33)" EIO 'and a write'
is "$(counts q | cut -d/ -f2-)" ' 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no leg is blamed'
is "$(counts q | cut -d/ -f1)" '0 12 0 0 ' 'each vote block and each write is counted'
ok 'it is told' wait_events 2 DM_ACTION=QUORUM_FAILURE DM_QUORUM_TYPE=write
is "$(event_count DM_ACTION=QUORUM_REPORT_BAD)" 0 'but nothing of a leg'

unhang 1 2
ok 'a leg can be restored' restored q 1
ok 'and the other' restored q 2
ok 'all is well' recovered q
ok 'it can be read again' holds /dev/mapper/q 0 512 0x32
message q resync
wait_idle q
ok 'the legs are identical' identical
ok 'where the write has failed, they hold one of the versions' grep -qE '^(2+|3+)$' <(read_at /dev/mapper/q 512 64)
ok 'elsewhere, what they held' holds "$work/disk1" 576 1472 0x32
is "$(counters q | cut -d/ -f2-)" ' 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no leg is blamed'

# --- two legs that both have to agree
quorum_reload q 2 "${legs[@]:0:2}"
hang 1
write_at /dev/mapper/q 600 8 0x34 2> "$work/write.err" &
writer=$!
ok 'a write is in flight' poll in_flight /dev/mapper/q 0 1
ok 'the leg is failed' message q fail 1
fails 'it fails' wait $writer
unhang 1
ok 'the leg is restored' restored q 1
message q resync
wait_idle q
ok 'the legs are identical' cmp "$work/disk0" "$work/disk1"
done_testing
