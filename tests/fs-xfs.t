#!/bin/bash
# vm: --smp 2
# takes 20 s
# Promise: xfs on a quorum, with real files, written straight from the page cache (zero_copy_writes): healthy legs give no
# mismatch (P3), hold identical bytes when all is written (P4), and what was written is what is read.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fs.sh"

loop_legs 3 786432
quorum_create q 2 "${legs[@]}" -- zero_copy_writes
holds_files 'mkfs.xfs -q -f' 'xfs_repair -n'
done_testing
