#!/bin/bash
# vm: --smp 2
# also on the debug kernel
# P2, P3, P4: a load that verifies what it reads, with read_pattern fast and write_ack threshold, on legs that take their time
# and do writes in another order; while the device is suspended, checked, and legs are failed and restored.
# takes 25 s
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"
. "$(dirname "$0")/slow-legs.sh"
. "$(dirname "$0")/verified-load.sh"
require_modules dm-delay dm-multipath dm-round-robin

loop_legs 3 8192
wayward_leg 0 0 30
slow_leg 1 10 3
wayward_leg 2 60 0
all_options=('log core 2 64 nosync read_pattern fast write_ack threshold' 'read_pattern fast write_ack threshold'
	'write_ack threshold' 'read_pattern fifo write_ack threshold')
# the debug kernel takes minutes for each
[ "$DM_QUORUM_KERNEL" != debug ] || all_options=("${all_options[0]}")
lost_legs=(2 0)
for options in "${all_options[@]}"; do
	# shellcheck disable=SC2086  # words
	quorum_create q 2 "${legs[@]}" -- $options
	is "$(counters q) $(health q)" "$nothing AAA" "with $options: all is well before"
	start_load 2
	ok 'it works' works 200
	for ((i = 0; i < $(rounds 5); i++)); do
		dm suspend q
		dm resume q
		message q check
		works 50
		message q idle
	done
	for leg in "${lost_legs[@]}"; do
		message q fail "$leg"
		ok "it works without leg $leg" works 50
		ok 'the leg can be restored' restored q "$leg"
		ok 'and is recovered' recovered q
	done
	ok 'it works' works 100
	ok 'the load has read what it has written' load_was_fine
	settle q
	ok 'the legs are identical' identical_legs
	is "$(counters q | sed 's/^\(. . .\) [0-9]*/\1 0/') $(health q)" "$nothing AAA" 'nobody is blamed'
	dm remove --retry q
	unset 'devices[-1]'
	# one of them will do for the others
	lost_legs=(2)
done

done_testing
