#!/bin/bash
# vm: --smp 2
# also on the debug kernel
# P2 to P5: under a load that verifies all it has written, a leg hangs and is failed: the load goes on, is right, and the leg
# recovers when it is back. The device can be suspended, reloaded and removed then, and waits for it before.
# ROUNDS (3) is how often.
# takes 30 s
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"
. "$(dirname "$0")/verified-load.sh"

# stands_still: each of the load's requests waits for the leg that hangs
stands_still() {
	local before
	before=$(done_requests)
	sleep 0.3
	[ "$(done_requests)" = "$before" ]
}

loop_legs 3 8192
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 8192 0
record_events
start_load 2
ok 'the load has begun' works
is "$(counters q)" "$nothing" 'nothing is counted before'

for ((round = 1; round <= $(rounds 3); round++)); do
	hang 2
	ok "$round: a leg hangs, and the load with it" poll stands_still
	ok 'the leg is failed' message q fail 2
	ok 'the load goes on' works 300
	is "$(health q)" AAD 'without it'
	fails 'it cannot be restored' message q restore 2
	unhang 2
	ok 'until it is back' restored q 2
	ok 'all is well' recovered q
	ok 'the load goes on' works

	# failed without having hung, while it has requests in flight
	ok 'a leg that answers is failed' message q fail 1
	ok 'the load goes on' works
	ok 'it is restored' restored q 1
	ok 'all is well' recovered q
done
ok 'the load was fine' load_was_fine
like "$(counters q)" '^0 0 0 [0-9]+ / 0 0 0 0 / 0 0 0 0 / 0 0 0 0$' 'nobody is blamed'
ok 'the legs are identical' identical
is "$(event_count DM_ACTION=QUORUM_REPORT_BAD) $(event_count DM_ACTION=QUORUM_FAILURE)" '0 0' 'nor is that told'

# --- suspend, reload and remove wait for what a leg was let go with
# hung_write: a write of which leg 1 has its part for good
hung_write() {
	write_at /dev/mapper/q 0 8 0x33 &
	local job=$!
	poll in_flight /dev/mapper/q 0 1 && message q fail 1 && wait "$job"
}
waits() { kernel_log "$1" | grep -q 'suspending waits for leg 1'; }

for what in suspend reload remove; do
	hang 1
	ok "$what: the leg hangs, and is failed" hung_write
	mark_log $what
	case $what in
	suspend) dm suspend q & ;;
	reload) quorum_reload q 2 "${legs[@]}" -- rebuild 1 & ;;
	remove) dm remove q & ;;
	esac
	job=$!
	ok 'it waits, and says so' poll waits $what
	ok 'for nothing else' all_running $job
	unhang 1
	ok 'it is done when the leg is back' wait $job
	case $what in
	suspend)
		ok 'it is resumed' dm resume q
		ok 'the leg is restored' restored q 1
		ok 'all is well' recovered q
		;;
	reload) ok 'the leg is rebuilt' recovered q ;;
	remove) unset 'devices[-1]' ;;
	esac
	ok 'the legs hold what was written' holds "$work/disk0" 0 8 0x33
done

# --- a device that waits in suspend for its requests, because a leg hangs, does not when that is failed
quorum_create q 2 "${disks[0]}" /dev/mapper/leg1 "${disks[2]}" -- rebuild 1
recovered q
hang 1
write_at /dev/mapper/q 0 8 0x34 &
writer=$!
ok 'a write is in flight' poll in_flight /dev/mapper/q 0 1
dm suspend q &
job=$!
is_suspending() { grep -qs dm_suspend /proc/[0-9]*/stack; }
ok 'the device is suspended' poll is_suspending
ok 'which waits' all_running $job $writer
ok 'the leg is failed' message q fail 1
ok 'the write ends, and well' wait $writer
unhang 1
ok 'the device is suspended' wait $job
ok 'and resumed' dm resume q
ok 'the leg is restored' restored q 1
ok 'all is well' recovered q
ok 'the legs are identical' identical
done_testing
