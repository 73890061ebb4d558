#!/bin/bash
# takes 90 s
# The range lock costs a write of 4 KiB that nothing overlaps a few dozen instructions beyond the two spinlock sections it
# consists of. Counted by the guest's clock, with and without the lock.
# Runs on the host.
. "$(dirname "$0")/variant.sh"

count() { "$1/tests/vm/run" --kernel 6.12 --timeout 3600 --icount --smp 1 "$1/tests/host/range-lock-cost.pl"; }

variant QUORUM_TEST_NO_RANGE_LOCK
with=$(count .) without=$(count "$variant")
echo "# a write takes $with instructions, without the lock $without"
# 80 were measured, of which some 60 are those of the spinlocks
if [ -n "$with" ] && [ -n "$without" ] && [ $((with - without)) -gt 0 ] && [ $((with - without)) -le 180 ]; then
	echo 'ok 1 - the range lock costs at most 180 instructions'
else
	echo 'not ok 1 - the range lock costs at most 180 instructions'
fi
echo 1..1
