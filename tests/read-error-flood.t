#!/bin/bash
# P5: errors of one leg in a row are told up to a short burst, then seldom, and how many were left out is told: what is
# told and what is said to be left out add up to exactly what there was.
# QEMU iotest 148 case b.
. "$(dirname "$0")/lib.sh"

accounted() {
	local told suppressed=0 n
	told=$(event_count)
	for n in $(event_values DM_QUORUM_SUPPRESSED); do suppressed=$((suppressed + n)); done
	[ $((told + suppressed)) -ge "$1" ]
}

loop_legs 3 16384
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 16384 0x32
record_events

# far enough from each other not to be told as one range
sectors=()
for ((n = 0; n < 200; n++)); do sectors+=($((10 + 50 * n))); done
fail_sectors 0 "${sectors[@]}"
is "$(status q events_suppressed)" 0 'nothing is suppressed before'
started=$SECONDS
read_each /dev/mapper/q "${sectors[@]}"
is "$(status q read_errors 0)" 200 'each error is counted'

ok 'all are accounted for' poll accounted 200
took=$((SECONDS - started + 1))
told=$(event_count)
suppressed=$(status q events_suppressed)
is $((told + suppressed)) 200 'what was told and what was suppressed are all there was'
ok "a burst and then one a second: $told events in $took s" test "$told" -le $((4 + took))
ok 'others are suppressed' test "$suppressed" -gt 0
ok 'at least the burst is told' test "$told" -ge 5
is "$(event_values DM_QUORUM_SECTOR | head -n 4 | tr '\n' ' ')" '10 60 110 160 ' 'the burst is told first, each by itself'
is "$(event_values DM_QUORUM_NR_SECTORS | sort -u)" 1 'each for its one sector'
is "$(event_values DM_QUORUM_LEG | sort -u)" 0 'all of leg 0'

# each event's number is the last one's and one and what was suppressed between them
expected=0 wrong=''
while read -r number left_out; do
	expected=$((expected + 1 + left_out))
	[ "$number" = "$expected" ] || wrong+=" $number"
done < <(paste <(event_values DM_SEQNUM) <(event_values DM_QUORUM_SUPPRESSED))
is "$wrong" '' 'the numbers have no other gaps than the suppressed'
is "$(last_event q 2)" 201 'nothing else is told'
done_testing
