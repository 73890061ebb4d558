#!/bin/bash
# P5: a leg can be absent: it is not missed as long as the threshold can be met.
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
record_events
ok 'a device with an absent leg' quorum_create q 2 "${legs[@]:0:2}" -
is "$(status q health) $(status q synced_of_total)" 'AA- 2048/2048' 'the absent leg has its letter and counts as nothing'
is "$(status q dev 2)" - 'and no device'
ok 'it is written' write_at /dev/mapper/q 0 2048 0x32
ok 'it reads what was written' holds /dev/mapper/q 0 2048 0x32
ok 'it is flushed' flush /dev/mapper/q
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted'

write_at "$work/disk1" 8 8 0x42
is "$(outcome read_at /dev/mapper/q 8 1)" EILSEQ 'the two legs differ: an error'
ok 'it is told' wait_events 1
is "$(event_values DM_QUORUM_VOTES) $(event_values DM_QUORUM_VERSIONS)" '1/2 0 1 -' 'with the absent leg as absent'

write_at "$work/disk2" 0 2048 0x32
ok 'the leg is there: reload' quorum_reload q 2 "${legs[@]}"
is "$(status q health)" AAA 'three legs'
ok 'the two that agree win' holds /dev/mapper/q 8 8 0x32
is "$(status q mismatches 1)" 1 'leg 1 is blamed'
ok 'leg 1 is taken away: reload' quorum_reload q 2 "${legs[0]}" - "${legs[2]}"
ok 'it is no longer held' exclusive "${legs[1]}"
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
is "$(status q health)" A-A 'the others keep their places'
ok 'a message for an absent leg is refused' test "$(outcome message q fail 1)" != ok
done_testing
