#!/bin/bash
# takes 15 s
# dm-integrity on a quorum device: damage of a leg is outvoted before dm-integrity sees it, and told with its exact sectors
# (P1, P5), the legs end identical (P4). What no vote can settle is an error, also if the legs that are wrong agree, which
# is what dm-integrity adds.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"
. "$(dirname "$0")/on-top.sh"

# where FILE holds these 16 sectors of one byte, which nothing else does
find_pattern() {
	perl -e 'open my $file, "<:raw", $ARGV[0]; local $/; my $at = index <$file>, chr(hex $ARGV[1]) x 8192;
		die "not there\n" if $at < 0 || $at % 512; print $at / 512' "$@"
}
# what is written goes to the journal at first
# shellcheck disable=SC2317
in_place() {
	dm suspend sealed
	dm resume sealed
}
# what dm-integrity has found wrong
mismatches() { dmsetup status sealed | awk '{ print $4 }'; }

loop_legs 3 65536
record_events
quorum_create q 2 "${legs[@]}"
ok 'the device is made' integritysetup format -q /dev/mapper/q
ok 'and opened' integritysetup open /dev/mapper/q sealed
devices+=(sealed)
ok 'it is written' write_at /dev/mapper/sealed $load_sectors 16 0x32
in_place
below=$(find_pattern "$work/disk0" 0x32)
ok 'the data are somewhere behind journal and checksums' test "$below" -gt $load_sectors
is "$(mismatches)" 0 'no checksum is wrong before'
outvoted /dev/mapper/sealed $load_sectors "$below"
is "$(mismatches)" 0 'dm-integrity has seen no damage'
ok 'the data are in place' test "$(find_pattern "$work/disk0" 0x33)" -eq "$below"
message q reset_counters
forget_events
for leg in 0 1 2; do write_at "$work/disk$leg" "$below" 1 "0x4$leg"; done
is "$(outcome read_at /dev/mapper/sealed $load_sectors 1)" EILSEQ 'three versions of a sector are an error'
ok 'of the quorum' wait_events 1 DM_ACTION=QUORUM_FAILURE
is "$(mismatches)" 0 'which dm-integrity passes on'
ok 'the sectors beside it can be read' holds /dev/mapper/sealed $((load_sectors + 1)) 15 0x33

for leg in 1 2; do write_at "$work/disk$leg" "$below" 1 0x44; done
is "$(outcome read_at /dev/mapper/q "$below" 1)" ok 'two wrong legs of three that agree win the vote'
is "$(outcome read_at /dev/mapper/sealed $load_sectors 1)" EILSEQ 'but not the reader of dm-integrity'
like "$(mismatches)" '^[1-9]' 'who has seen it'
ok 'what is written anew' write_at /dev/mapper/sealed $load_sectors 1 0x33
ok 'is read' holds /dev/mapper/sealed $load_sectors 16 0x33
drop sealed q
identical
done_testing
