#!/bin/bash
# vm: --smp 2
# takes 40 s
# P2, P3, P4: tables are replaced under a load that verifies all it has written: options come and go, legs change places,
# a leg is taken out and, brought to equal content while nothing is in flight, put back. Nothing is lost, no leg is blamed,
# what was taken out is free, and a replaced table leaves nothing behind.
# ROUNDS (1) is how often the list of tables is gone through.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verified-load.sh"

rounds=$(rounds 1)

# kernel threads of quorum tables: two rescuers each
rescuers() { cat /proc/[0-9]*/comm 2> /dev/null | grep -cE '^(quoru|kworker/R-quoru)' || :; }
unblamed() { ! status_now | grep -q '[1-9]'; }
# what is counted at this moment, but raced, which is no fault
status_now() { dmsetup status q | awk '{ printf "%s %s %s", $9, $10, $11; for (i = 15; i <= NF; i += 5) printf " / %s %s %s %s", $(i + 1), $(i + 2), $(i + 3), $(i + 4) }'; }

# replace NAME LEG... [-- OPTION...]: by a table with threshold 2; the load goes on, nobody is blamed before or after
replace() {
	local name=$1
	shift
	if ! unblamed; then diag "before $name: $(status_now)"; return 1; fi
	quorum_reload q 2 "$@"
	if ! works || ! unblamed || [ "$(rescuers)" != "$per_table" ]; then
		diag "$name: $(dmsetup status q), $(rescuers) threads"
		return 1
	fi
}

# put_back: leg 2 is brought to equal content while the device is suspended, and is a leg again
put_back() {
	unblamed || return
	dm load q --table "$(quorum_table 2 "${legs[@]}")"
	dm suspend q
	cmp "$work/disk0" "$work/disk1" || return
	cat "$work/disk0" > "$work/disk2"
	dm resume q
	works && unblamed
}

loop_legs 3 12288
a=${legs[0]} b=${legs[1]} c=${legs[2]}
is "$(rescuers)" 0 'no table, no threads'
quorum_create q 2 "$a" "$b" "$c"
per_table=$(rescuers)
start_load 3
ok 'the load has begun' works
is "$(status_now)" '0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'

for ((round = 1; round <= rounds; round++)); do
	ok "$round: zero_copy_writes" replace zero-copy "$a" "$b" "$c" -- zero_copy_writes
	ok "$round: read_pattern fifo, legs in another order" replace fifo "$c" "$a" "$b" -- read_pattern fifo
	ok "$round: max_leg_errors" replace max "$b" "$c" "$a" -- max_leg_errors 3
	ok "$round: all of them" replace all "$a" "$b" "$c" -- read_pattern fifo zero_copy_writes max_leg_errors 1
	ok "$round: without leg 2" replace two "$a" "$b"
	ok 'which is free' exclusive "$c"
	ok "$round: an absent leg in its place" replace absent "$a" - "$b" -- max_leg_errors 3
	fails 'leg 0 is not' exclusive "$a"
	ok "$round: leg 2 is put back" put_back
done

ok 'the load was fine to the end' load_was_fine
is "$(counters q | sed 's/^0 0 0 [0-9]* /0 0 0 0 /')" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nobody is blamed'
for leg in 1 2; do ok "leg $leg is identical to leg 0" cmp "$work/disk0" "$work/disk$leg"; done
ok 'a read of all finds no difference' read_at /dev/mapper/q 0 12288
is "$(status q mismatches)" 0 'none at all'
dm remove q
devices=()
is "$(rescuers)" 0 'no threads are left'
done_testing
