#!/bin/bash
# P7: a leg that is in use cannot be taken by others, nor removed from under the device, and a leg that is not any more is
# free at once: after the device has been removed, or has got a table without the leg.
# QEMU iotest 139.
. "$(dirname "$0")/lib.sh"

loop_legs 4 2048
wrap_legs
quorum_create q 2 "${legs[@]:0:3}"
write_at /dev/mapper/q 0 2048 0x32
for leg in 0 1 2; do fails "leg $leg cannot be taken" exclusive "/dev/mapper/leg$leg"; done
ok 'a disk that is not a leg can' exclusive /dev/mapper/leg3
fails 'a leg cannot be removed' dm remove leg1
ok 'the device goes on' holds /dev/mapper/q 0 2048 0x32
is "$(status q health)" AAA 'with all legs'

quorum_reload q 2 "${legs[0]}" - "${legs[2]}"
ok 'a leg that a table has left is free' exclusive /dev/mapper/leg1
fails 'one that it has kept is not' exclusive /dev/mapper/leg2
ok 'the free one can be removed' dm remove leg1
ok 'the device goes on' holds /dev/mapper/q 0 2048 0x32
dm remove q
devices=(leg0 leg2 leg3)
ok 'the others are free with the device' exclusive /dev/mapper/leg0 /dev/mapper/leg2
done_testing
