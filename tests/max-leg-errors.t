#!/bin/bash
# P1, P5: max_leg_errors fails a leg after so many bad requests in a row, a good one between them starts anew; it never
# fails a leg that the threshold needs.
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}" -- max_leg_errors 3
write_at /dev/mapper/q 0 2048 0x32
record_events
write_at "$work/disk1" 8 8 0x42
is "$(status q health)" AAA 'all legs are in sync before'

# a request that leg 1 loses or wins, and what of it the health shows
bad() {
	ok 'a bad request: data' holds /dev/mapper/q 8 8 0x32
	is "$(status q health)" "$1" "$2"
}
good() { ok 'a good request: data' holds /dev/mapper/q 0 8 0x32; }

for n in 1 2; do bad AAA "$n in a row"; done
good
for n in 1 2; do bad AAA "$n in a row, anew"; done
ok 'a good write counts as well' write_at /dev/mapper/q 16 8 0x32
for n in 1 2; do bad AAA "$n in a row, anew"; done
is "$(event_count DM_ACTION=QUORUM_LEG_FAILED)" 0 'no failed leg is told before'
fail_sectors 1 101
ok 'a read error is the third in a row: data' holds /dev/mapper/q 101 1 0x32
is "$(status q health)" ADA 'the leg is failed'
ok 'it is told' wait_events 1 DM_ACTION=QUORUM_LEG_FAILED
is "$(event_values DM_QUORUM_LEG DM_ACTION=QUORUM_LEG_FAILED)" 1 'as that leg'
is "$(status q mismatches 1) $(status q read_errors 1)" '6 1' 'its faults are counted'
ok 'another request: data' holds /dev/mapper/q 8 8 0x32
is "$(status q mismatches 1)" 6 'it is not asked any more'

fail_sectors 0 200
for n in 1 2 3 4; do is "$(outcome read_at /dev/mapper/q 200 1)" EIO "leg 0 cannot be read: error $n"; done
is "$(status q health)" ADA 'but the threshold needs it'
ok 'it is still read' holds /dev/mapper/q 300 8 0x32
is "$(event_count DM_ACTION=QUORUM_LEG_FAILED)" 1 'no other leg is failed'

ok 'without max_leg_errors' quorum_reload q 2 "${legs[@]}"
heal 0 1
message q reset_counters
for n in 1 2 3 4 5; do read_at /dev/mapper/q 8 8 > /dev/null; done
is "$(status q mismatches 1) $(status q health)" '5 AAA' 'no leg is ever failed'
done_testing
