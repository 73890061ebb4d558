#!/bin/bash
# only in a full check
# only on 7
# takes 80 s
# P1, P3, P4, P5: as stress-ext4.t, on xfs, with legs that are repaired by what reads find, and writes straight from the
# page cache.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verified-load.sh"
. "$(dirname "$0")/stress.sh"

loop_legs 3 786432
quorum_create q 2 "${legs[@]}" -- zero_copy_writes rewrite_corrupted
stress 'mkfs.xfs -q -f' 'xfs_repair -n'
done_testing
