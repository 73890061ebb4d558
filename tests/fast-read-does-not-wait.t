#!/bin/bash
# also on the debug kernel
# With read_pattern fast a read ends when enough legs agree, whichever leg is slow (P1). What the late leg holds is looked at
# when it has answered: what is wrong is counted, told and repaired as usual (P5), and what has changed meanwhile is not (P3).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"

loop_legs 3 4096
wrap_legs
quorum_create q 2 "${legs[@]}" -- read_pattern fast
like "$(dmsetup table q)" ' 2 read_pattern fast$' 'the table line says it'
write_at /dev/mapper/q 0 4096 0x32
record_events
ok 'it reads' holds /dev/mapper/q 0 4096 0x32
is "$(counters q) $(health q)" "$nothing AAA" 'all is well before'

# --- any leg may be the slow one; requests of all sizes, also such as do not begin with a page
for leg in 0 1 2; do
	hang $leg
	was=$(sectors_read "${disks[leg]}")
	ok "a read does not wait for leg $leg" holds /dev/mapper/q 8 8 0x32
	ok 'nor does a large one' holds /dev/mapper/q 256 256 0x32
	ok 'nor one that is not on pages' holds /dev/mapper/q 517 99 0x32
	unhang $leg
	ok 'it reads them all, late' poll has_read "${disks[leg]}" $((was + 8 + 256 + 99))
done
is "$(counters q)" "$nothing" 'nobody is blamed'

# --- what is wrong on the late leg
hang 2
write_at "$work/disk2" 1025 2 0x40
write_at "$work/disk2" 1040 1 0x41
ok 'a leg is damaged, slow, and read' holds /dev/mapper/q 1024 24 0x32
is "$(counts q)" "$nothing" 'nothing is known yet'
unhang 2
ok 'it is told' wait_events 2 DM_ACTION=QUORUM_REPORT_BAD
is "$(event_ranges DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_LEG=2 DM_QUORUM_VOTES=2/3)" '1025+2 1040+1' 'exactly what is wrong'
is "$(counters q)" '2 0 0 0 / 0 0 0 0 / 0 0 0 0 / 2 0 0 0' 'and counted, once a block'

# --- what cannot be read there
fail_sectors 1 2050
hang 1
ok 'a leg cannot be read, and is slow' holds /dev/mapper/q 2048 8 0x32
unhang 1
ok 'it is told' wait_events 1 DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_LEG=1 DM_QUORUM_ERROR=5
is "$(counters q)" '2 0 0 0 / 0 0 0 0 / 0 1 0 0 / 2 0 0 0' 'and counted'
heal 1

# --- what is written before the late leg has answered
hang 0
ok 'a block is read' holds /dev/mapper/q 3072 8 0x32
write_at /dev/mapper/q 3072 8 0x42 &
job=$!
ok 'and written' poll in_flight /dev/mapper/q 0 1
unhang 0
ok 'the write ends' wait $job
ok 'it is read' holds /dev/mapper/q 3072 8 0x42
is "$(counters q | sed 's/^\(. .\) ./\1 0/; s/^\(. . .\) ./\1 0/')" '2 0 0 0 / 0 0 0 0 / 0 1 0 0 / 2 0 0 0' 'and nobody is blamed'

# --- repair
quorum_reload q 2 "${legs[@]}" -- rewrite_corrupted read_pattern fast
hang 2
ok 'what is wrong is read' holds /dev/mapper/q 1024 24 0x32
unhang 2
settle q
is "$(counters q)" '2 0 2 0 / 0 0 0 0 / 0 0 0 0 / 2 0 0 2' 'it is repaired'
ok 'and right' holds "$work/disk2" 1024 24 0x32
ok 'the legs are identical' identical

# --- nothing is left behind
hang 1
ok 'a leg is slow' holds /dev/mapper/q 8 8 0x32
dm suspend q &
job=$!
nap 1
ok 'suspending waits for it' all_running $job
unhang 1
ok 'and ends' wait $job
dm resume q

# --- a leg that hangs and is failed
hang 1
ok 'a leg hangs' holds /dev/mapper/q 8 8 0x32
ok 'it is failed' message q fail 1
ok 'others are read' holds /dev/mapper/q 8 256 0x32
unhang 1
ok 'it can be restored' restored q 1
ok 'all is well' recovered q
is "$(counters q)" '2 0 2 0 / 0 0 0 0 / 0 0 0 0 / 2 0 0 2' 'and nobody blamed'
is "$(event_count DM_ACTION=QUORUM_FAILURE)" 0 'no read has failed'

done_testing
