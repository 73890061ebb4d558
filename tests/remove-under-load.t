#!/bin/bash
# vm: --smp 2
# also on the debug kernel
# takes 15 s
# Promise: a device that is in use cannot be removed; removed by force under load it gives errors instead of hanging, and
# its legs are free.
. "$(dirname "$0")/lib.sh"

command -v fio > /dev/null || skip_all 'no fio'

requests() { awk '{ print $1 + $5 }' "/sys/dev/block/$(dev_number /dev/mapper/q)/stat"; }
removed() { ! dmsetup info q > /dev/null 2>&1 || dmsetup --noudevsync remove q; }
has_begun() { [ "$(requests)" -gt 100 ]; }

loop_legs 3 16384
quorum_create q 2 "${legs[@]}"
fio --name=job --filename=/dev/mapper/q --direct=1 --ioengine=libaio --iodepth=8 --numjobs=3 --size=2m --offset_increment=2m \
	--rw=randrw --bsrange=512-128k --time_based --runtime=1d --group_reporting --minimal > "$work/fio" 2>&1 &
load=$!
ok 'the load has begun' poll has_begun
fails 'a device in use cannot be removed' dmsetup --noudevsync remove q
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'which does it no harm'
fails 'its legs are in use' exclusive "${disks[0]}"

# the table is replaced by one that gives errors; the device goes when its last user does
dmsetup --noudevsync remove --force q > "$work/said" 2>&1 || :
fails 'the load ends with errors' wait "$load"
poll removed
devices=()
ok 'the legs are free' exclusive "${disks[@]}"
for leg in 1 2; do ok "leg $leg is identical to leg 0" cmp "$work/disk0" "$work/disk$leg"; done

# a process that dies with requests in flight
quorum_create q 2 "${legs[@]}"
fio --name=job --filename=/dev/mapper/q --direct=1 --ioengine=libaio --iodepth=32 --numjobs=3 --size=8m --thread \
	--rw=randrw --bsrange=512-128k --time_based --runtime=1d --group_reporting --minimal > "$work/fio" 2>&1 &
load=$!
poll has_begun
kill -KILL "$load"
wait "$load" 2> /dev/null || :
ok 'a device whose user was killed can be removed' poll dmsetup --noudevsync remove q
devices=()
done_testing
