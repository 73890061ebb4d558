#!/bin/bash
# vm: --smp 1 --mem 1024
# only on the debug kernel
# takes 25 s
# P1, P5, P6: each allocation that the module makes for a read fails in turn, and each request: with one leg damaged or
# none, for each read_pattern, with repair. The reader gets the right data; what is damaged is counted exactly, and so is
# the request that has failed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

loop_legs 4 4096
slow_leg
faults_in_turn reading
for pattern in quorum fast mend; do
	ok "$pattern: allocations have failed, and pages, and requests" struck_each \
		"read_(damaged_)?${pattern}_[0-9]+ "{failslab,fail_page_alloc,fail_make_request}
done
ok 'fifo: allocations have failed, and requests' struck_each 'read_fifo_[0-9]+ '{failslab,fail_make_request}
is "$(wrong)" 0 'nothing was wrong after a fault'
done_testing
