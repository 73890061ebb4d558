#!/bin/bash
# P2: a flush and a write with FUA reach every leg, as such and in their order, so that no leg loses what was
# acknowledged when the power goes.
. "$(dirname "$0")/lib.sh"

modprobe -q dm-log-writes || skip_all 'no dm-log-writes in this kernel'
here=$(dirname "$0")

# logged LEG: the entries of its log between the marks begin and end
logged() { perl "$here/write-log.pl" "$work/disk$((3 + $1))" | sed -n '/^mark begin/,/^mark end/{/^mark/d;p}'; }
mark() { for leg in 0 1 2; do message "log$leg" mark "$1"; done; }

loop_legs 3 32768
loop_legs 3 131072 # for the logs
logs=("${legs[@]:3}")
size=32768
for leg in 0 1 2; do
	dm_create "log$leg" "0 $size log-writes ${legs[leg]} ${logs[leg]}"
	legs[leg]=/dev/mapper/log$leg
done
quorum_create q 2 "${legs[@]:0:3}"

mark begin
write_at /dev/mapper/q 8 8 0x31
flush /dev/mapper/q
pattern 0x32 8 | dd of=/dev/mapper/q bs=4096 seek=3 oflag=direct,dsync status=none
write_at /dev/mapper/q 40 8 0x33
flush /dev/mapper/q
mark end

# a filesystem's journal: flushes before the commit block, which itself is a FUA write
mkfs.ext4 -q /dev/mapper/q
mkdir "$work/mnt"
mount /dev/mapper/q "$work/mnt"
for i in 1 2 3; do
	head -c 20000 /dev/urandom > "$work/mnt/$i"
	sync "$work/mnt/$i"
done
umount "$work/mnt"
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing went wrong'
dm remove q
for leg in 0 1 2; do dm remove "log$leg"; done # writes out what it still has in memory
devices=()

for leg in 0 1 2; do
	is "$(logged "$leg" | paste -sd,)" '8+8,0+0 F,24+8 A,0+0 F,40+8,0+0 F' "leg $leg gets the write, the flush, the FUA write, and the flush that ends it"
	perl "$here/write-log.pl" "$work/disk$((3 + leg))" > "$work/log$leg"
done
journal=$(grep -c A "$work/log0")
ok 'the filesystem has made FUA writes' test "$journal" -gt 3
for leg in 1 2; do
	is "$(grep A "$work/log$leg")" "$(grep A "$work/log0")" "leg $leg gets the same FUA writes as leg 0"
	is "$(grep -c F "$work/log$leg")" "$(grep -c F "$work/log0")" "and as many flushes"
	is "$(sort "$work/log$leg")" "$(sort "$work/log0")" "and the same writes"
done
done_testing
