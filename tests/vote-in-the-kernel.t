#!/bin/bash
# only on the debug kernel
# P1: the unit tests of the vote pass in a kernel, too, as a KUnit suite: with the kernel's crc32c, and with KASAN watching.
. "$(dirname "$0")/lib.sh"

results=/sys/kernel/debug/kunit/dm-quorum-vote/results
ok 'the suite can be loaded' modprobe dm-quorum-vote-kunit
# what KUnit prints is TAP
passed=$(grep -cE '^ +ok [0-9]+ [a-z0-9_]+_kunit$' "$results")
is "$passed" 9 'nine tests pass'
is "$(grep -E '^ *not ok' "$results")" '' 'none fails'
like "$(tail -n 1 "$results")" '^ok 1 dm-quorum-vote' 'nor does the suite'
ok 'it can be unloaded' modprobe -r dm-quorum-vote-kunit
done_testing
