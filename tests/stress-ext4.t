#!/bin/bash
# takes 35 s
# P1, P3, P4, P5: others' stressors (stress-ng, dbench, fio's verify jobs) on ext4 on a quorum, one leg of which is
# overwritten with garbage all the while: they and the filesystem notice nothing, nobody but that leg is blamed, and a
# repair makes the legs identical.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verified-load.sh"
. "$(dirname "$0")/stress.sh"

loop_legs 3 262144
quorum_create q 2 "${legs[@]}"
stress 'mkfs.ext4 -q -F' 'fsck.ext4 -fn'
done_testing
