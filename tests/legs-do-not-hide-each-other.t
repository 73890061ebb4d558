#!/bin/bash
# P5: errors of different legs are all told, however close they are, even while another leg's are being suppressed.
# QEMU iotest 148 case d.
. "$(dirname "$0")/lib.sh"

loop_legs 4 16384
wrap_legs
quorum_create q 1 "${legs[@]}"
write_at /dev/mapper/q 0 16384 0x32
record_events

flood=()
for ((n = 1; n < 200; n++)); do flood+=($((10 + 50 * n))); done
fail_sectors 0 10 "${flood[@]}"
fail_sectors 1 11
fail_sectors 2 12
for leg in 0 1 2; do ok "sector $((10 + leg)), bad on leg $leg: data" holds /dev/mapper/q $((10 + leg)) 1 0x32; done
ok 'all three are told' wait_events 3
for leg in 0 1 2; do is "$(event_ranges "DM_QUORUM_LEG=$leg")" "$((10 + leg))+1" "leg $leg's is told"; done
is "$(event_values DM_QUORUM_SUPPRESSED | sort -u)" 0 'none is suppressed'

forget_events
read_each /dev/mapper/q "${flood[@]}"
fail_sectors 3 13
ok 'in the middle of a flood of leg 0: data' holds /dev/mapper/q 13 1 0x32
ok 'the error of leg 3 is told' wait_events 1 DM_QUORUM_LEG=3
ok 'while others of leg 0 still wait or were suppressed' test "$(event_count DM_QUORUM_LEG=0)" -lt 199
is "$(event_ranges DM_QUORUM_LEG=3) $(event_values DM_QUORUM_SUPPRESSED DM_QUORUM_LEG=3)" '13+1 0' 'with its sector'
for leg in 0 1 2 3; do is "$(status q read_errors "$leg")" $((leg == 0 ? 200 : 1)) "the errors of leg $leg are counted"; done
done_testing
