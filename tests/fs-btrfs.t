#!/bin/bash
# vm: --smp 2
# takes 30 s
# Promise: btrfs on a quorum, with real files: healthy legs give no mismatch (P3), hold identical bytes when all is written
# (P4), and what was written is what is read. While a leg is damaged below its data, btrfs finds no wrong checksum (P1).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/fs.sh"

# scrubbed: btrfs has compared all there is with its checksums, and had nothing to say
scrubbed() { btrfs scrub start -B "$mount_point" | grep -q 'no errors found'; }

loop_legs 3 524288
quorum_create q 2 "${legs[@]}"
modprobe btrfs
holds_files 'mkfs.btrfs -q -f' 'btrfs check --readonly'

# a block in each quarter of a MiB, and one of the first superblock's
perl -e 'open my $leg, "+<:raw", $ARGV[0] or die; for (my $at = 65536; $at < $ARGV[1]; $at += 262144) {
	seek $leg, $at, 0; print $leg "\xee" x 4096 }' "$work/disk1" $((524288 * 512))
ok 'with a leg damaged everywhere, all files are what they were' files_are_right
ok 'and all checksums are right' scrubbed
umount "$mount_point"
is "$(status q mismatches)" "$(status q mismatches 1)" 'one leg is blamed'
like "$(counters q)" '^[1-9][0-9]* 0 0 0 / 0 0 0 0 / [1-9][0-9]* 0 0 0 / 0 0 0 0$' 'and no other fault is counted'
ok 'the healthy legs are identical' cmp "$work/disk0" "$work/disk2"
done_testing
