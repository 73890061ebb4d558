#!/bin/bash
# vm: --smp 2
# takes 20 s
# Promise: xfs on a quorum, with real files, written straight from the page cache (zero_copy_writes): healthy legs give no
# mismatch (P3), hold identical bytes when all is written (P4), and what was written is what is read.
. "$(dirname "$0")/lib.sh"

loop_legs 3 786432
quorum_create q 2 "${legs[@]}" -- zero_copy_writes
mkfs.xfs -q -f /dev/mapper/q
mkdir "$work/mnt"
mount /dev/mapper/q "$work/mnt"

# a tree of many files, copied, in part removed and copied again, by two writers at a time
mapfile -t sources < <(find /usr/lib/x86_64-linux-gnu/perl-base /usr/share/perl -maxdepth 2 -mindepth 1 -type d | head -n 14)
(for source in "${sources[@]:0:7}"; do cp -a "$source" "$work/mnt/"; done) &
copier=$!
tar -C /usr/lib -cf - udev | tar -C "$work/mnt" -xf -
wait $copier
rm -r "$work/mnt/udev/rules.d"
for source in "${sources[@]:7}"; do cp -a "$source" "$work/mnt/"; done
cp /usr/bin/[a-d]* "$work/mnt/" 2> /dev/null || :
sync
(cd "$work/mnt" && find . -type f -print0 | sort -z | xargs -0 sha256sum) > "$work/sums"
umount "$work/mnt"
ok "there are many files" test "$(wc -l < "$work/sums")" -gt 150

is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted'
ok 'the filesystem is in order' xfs_repair -n /dev/mapper/q
for leg in 1 2; do ok "leg $leg is identical to leg 0" cmp "$work/disk0" "$work/disk$leg"; done

mount -o ro /dev/mapper/q "$work/mnt"
cd "$work/mnt"
ok 'all files are what they were' sha256sum --quiet -c "$work/sums"
cd - > /dev/null
umount "$work/mnt"
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'and still nothing is counted'
done_testing
