#!/bin/bash
# vm: --smp 1 --mem 1024
# only on the debug kernel
# takes 40 s
# P2, P4, P5, P6: each allocation that the module makes for check, repair, recover, resync and rebuild fails in turn, and
# each request, with and without a log. What a leg lacks it gets, or it is known to lack it; what is damaged is found, and
# repaired; the data stay what they were.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

loop_legs 4 512
faults_in_turn syncing
for what in check repair recover resync rebuild; do
	ok "$what: allocations have failed, and pages, and requests" struck_each \
		"${what}_"{plain,log}' '{failslab,fail_page_alloc,fail_make_request}
done
is "$(wrong)" 0 'nothing was wrong after a fault'
done_testing
