#!/bin/bash
# vm: --smp 1 --mem 1024
# only on the debug kernel
# takes 60 s
# P2, P4, P5, P6: each allocation that the module makes for a write, a flush or a discard fails in turn, and each request;
# also while a leg fails, or has been failed; with and without a log. What is reported to be written is on all legs but
# the one that has failed it, which is stale and counted; a write that too few legs take fails. All legs are equal in the
# end.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

loop_legs 4 4096
slow_leg
faults_in_turn writing
for table in plain zero_copy threshold log_core log_disk; do
	ok "$table: allocations have failed, and requests" struck_each \
		{"write_${table}_[0-9]+","write_missed_$table","flush_$table"}' '{failslab,fail_make_request} \
		"write_failing_$table failslab"
	[ "$table" = zero_copy ] || ok "$table: and pages" struck_each "write_${table}_[0-9]+ fail_page_alloc"
done
is "$(wrong)" 0 'nothing was wrong after a fault'
done_testing
