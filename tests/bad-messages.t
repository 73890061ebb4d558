#!/bin/bash
# takes 20 s
# P7: a message that is not understood, or not possible, gets the right error, a line in the kernel's log, and changes
# nothing.
. "$(dirname "$0")/lib.sh"

# refused ERROR MESSAGE-WORD...
refused() {
	local wanted=$1 before after
	shift
	mark_log "$*"
	before=$(dmsetup status q)
	like "$(outcome message q "$@")" "$wanted" "refused: $*"
	like "$(kernel_log "$*")" 'device-mapper: quorum: ' 'the log says so'
	after=$(dmsetup status q)
	is "$after" "$before" 'nothing has changed'
}

loop_legs 3 2048
quorum_create q 1 "${legs[@]}" -
write_at /dev/mapper/q 0 2048 0x32
record_events
write_at "$work/disk1" 8 8 0x42
ok 'a mismatch, to have something to lose: data' holds /dev/mapper/q 8 8 0x32
settle q
list=$(message q list_mismatches)

invalid='Invalid argument'
refused "$invalid" no_such_message
refused "$invalid" fail
refused "$invalid" fail x
refused "$invalid" fail -1
refused "$invalid" fail 4
refused "$invalid" fail 32
refused "$invalid" fail 4294967297
refused "$invalid" fail 18446744073709551617
refused "$invalid" fail 1x
refused "$invalid" fail 1 2
refused "$invalid" fail 0.5
refused "$invalid" failed 1
refused "$invalid" fai 1
refused "$invalid" reset_counters 1
refused "$invalid" reset_counters all
refused "$invalid" list_mismatches 64
refused "$invalid" reset
refused "$invalid" 1 fail
refused "$invalid" fail 3 # absent
for verb in check repair; do
	for range in 8 '8 x' '16 16' '16 8' '0 2049' '2048 2049' '-1 8' '8 16 24' '0 18446744073709551616'; do
		# shellcheck disable=SC2086
		refused "$invalid" $verb $range
	done
done
refused "$invalid" resync 0 8
refused "$invalid" idle 1
refused "$invalid" frozen now
refused "$invalid" restore
refused "$invalid" restore 4
refused "$invalid" restore 0 # not failed
refused "$invalid" restore 3 # absent
is "$(message q list_mismatches)" "$list" 'the list is what it was'
wait_events 1
is "$(last_event q 0)" 2 'nothing but the mismatch is told'

# what would write, or has nothing to restore a leg from
write_at "$work/disk1" 8 8 0x32
quorum_reload q 2 "${legs[@]:0:2}" -- blkverify
message q fail 1
for words in repair 'repair 0 8' resync 'restore 1'; do
	# shellcheck disable=SC2086
	refused "$invalid" $words
	like "$(kernel_log "$words")" "${words%% *}: not with blkverify" 'and why'
done
done_testing
