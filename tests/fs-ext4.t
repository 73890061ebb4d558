#!/bin/bash
# vm: --smp 2
# takes 15 s
# Promise: ext4 on a quorum, with real files: healthy legs give no mismatch (P3), hold identical bytes when all is
# written (P4), and what was written is what is read.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fs.sh"

loop_legs 3 131072
quorum_create q 2 "${legs[@]}"
holds_files 'mkfs.ext4 -q -F' 'fsck.ext4 -fn'
done_testing
