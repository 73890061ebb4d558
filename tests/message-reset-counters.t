#!/bin/bash
# `reset_counters` sets every counter back and leaves everything else alone; counting goes on from there.
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
fail_sectors 0 10
write_at "$work/disk1" 24 8 0x42
for sector in 10 24; do ok "a fault at $sector: data" holds /dev/mapper/q "$sector" 1 0x32; done
fail_writes 2
ok 'a write error: success' write_at /dev/mapper/q 64 8 0x32
is "$(counters q)" '1 0 0 0 / 0 1 0 0 / 1 0 0 0 / 0 0 1 0' 'the faults are counted'
# more than are told
sectors=()
for ((n = 0; n < 100; n++)); do sectors+=($((100 + 16 * n))); done
fail_sectors 0 "${sectors[@]}"
read_each /dev/mapper/q "${sectors[@]}"
suppresses() { [ "$(status q events_suppressed)" -gt 0 ]; }
ok 'events are suppressed' poll suppresses
is "$(counters q)" '1 0 0 0 / 0 101 0 0 / 1 0 0 0 / 0 0 1 0' 'and what they would have told is counted'
is "$(status q health) $(status q synced_of_total)" 'AAa 2040/2048' 'leg 2 is behind'

ok 'the message is accepted' message q reset_counters
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'all counters are zero'
is "$(status q events_suppressed)" 0 'that of the events too'
is "$(status q health) $(status q synced_of_total)" 'AAa 2040/2048' 'leg 2 is still behind'
ok 'a fault: data' holds /dev/mapper/q 24 1 0x32
is "$(counters q)" '1 0 0 0 / 0 0 0 0 / 1 0 0 0 / 0 0 0 0' 'counting goes on'
done_testing
