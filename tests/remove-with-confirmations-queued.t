#!/bin/bash
# vm: --smp 2
# also on the debug kernel
# takes 12 s
# P5, P6: reads have been answered, and the legs that differed are still to be judged when the device is closed and removed:
# removal waits for that, what was found is told, nothing is stuck, the legs are free.
# ROUNDS (1) is how often.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/slow-legs.sh"

require_modules dm-delay

gone() { ! dmsetup info q > /dev/null 2>&1; }
# at this moment: what status says waits for the judgement
counted() { dmsetup status q | awk '{ print $9, $10, $11 }'; }
# sectors that a disk has written
written() { awk '{ print $7 }' "/sys/dev/block/$(dev_number "$1")/stat"; }
has_written() { [ "$(written "$1")" -ge "$2" ]; }

loop_legs 3 2048
slow_leg 0 1000 0
# its writes end when it is suspended
slow_leg 2 0 3600000
release() { dm suspend slow2 && dm resume slow2; }
has_inflight() { read -r reads _ < "$inflight" && [ "$reads" -gt 0 ]; }

# damage: one sector of leg 1 in each request
damage() { for chunk in 0 1 2 3 4 5 6 7; do write_at "$work/disk1" $((chunk * 256 + 37)) 1 0x42; done; }
# told: events and what they say was suppressed
told() { event_values DM_QUORUM_SUPPRESSED | awk '{ n += 1 + $1 } END { print n + 0 }'; }

record_events
for ((round = 1; round <= $(rounds 1); round++)); do
	# --- closed and removed the moment the judgement can begin
	for leg in 0 1 2; do write_at "$work/disk$leg" 0 2048 0x32; done
	quorum_create q 2 "${legs[@]}"
	is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' "$round: nothing is counted before"
	# the same data once more: legs agree whether it has reached them or not, but the range is taken as long as that lasts
	was=$(written "${disks[1]}")
	write_at /dev/mapper/q 0 2048 0x32 &
	writer=$!
	ok 'a write holds the range' poll has_written "${disks[1]}" $((was + 2048))
	damage
	ok 'reads are answered all the same' holds /dev/mapper/q 0 2048 0x32
	is "$(counted)" '0 0 0' 'the legs have not been judged'
	ok 'the device is to go when it is closed' dm remove --deferred q
	ok 'it has not gone' dmsetup info q
	release
	ok 'the write ends' wait $writer
	# its name goes before its legs do
	ok 'the device goes' poll gone
	unset 'devices[-1]'
	ok 'its legs are free' poll exclusive "${legs[@]}"
	heard_mark
	is "$(told)" 8 'all that was found has been told, or was suppressed and told to be'
	is "$(event_count)" "$(event_count DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_LEG=1 DM_QUORUM_TYPE=read DM_QUORUM_NR_SECTORS=1)" 'and nothing else'
	forget_events

	# --- removed while the legs are read again, which leg 0 takes its time for
	write_at "$work/disk1" 0 2048 0x32
	quorum_create q 2 "${legs[@]}"
	write_at "$work/disk1" 520 16 0x43
	ok "$round: a read is answered" holds /dev/mapper/q 512 256 0x32
	ok 'the device can be removed at once' dm remove q
	unset 'devices[-1]'
	heard_mark
	is "$(event_ranges DM_QUORUM_LEG=1)" 520+16 'what was found has been told'
	is "$(event_count)" "$(event_count DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_LEG=1 DM_QUORUM_TYPE=read)" 'and nothing else'
	forget_events

	# --- its reader killed in the first pass, which leg 0 now takes as long for as it is let
	dm_reload slow0 "0 $size delay ${disks[0]} 0 3600000 ${disks[0]} 0 0"
	quorum_create q 2 "${legs[@]}"
	read_at /dev/mapper/q 512 256 > "$work/nothing" &
	reader=$!
	# the device counts what it has in flight
	inflight="/sys/dev/block/$(dev_number /dev/mapper/q)/inflight"
	ok "$round: a reader waits" poll has_inflight
	kill -KILL $reader
	dm_reload slow0 "0 $size delay ${disks[0]} 0 1000 ${disks[0]} 0 0"
	wait $reader 2> /dev/null || :
	ok "a device whose reader was killed can be removed" poll dm remove q
	unset 'devices[-1]'
	ok 'its legs are free' poll exclusive "${legs[@]}"
	forget_events
done
done_testing
