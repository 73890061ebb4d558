#!/bin/bash
# `fail <leg>`: the leg gets no more requests and no vote; it is told, once.
. "$(dirname "$0")/lib.sh"

loop_legs 4 2048
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
record_events
is "$(status q health)" AAAA 'all legs are in sync before'

ok 'leg 1 is failed' message q fail 1
is "$(status q health)" ADAA 'its letter'
ok 'it is told' wait_events 1
is "$(event_values DM_ACTION) $(event_values DM_QUORUM_LEG) $(event_values DM_QUORUM_DEV)" \
	"QUORUM_LEG_FAILED 1 $(dev_number "${legs[1]}")" 'as that leg'
ok 'the device is written' write_at /dev/mapper/q 0 8 0x33
for leg in 0 2 3; do ok "leg $leg holds it" holds "${legs[leg]}" 0 8 0x33; done
ok 'the failed leg does not' holds "${legs[1]}" 0 8 0x32
ok 'the device reads it' holds /dev/mapper/q 0 8 0x33
ok 'a flush succeeds' flush /dev/mapper/q
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'the failed leg is not blamed'
write_at "$work/disk2" 8 8 0x42
ok 'a mismatch: data' holds /dev/mapper/q 8 8 0x32
ok 'it is told' wait_events 1 DM_ACTION=QUORUM_REPORT_BAD
is "$(event_values DM_QUORUM_VOTES DM_ACTION=QUORUM_REPORT_BAD)" 2/3 'three legs have a vote'
write_at "$work/disk2" 8 8 0x32

ok 'failing it again is no error' message q fail 1
is "$(last_event q 3)" 3 'and is not told'
is "$(status q health)" ADAD 'the threshold is left'
ok 'the device reads what was written' holds /dev/mapper/q 8 2040 0x32
write_at "$work/disk3" 0 8 0x42
write_at "$work/disk1" 0 8 0x42
ok 'what failed legs hold does not matter' holds /dev/mapper/q 0 8 0x33
is "$(status q mismatches)" 1 'nor is it counted'
done_testing
