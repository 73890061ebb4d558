#!/bin/bash
# P4: a discard is not offered when one of the legs could not take part in it: that leg would stay different.
. "$(dirname "$0")/lib.sh"

size=32768
for leg in 0 1; do null_blk_leg 16 discard=1; done
null_blk_leg 16 discard=0
quorum_create q 2 "${legs[@]}"
is "$(cat "/sys/dev/block/$(dev_number /dev/mapper/q)/queue/discard_max_bytes")" 0 'no discard is offered'
for leg in 0 1 2; do write_at "${disks[leg]}" 0 2048 "0x1$leg"; done
fails 'a discard is refused' blkdiscard --force --offset 0 --length 65536 /dev/mapper/q
for leg in 0 1 2; do ok "and has not touched leg $leg" holds "${disks[leg]}" 0 2048 "0x1$leg"; done
done_testing
