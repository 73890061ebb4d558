#!/bin/bash
# only in a full check
# only on 6.12
# takes 60 s
# P1, P3, P4, P5: as stress-ext4.t, on btrfs, which checks all that it reads, with reads that do not wait for all legs.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verified-load.sh"
. "$(dirname "$0")/stress.sh"

loop_legs 3 524288
quorum_create q 2 "${legs[@]}" -- read_pattern fast
stress 'mkfs.btrfs -q -f' 'btrfs check'
done_testing
