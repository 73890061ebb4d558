#!/bin/bash
# P2, P3: a leg that comes back while a resync goes on gets what it lacks from that, which begins anew, and votes again where
# it has it; what was asked for is told as what it was.
. "$(dirname "$0")/lib.sh"

# state: of the legs, and of the walk; it is not waited for
state() { dmsetup status q | awk '{ print $6, $8 }'; }

loop_legs 4 16384
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 16384 0x32
record_events
is "$(state) $(counters q)" 'AAAA idle 0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'all is well before'

message q fail 2
write_at /dev/mapper/q 0 16384 0x33
message q frozen
message q restore 2
message q idle
is "$(state)" 'AAaA idle' 'a leg lacks all'
pace 64
message q resync
is "$(state)" 'AAaA resync' 'it is being given that'
message q fail 1
write_at /dev/mapper/q 16000 8 0x34
message q restore 1
is "$(state)" 'AaaA resync' 'another one has come back, and it still is'
is "$(event_count DM_ACTION=QUORUM_SYNC_DONE)" 0 'without an end that would be told'
pace 1000000
ok 'it ends' wait_events 1 DM_ACTION=QUORUM_SYNC_DONE
is "$(event_values DM_QUORUM_TYPE DM_ACTION=QUORUM_SYNC_DONE)" resync 'as what it was'
is "$(state) $(counters q)" 'AAAA idle 0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'all legs are in sync'
ok 'a block has its data' holds /dev/mapper/q 16000 8 0x34
for leg in 1 2 3; do ok "leg $leg is identical to leg 0" cmp "$work/disk0" "$work/disk$leg"; done
done_testing
