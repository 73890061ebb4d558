#!/bin/bash
# P2, P3: a leg that is filled votes where what it lacked is on stable storage there, and nowhere before. One that fails a flush
# or a write is left alone until that is asked for again, which is told. One that was away for a moment is filled there, too.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"

# a block more than is written between two flushes
loop_legs 4 16392
wrap_legs
modprobe dm-delay
hold_flushes 3
# fill: leg 1 is a new disk with something else on it
fill() {
	quorum_reload q 2 "${legs[0]}" - "${legs[2]}"
	write_at "$work/disk3" 0 16392 0x66
	forget_events
	quorum_reload q 2 "${legs[0]}" "${legs[3]}" "${legs[2]}" -- rebuild 1
}
# outcome_of_walk TYPE: once it has ended: nothing, or an error
outcome_of_walk() {
	wait_events 1 DM_ACTION=QUORUM_SYNC_DONE "DM_QUORUM_TYPE=$1"
	event_values DM_QUORUM_ERROR DM_ACTION=QUORUM_SYNC_DONE "DM_QUORUM_TYPE=$1"
}

quorum_create q 2 "${legs[@]:0:3}"
write_at /dev/mapper/q 0 16392 0x32
record_events
is "$(counters q) $(health q)" "$nothing AAA" 'all is well before'

# --- the flush takes its time
pace 1000000
fill
ok 'a new leg is being flushed' poll keeps_flush 3
nap 0.5
is "$(health q)" AaA 'and does not vote as long as it is not'
is "$(event_count DM_ACTION=QUORUM_SYNC_DONE)" 0 'which is waited for'
release 3
is "$(outcome_of_walk recover) $(health q)" ' AAA' 'then it does'
ok 'it is identical' cmp "$work/disk0" "$work/disk3"

# --- the flush fails, and nothing else does: it goes to each part of a dm device, also to one behind the leg's end
dm_reload leg3 "0 $size linear ${disks[3]} 0"$'\n'"$size 8 flakey ${disks[3]} 0 0 1 1 error_writes"
was=$(written "${disks[3]}")
fill
is "$(outcome_of_walk recover) $(health q)" '5 AaA' 'a leg that fails it is not in sync, which is told'
is "$(event_values DM_QUORUM_TYPE DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_LEG=1)" flush 'and so is why'
ok 'the rest is not tried' test $(($(written "${disks[3]}") - was)) -le 16384
heal 3
forget_events
message q resync
is "$(outcome_of_walk resync) $(health q)" ' AAA' 'asked to, it is filled'
ok 'and is identical' cmp "$work/disk0" "$work/disk3"

# --- a write fails
fail_sectors 3 100
fill
is "$(outcome_of_walk recover) $(health q)" '5 AaA' 'a leg that fails a write is not in sync, which is told'
heal 3
forget_events
message q resync
is "$(outcome_of_walk resync) $(health q)" ' AAA' 'asked to, it is filled'
ok 'and is identical' cmp "$work/disk0" "$work/disk3"

# --- the leg is failed for a moment, in which the walk goes on
pace 1
fill
# a walk takes another step when it sees that nobody uses the device any more
nap 1
message q frozen
like "$(progress q) $(health q)" '^[0-9]+/16392 frozen AaA$' 'a leg has been filled a little'
at=$(progress q | cut -d/ -f1)
message q fail 1
was=$(sectors_read "${disks[0]}")
message q repair "$at" 16392
ok 'failed, it misses what is repaired' poll has_read "${disks[0]}" $((was + 256))
nap 0.5
like "$(progress q) $(health q)" ' repair ADA$' 'which goes on slowly'
message q restore 1
ok 'what it has missed is read' holds /dev/mapper/q "$at" 256 0x32
is "$(status q mismatches) $(health q)" '0 AaA' 'and it has no vote there'
pace 1000000
is "$(outcome_of_walk recover) $(health q)" ' AAA' 'it is filled'
ok 'and is identical' cmp "$work/disk0" "$work/disk3"
is "$(status q mismatches) $(status q no_quorum)" '0 0' 'nobody is blamed'
done_testing
